"""The deeds of chapter 05: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

import pytest

from dscourse.touch import Diagram
from tests.touch.single_touches import Grid, Try, diagram_of, done_by, every_touch, successes

GRID = Grid(starts_ms=[0, 8, 12, 45, 52], lengths_ms=[30, 60])
MILK_TO_N2, MILK_TO_N3 = "n1's 1st Update to n2", "n1's 1st Update to n3"
EGGS_TO_N1 = "n2's 1st Update to n1"

RIGHT: list[tuple[int, tuple[Try, ...]]] = [
    (0, (("lose", MILK_TO_N2),)),
    (0, (("lose", MILK_TO_N3),)),
    (0, (("isolate", "n3", 45, 70),)),
    (1, (("move", EGGS_TO_N1, 52),)),
    (1, (("pause", "n2", 8, 68),)),
    (2, (("lose", EGGS_TO_N1), ("isolate", "n3", 8, 68))),
    (2, (("move", EGGS_TO_N1, 60), ("isolate", "n3", 8, 68))),
]
WRONG: list[tuple[int, tuple[Try, ...]]] = [
    (0, (("lose", "n2's 1st Update to n3"),)),
    (0, tuple(("crash", name, 5) for name in ("n1", "n2", "n3"))),
    (0, (("crash", "n3", 40),)),  # it is down: no fault of the store
    (0, (("isolate", "c1", 45, 70),)),
    (0, (("move", MILK_TO_N3, 140),)),  # it arrives, though late
    (1, (("lose", MILK_TO_N3),)),
    (1, (("invoke", "c2", 49, "write", "cart", "eggs"),)),
    (2, (("isolate", "n3", 8, 68),)),
    (2, (("move", EGGS_TO_N1, 52), ("crash", "n3", 5))),
]


@pytest.fixture(scope="module")
def diagram() -> Diagram:
    return diagram_of("05", "touch-run")


def test_untouched_it_is_right_and_nothing_is_done(diagram: Diagram) -> None:
    assert diagram.run.verdict is not None
    assert diagram.run.verdict.ok is True
    assert not any(deed.is_done(diagram.run) for deed in diagram.deeds)
    assert [deed.par for deed in diagram.deeds] == [1, 1, 2]


@pytest.mark.parametrize(("deed", "gestures"), RIGHT)
def test_this_does_it(diagram: Diagram, deed: int, gestures: tuple[Try, ...]) -> None:
    assert len(gestures) == diagram.deeds[deed].par
    assert done_by(diagram.deeds[deed], diagram.run, *gestures)


@pytest.mark.parametrize(("deed", "gestures"), WRONG)
def test_this_misses_the_point(diagram: Diagram, deed: int, gestures: tuple[Try, ...]) -> None:
    assert not done_by(diagram.deeds[deed], diagram.run, *gestures)


@pytest.mark.once
def test_no_single_touch_makes_all_three_differ(diagram: Diagram) -> None:
    assert successes(diagram.deeds[2], diagram.run, every_touch(diagram.run, GRID)) == []
