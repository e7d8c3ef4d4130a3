"""The deeds of chapter 05: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

from tests.touch.chapter_deeds import Case, DeedTests

MILK_TO_N2, MILK_TO_N3 = "n1's 1st Update to n2", "n1's 1st Update to n3"
EGGS_TO_N1 = "n2's 1st Update to n1"

RIGHT: list[Case] = [
    (0, (("lose", MILK_TO_N2),)),
    (0, (("lose", MILK_TO_N3),)),
    (0, (("isolate", "n3", 45, 70),)),
    (0, (("isolate", "n3", 45, 7_000),)),
    (1, (("move", EGGS_TO_N1, 52),)),
    (1, (("pause", "n2", 8, 68),)),
    (2, (("lose", EGGS_TO_N1), ("isolate", "n3", 8, 68))),
    (2, (("move", EGGS_TO_N1, 60), ("isolate", "n3", 8, 68))),
]
WRONG: list[Case] = [
    (0, (("lose", "n2's 1st Update to n3"),)),
    (0, tuple(("crash", name, 5) for name in ("n1", "n2", "n3"))),
    (0, (("crash", "n3", 40),)),  # it is down: no fault of the store
    (0, (("isolate", "c1", 45, 70),)),
    (0, (("move", MILK_TO_N3, 140),)),  # it arrives, though late
    (1, (("lose", MILK_TO_N3),)),
    (1, (("move", EGGS_TO_N1, 52), ("repeat", MILK_TO_N3, 90))),
    (1, (("invoke", "c2", 49, "write", "cart", "eggs"),)),
    (2, (("isolate", "n3", 8, 68),)),
    (2, (("move", EGGS_TO_N1, 52), ("crash", "n3", 5))),
]


class TestDeeds(DeedTests):
    chapter = "05"
    pars = (1, 1, 2)
    right = RIGHT
    wrong = WRONG
    delays_ms = (5.0,)
