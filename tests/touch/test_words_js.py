"""Words of the diagram under Node.js: what a label in the picture means, and the standing of a deed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.touch.javascript import run_module

ARROWS = [
    {"name": "first", "text": "add 1", "line": [100, 50, 140, 110], "lost": None},
    {"name": "second", "text": "add 1", "line": [200, 50, 240, 110], "lost": None},
    {"name": "gone", "text": "add 1", "line": [100, 50, 112, 76], "lost": "dropped"},
    {"name": "asked", "text": "vote for me? (term 1)", "line": [300, 50, 340, 110], "lost": None},
]
LAYOUT = {
    "left": 90,
    "lanes": [{"node": "a", "y": 50}, {"node": "add", "y": 110}],
    "arrows": ARROWS,
}
LABEL_CODE = """
import { thingOf } from "./picture/labels.js";
const [words, x, y] = data.click;
const found = thingOf(data.layout, words, { x, y });
console.log(JSON.stringify(found && (found.lane?.node ?? found.arrow.name)));
"""
DEED_CODE = """
import { standingOf, taskInWords } from "./page/tasks.js";
console.log(JSON.stringify([standingOf(data), taskInWords(data)]));
"""


@pytest.mark.parametrize(
    ("click", "name"),
    [
        (("add 1", 130, 80), "first"),
        (("add 1", 190, 80), "second"),
        (("add 1 (lost)", 80, 70), "gone"),
        (("vote for me?", 310, 80), "asked"),
        (("vote for m…", 310, 80), "asked"),
        (("a", 70, 52), "a"),
        (("add", 60, 108), "add"),
        (("a", 70, 80), None),  # the words of a node's name, but not beside its line
        (("20", 200, 140), None),
        (("add 1", 600, 80), None),
        (("add 1 → ok", 100, 40), None),
        (("", 130, 80), None),
    ],
)
def test_a_label_means_its_message_and_a_name_its_line(
    tmp_path: Path, click: tuple[str, float, float], name: str | None
) -> None:
    assert run_module(tmp_path, LABEL_CODE, {"layout": LAYOUT, "click": click}) == name


@pytest.mark.parametrize(
    ("deed", "standing", "words"),
    [
        ({"done": False, "fewest": None}, "open", "☐ Break it. (par\u00a02)"),
        ({"done": True, "fewest": 1}, "done now", "☑ Break it. (par\u00a02, done with 1 touch)"),
        (
            {"done": False, "fewest": 3},
            "done",
            "☑ Break it. (par\u00a02, done earlier with 3 touches)",
        ),
    ],
)
def test_a_deed_says_how_it_stands(
    tmp_path: Path, deed: dict[str, Any], standing: str, words: str
) -> None:
    found = run_module(tmp_path, DEED_CODE, {"text": "Break it.", "par": 2, **deed})
    assert found == [standing, words]
