"""The deeds of chapter 06: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

from dscourse.touch import Diagram
from tests.touch.chapter_deeds import Case, DeedTests

TO_P1, TO_P2 = "c's 1st Prepare to p1", "c's 1st Prepare to p2"
TRANSFER = "u", 60.0, "transfer", None, {"p1": {"x": 1}, "p2": {"x": 2}}

RIGHT: list[Case] = [
    (0, (("crash", "c", 25),)),
    (0, (("isolate", "c", 25, 300),)),
    (1, (("isolate", "c", 35, 265),)),
    (1, (("pause", "c", 25, 260),)),
    (2, (("lose", TO_P1), ("crash", "c", 25))),
    (2, (("move", TO_P2, 120), ("crash", "c", 25))),
]
WRONG: list[Case] = [
    (0, tuple(("crash", name, 25) for name in ("c", "p1", "p2"))),
    (0, (("pause", "p1", 25, 300), ("pause", "p2", 25, 300))),  # they must work
    (0, (("crash", "c", 5),)),  # neither has promised
    (0, (("crash", "c", 35),)),  # the decisions are on their way
    (1, (("crash", "c", 25),)),
    (1, (("crash", "c", 25), ("restart", "c", 260))),  # both abort
    (1, (("isolate", "c", 25, 300),)),
    (1, (("invoke", *TRANSFER), ("crash", "c", 85))),  # one transfer commits, another waits
    (2, (("crash", "c", 5),)),  # asks neither
    (2, (("crash", "c", 25),)),
    (2, (("lose", TO_P1), ("crash", "c", 75))),  # c has decided before
    (2, (("lose", TO_P1), ("crash", "c", 25), ("restart", "c", 200))),
]


class TestDeeds(DeedTests):
    chapter = "06"
    pars = (1, 1, 2)
    right = RIGHT
    wrong = WRONG
    delays_ms = (10.0, 80.0)

    def test_the_card_says_which_participants_wait(self, diagram: Diagram) -> None:
        diagram.touch("crash", "c", 25)
        assert "in doubt: p1 for 480 ms, p2 for 480 ms" in diagram.verdict_card
        diagram.touch("reset")
