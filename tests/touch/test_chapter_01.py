"""The deeds of chapter 01: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

import pytest

from dscourse.touch import Diagram
from tests.touch.single_touches import Grid, Try, diagram_of, done_by, every_touch, successes

GRID = Grid(
    starts_ms=[
        0,
        1,
        5,
        10,
        11,
        12,
        15,
        20,
        21,
        25,
        31,
        32,
        41,
        45,
        51,
        61,
        75,
        90,
        91,
        92,
        95,
        120,
    ],
    lengths_ms=[5, 15, 30, 60, 90, 150],
)
REPLY, PAY = "bank's 1st Reply to ann", "ann's 1st Pay to bank"
LOST, COPIED = ("lose", REPLY), ("repeat", PAY, 15)
LATE = ("move", REPLY, 32)
UNKNOWN_FIRST = ("move", PAY, 95), ("isolate", "bank", 32, 92)

RIGHT: list[tuple[int, tuple[Try, ...]]] = [
    (0, (LOST,)),
    (0, (COPIED,)),
    (1, (LATE,)),
    (1, (("move", PAY, 35),)),
    (1, (("pause", "bank", 5, 40),)),
    (2, UNKNOWN_FIRST),
    (2, (("move", PAY, 95), ("cut", "ann", "bank", 32, 80))),
]
WRONG: list[tuple[int, tuple[Try, ...]]] = [
    (0, (("crash", "bank", 5), ("crash", "ann", 5))),
    (0, (("invoke", "ann", 50, "pay", None, 10),)),  # two payments, each charged once
    (1, (LOST,)),
    (1, (COPIED,)),
    (1, (("pause", "bank", 5, 15),)),
    (2, (("pause", "bank", 5, 200),)),  # charges three times then
    (2, (("crash", "bank", 5),)),
    (2, (("crash", "ann", 5),)),
    (2, (("isolate", "bank", 12, 150),)),  # charged first
]


@pytest.fixture(scope="module")
def diagram() -> Diagram:
    return diagram_of("01", "touch-run")


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


def test_no_single_touch_makes_the_bank_charge_only_after_ann_has_given_up(
    diagram: Diagram,
) -> None:
    assert successes(diagram.deeds[2], diagram.run, every_touch(diagram.run, GRID)) == []


def test_the_card_says_how_often_the_payment_was_charged(diagram: Diagram) -> None:
    diagram.touch("pause", "bank", 5, 200)
    assert "the bank charged one payment 3 times" in diagram.verdict_card
    diagram.touch("reset")
