"""Live source: the code that runs, where it stands, and colours that can be read."""

from __future__ import annotations

import inspect
import re
from html import unescape
from pathlib import Path

import pytest

from dscourse import node
from dscourse.node import Node
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.show import Source, source
from dscourse.sim import World


def code_in(shown: Source) -> str:
    """Return the visible text of the HTML, without the line that names the file."""
    body = re.search(r"<pre.*?>(.*)</pre>", shown.html, re.DOTALL)
    assert body is not None
    return unescape(re.sub(r"<[^>]+>", "", body[1]))


def test_a_class_is_shown_as_it_stands_in_its_file() -> None:
    shown = source(Counter)
    assert shown.code.startswith("class Counter(")
    assert shown.origin == "dscourse/protocols/textbook/replicated_counter.py, Counter"
    path = Path(inspect.getsourcefile(Counter) or "")
    lines = path.read_text("utf-8").splitlines()
    assert lines[shown.first_line - 1 :][: len(shown.code.splitlines())] == shown.code.splitlines()


@pytest.mark.parametrize(
    ("obj", "part", "first"),
    [
        (Node, "send", "def send("),
        (World, "now_ms", "@property"),
        (node, "cluster", "def cluster("),
        (node, "Node", "class Node"),
        (node, None, '"""'),
    ],
)
def test_parts_of_classes_and_modules(obj: object, part: str | None, first: str) -> None:
    shown = source(obj, part)
    assert shown.code.startswith(first)
    assert shown.origin.startswith("dscourse/")
    assert str(shown) == shown.code
    compile(shown.code, "shown", "exec")


@pytest.mark.parametrize("obj", [Counter, World, node])
def test_html_and_text_hold_the_same_code(obj: object) -> None:
    shown = source(obj)
    stored = shown._repr_mimebundle_()
    assert stored == {"text/html": shown.html, "text/plain": shown.code}
    assert code_in(shown).strip() == shown.code.strip()


def test_what_stands_inside_a_function_is_named_safely() -> None:
    class Inner:
        """Local."""

    shown = source(Inner)
    assert shown.code.startswith("class Inner:")
    assert "&lt;locals&gt;" in shown.html
    assert "<locals>" not in shown.html


def _contrast(one: str, two: str) -> float:
    """The contrast of two colours as the Web Content Accessibility Guidelines define it."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_colour_reads_on_its_own_paper() -> None:
    shown = source(node).html
    paper = re.search(r"background:(#\w{6})", shown)
    assert paper is not None
    colours = {c.lower() for c in re.findall(r"(?<![-\w])color:\s*(#\w{6})", shown)}
    assert len(colours) >= 4
    assert {
        c: round(_contrast(c, paper[1]), 1) for c in colours if _contrast(c, paper[1]) < 4.0
    } == {}


def test_a_part_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(LookupError, match=r"Node has no 'sned': it has .*send"):
        source(Node, "sned")


@pytest.mark.parametrize(("obj", "part"), [(len, None), (5, None), ("text", "upper"), (int, None)])
def test_what_has_no_source_is_refused(obj: object, part: str | None) -> None:
    with pytest.raises(TypeError, match="give a class"):
        source(obj, part)
