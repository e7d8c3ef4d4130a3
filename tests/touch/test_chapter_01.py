"""The deeds of chapter 01: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

from dscourse.touch import Diagram
from tests.touch.chapter_deeds import Case, DeedTests

REPLY, PAY = "bank's 1st Reply to ann", "ann's 1st Pay to bank"
LOST, COPIED = ("lose", REPLY), ("repeat", PAY, 15)
LATE = ("move", REPLY, 32)
UNKNOWN_FIRST = ("move", PAY, 95), ("isolate", "bank", 32, 92)

RIGHT: list[Case] = [
    (0, (LOST,)),
    (0, (COPIED,)),
    (0, (("isolate", "bank", 17.3, 24.8),)),
    (1, (LATE,)),
    (1, (("move", PAY, 35),)),
    (1, (("pause", "bank", 5, 40),)),
    (
        1,
        (("skew", "ann", 0.5, 0, 1_000_000),),
    ),  # her clock runs twice as fast: she is the impatient one
    (2, UNKNOWN_FIRST),
    (2, (("move", PAY, 95), ("cut", "ann", "bank", 32, 80))),
]
WRONG: list[Case] = [
    (0, (("crash", "bank", 5), ("crash", "ann", 5))),
    (0, (("invoke", "ann", 50, "pay", None, 10),)),  # two payments, each charged once
    (1, (LOST,)),
    (1, (COPIED,)),
    (1, (LATE, ("lose", "bank's 2nd Reply to ann"))),
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
    until_ms = 240.0  # the run goes on until nothing is left to happen
    delays_ms = (10.0, 20.0)

    def test_the_card_says_how_often_the_payment_was_charged(self, diagram: Diagram) -> None:
        diagram.touch("pause", "bank", 5, 200)
        assert "the bank charged one payment 3 times" in diagram.verdict_card
        diagram.touch("reset")
