"""The deeds of chapter 01: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

from dscourse.touch import Diagram
from tests.touch.chapter_deeds import Case, DeedTests
from tests.touch.single_touches import Grid, every_touch, successes

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

RIGHT: list[Case] = [
    (0, (LOST,)),
    (0, (COPIED,)),
    (1, (LATE,)),
    (1, (("move", PAY, 35),)),
    (1, (("pause", "bank", 5, 40),)),
    (2, UNKNOWN_FIRST),
    (2, (("move", PAY, 95), ("cut", "ann", "bank", 32, 80))),
]
WRONG: list[Case] = [
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


class TestDeeds(DeedTests):
    chapter = "01"
    pars = (1, 1, 2)
    right = RIGHT
    wrong = WRONG

    def test_no_single_touch_makes_the_bank_charge_only_after_ann_has_given_up(
        self,
        diagram: Diagram,
    ) -> None:
        assert successes(diagram.deeds[2], diagram.run, every_touch(diagram.run, GRID)) == []

    def test_the_card_says_how_often_the_payment_was_charged(self, diagram: Diagram) -> None:
        diagram.touch("pause", "bank", 5, 200)
        assert "the bank charged one payment 3 times" in diagram.verdict_card
        diagram.touch("reset")
