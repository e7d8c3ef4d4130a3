"""The messages under a pointer where several lie close together, under Node.js: heads before lines, nearest first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.touch.javascript import run_module

ARROWS = [
    {"name": "down", "line": [0, 0, 40, 100], "end": 1},
    {"name": "short", "line": [0, 0, 20, 50], "end": 2},
    {"name": "lost in view", "line": [0, 0, 60, 20], "end": None},
    {"name": "far", "line": [200, 0, 240, 100], "end": 3},
    {"name": "beside", "line": [5, 0, 45, 100], "end": 4},
    {"name": "from the left", "line": [180, 100, 200, 50], "end": 5},
    {"name": "from the right", "line": [220, 100, 200, 50], "end": 6},
]
CODE = """
import { messagesAt } from "./picture/geometry.js";
const names = (point) => messagesAt(data.arrows, point, 7).map((arrow) => arrow.name);
console.log(JSON.stringify(data.points.map(([x, y]) => names({ x, y }))));
"""


@pytest.mark.parametrize(
    ("point", "names"),
    [
        ((220, 50), ["far"]),
        ((100, 50), []),
        ((20, 50), ["short", "down", "beside"]),  # the head of one, the middle of two
        ((22, 51), ["short", "down", "beside"]),  # nearer to a line than to the head
        ((44, 100), ["beside", "down"]),  # two heads: the nearer is first
        ((41, 100), ["down", "beside"]),
        ((60, 20), ["lost in view"]),
        ((240, 106.9), ["far"]),
        ((240, 107.1), []),
        ((33, 80), ["down", "beside"]),
    ],
)
def test_the_messages_at_a_point(
    tmp_path: Path, point: tuple[float, float], names: list[str]
) -> None:
    assert run_module(tmp_path, CODE, {"arrows": ARROWS, "points": [point]}) == [names]


@pytest.mark.parametrize(
    ("point", "name"),
    [
        ((38, 97), "down"),
        ((44, 97), "beside"),
        ((19, 44), "short"),
        ((198, 54), "from the left"),  # two heads in one place: the line on which the pointer is
        ((202, 54), "from the right"),
    ],
)
def test_a_drag_takes_the_nearest_head(
    tmp_path: Path, point: tuple[float, float], name: str
) -> None:
    code = """
    import { nearestHead } from "./picture/geometry.js";
    const [x, y] = data.point;
    console.log(JSON.stringify(nearestHead(data.arrows, { x, y }).name));
    """
    assert run_module(tmp_path, code, {"arrows": ARROWS, "point": point}) == name


CAUSES = """
import { describe, reach } from "./picture/geometry.js";
const seen = data.arrows.map((arrow) => reach({ causes: data.causes }, arrow));
const sorted = seen.map(({ past, future }) => [[...past].sort(), [...future].sort()]);
console.log(JSON.stringify([sorted, data.arrows.map(describe)]));
"""


def test_a_message_that_is_lost_has_a_past_and_no_future(tmp_path: Path) -> None:
    # Events of one run: 0 starts a, 1 and 2 are sent by a, 3 is 1 delivered to b, 4 is sent by a, 5 by b.
    causes = [[], [0], [1], [1], [2], [3]]
    common = {"from": "a", "to": "b", "text": "add 1", "sent_ms": 5, "end_ms": 9, "copy": False}
    arrows = [
        {"name": "a's 1st Add to b", "sent": 1, "end": 3, "lost": None, **common},
        *(
            {"name": "a's 2nd Add to b", "sent": 2, "end": None, "lost": lost, **common}
            for lost in ("dropped", "cut", "crashed")
        ),
    ]
    seen, words = run_module(tmp_path, CAUSES, {"causes": causes, "arrows": arrows})
    assert seen == [[[0, 1], [3, 5]], *[[[0, 1, 2], []]] * 3]
    assert [text.split(", ")[-1] for text in words] == [
        "arrives at 9 ms", "lost", "lost: the link is cut", "lost: b is down",
    ]  # fmt: skip
