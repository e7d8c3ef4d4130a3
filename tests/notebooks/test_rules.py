"""The rules can fail: each planted fault is found, and a chapter without faults passes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dscourse.course.form import dump, is_normal, load, normalise
from dscourse.course.generate import NAVIGATION, Term
from tests.notebooks import (
    code_rules,
    form_rules,
    glossary_rules,
    link_rules,
    output_rules,
)

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = "Two of 9 messages were lost."


def text(source: str, identity: str = "") -> dict[str, Any]:
    return {"cell_type": "markdown", "id": identity, "metadata": {}, "source": source}


def code(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "id": "", "metadata": {}, "source": source, "outputs": [*outputs]}


def result(**data: str) -> dict[str, Any]:
    kinds = {name.replace("_", "/"): value for name, value in data.items()}
    return {"output_type": "execute_result", "data": kinds, "metadata": {}}


def picture(alt: str, **more: str) -> dict[str, Any]:
    return {**result(image_png="iVBORw0KGgo=", **more), "metadata": {"image/png": {"alt": alt}}}


def chapter(*cells: dict[str, Any]) -> dict[str, Any]:
    """A chapter that keeps all rules, with these cells in its middle."""
    return normalise({
        "cells": [
            text("# Title\n\nYou will be able to\n- one,\n- two,\n- three."),
            text("*About 20 minutes*", NAVIGATION),
            code("from dscourse import sim"),
            text("Look at the sum."),
            *cells,
            text("## Exercises\n\nNone.\n\n## Recap\n\nA sum.\n\n## Further reading\n\nA book."),
        ]
    })  # fmt: skip


def test_a_good_chapter_passes() -> None:
    good = chapter(code("1 + 1", result(text_plain="2")))
    assert form_rules.complaints(good) == []
    assert code_rules.complaints(good) == []
    assert output_rules.complaints(good) == []


@pytest.mark.parametrize(
    "source",
    [
        "from dscourse.sim import *", "!pip install dscourse", "%matplotlib inline", "%%time\n1", "import time",
        "from datetime import datetime", "import threading", "import asyncio", "interact(print)", "widgets.Output()",
        "clear_output()", "display(1)", "x = 1;", "hash('a')", "id(3)", "random.random()", "np.random.rand(3)",
        "random.Random()", "np.random.default_rng()", "sys.path.append('..')", "print('here')", "print(1)\nx = 2",
        "print(f'{1}')", "for n in range(3):\n    print(n)", "open('x.csv')", "x = 1\n" * 21, f"x = '{'a' * 100}'",
        "%%writefile elsewhere.py\n1", "%%writefile my_nodes/x.py\n" + "x = 1\n" * 30,
        f"%%writefile my_nodes/x.js\n{'a' * 101}",
    ],
)  # fmt: skip
def test_each_forbidden_construct_is_found(source: str) -> None:
    assert len(code_rules.complaints(chapter(code(source)))) >= 1


@pytest.mark.parametrize(
    "source",
    [
        "random.Random(3).random()", "np.random.default_rng(3)", "print(world.trace)", "world.time.hash()",
        "%%writefile my_nodes/x.py\nimport time\nprint(1)\nx = 1;",
    ],
)  # fmt: skip
def test_what_is_allowed_is_not_found(source: str) -> None:
    assert code_rules.complaints(chapter(code(source))) == []


@pytest.mark.parametrize(("source", "tags"), [("live(3, run)", []), ("run()", ["live"])])
def test_a_live_cell_has_both_mark_and_call(source: str, tags: list[str]) -> None:
    cell = {**code(source), "metadata": {"tags": tags}}
    assert len(code_rules.complaints(chapter(cell))) == 1
    cell["metadata"]["tags"] = [] if tags else ["live"]
    assert code_rules.complaints(chapter(cell)) == []


def _without(notebook: dict[str, Any], index: int) -> dict[str, Any]:
    return {**notebook, "cells": [c for i, c in enumerate(notebook["cells"]) if i != index]}


@pytest.mark.parametrize(
    ("notebook", "word"),
    [
        (_without(chapter(), 0), "title"),
        (_without(chapter(), 1), "navigation"),
        (_without(chapter(), 4), "recap"),
        (chapter(text("# Another title")), "level 1"),
        (chapter(*[text(f"Text {n}.") for n in range(60)]), "core path"),
        (chapter(text("word " * 2500)), "words on the core path"),
        (chapter(text("V(a) < V(b) " + "word " * 2500 + "a -> b")), "words on the core path"),
        (chapter(text("## Further: more\n\n" + "word " * 4100)), "at most 4000"),
        (chapter(code("1", result(text_plain="1")), code("2", result(text_plain="2"))), "no text between"),
        (_without(chapter(code("x = 1")), 2), "imports"),
    ],
)  # fmt: skip
def test_each_departure_from_the_form_is_found(notebook: dict[str, Any], word: str) -> None:
    assert form_rules.complaints(chapter()) == []
    assert any(word in found for found in form_rules.complaints(notebook))


def test_what_stands_below_further_is_not_on_the_core_path() -> None:
    cells = [text(f"Text {n}.") for n in range(60)]
    assert form_rules.complaints(chapter(text("## Further: variants"), *cells)) == []


@pytest.mark.parametrize(
    "output",
    [
        result(text_html='<img src="x">', text_plain=SENTENCE),
        result(text_html="<p>One.</p><svg></svg>", text_plain=SENTENCE),
        result(text_markdown="One.", text_plain=SENTENCE),
        result(image_png="iVBORw0KGgo=", text_plain="<Figure size 640x480 with 1 Axes>"),
        result(image_png="iVBORw0KGgo=", text_plain=SENTENCE),
        picture("Picture"),
        picture(SENTENCE, text_html="<p>This hides it.</p>"),
        {"output_type": "execute_result", "metadata": {}, "data": {"image/svg+xml": "<svg/>"}},
        result(text_plain="<dscourse.sim.world.World object at 0x7f2a30cbd1d0>"),
        result(text_plain="latency nan ms"),
        result(text_plain="x" * 100_001),
        {"output_type": "stream", "name": "stderr", "text": "a warning"},
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": []},
    ],
)
def test_each_bad_output_is_found(output: dict[str, Any]) -> None:
    assert len(output_rules.complaints(chapter(code("x", output)))) >= 1


def test_a_picture_with_its_sentence_below_passes_and_no_other() -> None:
    shown, caption = picture(SENTENCE), result(text_plain=f"In short: {SENTENCE}")
    cells = code("x", shown, caption, shown, caption)
    assert output_rules.complaints(chapter(cells)) == []
    for outputs in (
        (shown,),
        (caption, shown),
        (shown, shown, caption),
        (shown, result(text_plain="2")),
    ):
        assert len(output_rules.complaints(chapter(code("x", *outputs)))) == 1


def test_dead_links_are_found_and_living_ones_are_not(tmp_path: Path) -> None:
    path = tmp_path / "here.ipynb"
    dead = "[a](no.ipynb) [b](#No-such) [c](http://plain.example) <img src='no.png' alt='x'>"
    alive = "[a](here.ipynb#Exercises) [b](#Recap) [c](https://example.org/x?y=1)"
    for links, count in ((dead, 4), (alive, 0)):
        notebook = chapter(text(links))
        path.write_text(dump(notebook), "utf-8")
        assert len(link_rules.complaints(notebook, path)) == count


def test_bold_words_and_glossary_must_agree() -> None:
    terms = [Term("partition", 1, "Text."), Term("trace", 1, "Text."), Term("seed", 0, "Text.")]
    notebook = chapter(text("A **Partition** and a **node**. **Note:** no **partitions** again."))
    found = glossary_rules.complaints(notebook, 1, terms)
    assert [complaint.split("'")[1] for complaint in found] == ["node", "trace", "partition"]


RUN_TWICE = {
    "the_same": ("x = 1\nx", "1"),
    "another_value": ("x = 1\nx", "2"),
    "nothing_shown": ("sum(1 for name in dir() if name == 'first')\nfirst = 1", ""),
    "what_an_earlier_run_left": ("seen = globals().setdefault('seen', [])\nseen.append(1)\nlen(seen)", "1"),
    "an_error": ("raise ValueError('no')", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The summary of nbval's run of a notebook for each of these cells, with the plugin that runs it twice."""
    folder = tmp_path_factory.mktemp("twice")
    for name, (source, stored) in RUN_TWICE.items():
        outputs = [result(text_plain=stored)] if stored else []
        notebook = normalise({"cells": [code(source, *outputs)]})
        (folder / f"{name}.ipynb").write_text(dump(notebook), "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.notebooks.twice",
    ]
    settings = ["--nbval", "--nbval-current-env", "--rootdir", folder, "-rpf", folder]
    ended = subprocess.run([*command, *settings], cwd=ROOT, capture_output=True, text=True)
    return ended.stdout


@pytest.mark.parametrize("name", RUN_TWICE)
def test_a_cell_that_differs_at_its_first_or_second_run_is_found(name: str, verdicts: str) -> None:
    word = "PASSED" if name in ("the_same", "nothing_shown") else "FAILED"
    assert re.search(rf"^{word} .*{name}\.ipynb", verdicts, re.MULTILINE), verdicts


def test_the_second_run_is_named_if_the_first_was_right(verdicts: str) -> None:
    failures, _ = verdicts.split("short test summary", 1)  # its lines are whole under CI
    assert failures.count("At its second run: Cell outputs differ") == 1


def test_the_normal_form_is_stable_and_drops_what_is_not_kept(tmp_path: Path) -> None:
    widget = {"application/vnd.jupyter.widget-view+json": "{}", "text/plain": "2"}
    cell = {
        "cell_type": "code", "id": "not valid!", "execution_count": 7, "source": "1 + 1\n2",
        "metadata": {"tags": ["a"], "nbgrader": {"points": 1}, "execution": {"start": "now"}},
        "outputs": [{"output_type": "execute_result", "execution_count": 7, "metadata": {"x": 1}, "data": widget}],
    }  # fmt: skip
    raw = {"cells": [cell, cell], "metadata": {"widgets": {}, "kernelspec": {"name": "other"}}}
    notebook = normalise(raw)
    assert normalise(notebook) == notebook
    first, second = notebook["cells"]
    assert first["id"] != second["id"]
    assert first["metadata"] == {"tags": ["a"], "nbgrader": {"points": 1}}
    assert [c["execution_count"] for c in (first, second)] == [1, 2]
    assert first["outputs"][0]["data"] == {"text/plain": ["2"]}
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    path = tmp_path / "n.ipynb"
    path.write_text(dump(raw), "utf-8")
    assert not is_normal(path)
    path.write_text(dump(notebook), "utf-8")
    assert is_normal(path)
    assert load(path) == notebook


def test_a_program_is_written_as_if_for_the_first_time() -> None:
    def stored(text: str) -> str:
        stream = {"output_type": "stream", "name": "stdout", "text": text}
        return "".join(normalise({"cells": [code("1", stream)]})["cells"][0]["outputs"][0]["text"])

    assert (
        stored("Overwriting my_nodes/x.py\n")
        == stored("Writing my_nodes/x.py\n")
        == "Writing my_nodes/x.py\n"
    )
    assert stored("Overwriting x.csv\n") == "Overwriting x.csv\n"
