"""The edges of pauses and partitions, under Node.js: grip and line leave the words of the picture free."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.touch.javascript import run_module

ENDS = {"top": 15, "bottom": 103}
CODE = """
import { gripAt, rimOf } from "./gestures/edges.js";
const boxes = data.boxes.map(([x, y, width, height]) => ({ x, y, width, height }));
console.log(JSON.stringify([gripAt(100, data.place, boxes), rimOf(100, data.place, boxes)]));
"""


@pytest.mark.parametrize(
    ("boxes", "grip", "rim"),
    [
        ([], 12, "M100 15V103"),
        ([(90, 40, 20, 10)], 12, "M100 15V40M100 50V103"),  # words further down
        ([(90, 10, 20, 10)], 20, "M100 20V103"),  # at the upper end
        ([(90, 10, 20, 10), (60, 24, 50, 10)], 34, "M100 20V24M100 34V103"),
        ([(60, 24, 50, 10), (90, 10, 20, 10)], 34, "M100 20V24M100 34V103"),  # in any order
        ([(90, 10, 20, 30), (90, 20, 20, 5)], 40, "M100 40V103"),  # one within another
        ([(101, 10, 20, 10)], 20, "M100 15V103"),  # beside the line, below the grip
        ([(104, 10, 20, 10), (60, 10, 36, 10)], 12, "M100 15V103"),
        ([(90, 0, 20, 200)], 12, ""),  # words everywhere: the grip must stand somewhere
    ],
)
def test_grip_and_line_leave_words_free(
    tmp_path: Path, boxes: list[Any], grip: float, rim: str
) -> None:
    assert run_module(tmp_path, CODE, {"place": ENDS, "boxes": boxes}) == [grip, rim]
