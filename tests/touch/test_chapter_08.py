"""The deeds of chapter 08: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

from dscourse.touch import Diagram
from tests.touch.chapter_deeds import Case, DeedTests

FIRST, SECOND = "n3's 1st Victory to n2", "n3's 2nd Victory to n2"

RIGHT: list[Case] = [
    (0, (("isolate", "n3", 100, 390),)),
    (0, (("isolate", "n1", 100, 390),)),
    (0, (("cut", "n3", "n2", 100, 390, False),)),
    (0, (("pause", "n3", 100, 399),)),
    (1, (("lose", FIRST), ("lose", SECOND))),
    (1, (("move", FIRST, 61), ("move", SECOND, 61))),
    (2, (("isolate", "n3", 100, 390), ("isolate", "n2", 100, 390))),
]
WRONG: list[Case] = [
    (0, tuple(("crash", name, 100) for name in ("n1", "n2", "n3"))),
    (0, (("pause", "n3", 60, 300),)),  # it hears of n2 when it goes on, and takes over
    (0, (("pause", "n3", 60, 500),)),  # it stands still at the end
    (0, (("isolate", "n3", 60, 300),)),
    (1, (("lose", FIRST),)),
    (1, (("isolate", "n2", 0, 65),)),  # a link is cut
    (1, (("lose", FIRST), ("lose", SECOND), ("skew", "n1", 0, 5))),
    (
        1,
        (
            ("lose", "n3's 1st Victory to n1"),
            ("lose", "n3's 2nd Victory to n1"),
            ("lose", "n2's 1st Answer to n1"),
        ),
    ),  # n1 announces its victory, and n2 does not
    (2, (("isolate", "n3", 100, 390),)),
    (2, (("crash", "n3", 60), ("restart", "n3", 398))),
]


class TestDeeds(DeedTests):
    chapter = "08"
    pars = (1, 2, 2)
    right = RIGHT
    wrong = WRONG
    stride = 3
    delays_ms = (20.0, 60.0)

    def test_the_card_names_the_leaders(self, diagram: Diagram) -> None:
        diagram.touch("isolate", "n3", 100, 390)
        assert "n2 and n3 both lead" in diagram.verdict_card
        diagram.touch("reset")
