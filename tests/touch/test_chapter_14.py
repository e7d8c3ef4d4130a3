"""The deeds of chapter 14: par is enough, fewer touches are not, and no deed is done by missing its point."""

from __future__ import annotations

from dscourse.experiments.forgotten_vote import leaders_by_term
from dscourse.touch import Diagram
from tests.touch.chapter_deeds import Case, DeedTests

ASK, VOTE = "n1's 1st RequestVote to n3", "n3's 1st RequestVoteReply to n1"
FORGET = ("crash", "n3", 32.0), ("restart", "n3", 34.0)


class TestDeeds(DeedTests):
    chapter, cell = "14", "vote-touch"
    pars = (1, 1, 2)
    delays_ms = (10.0, 20.0)
    right: tuple[Case, ...] = (
        (0, (("lose", ASK),)),
        (0, (("move", ASK, 39.0),)),
        (0, (("move", "n2's 1st RequestVote to n3", 28.3),)),
        (1, (("lose", VOTE),)),
        (1, (("move", VOTE, 140.0),)),
        (2, FORGET),
        (2, (("crash", "n3", 36.6), ("restart", "n3", 37.7))),
    )
    wrong: tuple[Case, ...] = (
        (0, (("crash", "n1", 5.0),)),  # not by messages
        (0, (("pause", "n1", 5.0, 60.0),)),
        (0, (("lose", VOTE),)),
        (0, FORGET),
        (1, (("pause", "n3", 5.0, 100.0),)),
        (1, (("isolate", "n3", 5.0, 100.0),)),
        (1, tuple(("crash", name, 5.0) for name in ("n1", "n2", "n3"))),
        (1, (("skew", "n3", 0.0, 0.0, 9_000_000.0), ("lose", VOTE))),  # n3 leads term 2
        (1, (("lose", ASK),)),
        (2, (("crash", "n3", 31.0), ("restart", "n3", 38.5))),
        (2, (("lose", ASK),)),
    )

    def test_untouched_n1_leads_the_first_term(self, diagram: Diagram) -> None:
        assert leaders_by_term(diagram.run.world) == {1: ["n1"]}
        assert len(diagram.run.messages) <= 30

    def test_the_card_says_whose_votes_made_two_leaders(self, diagram: Diagram) -> None:
        for touching in FORGET:
            diagram.touch(*touching)
        assert "n1 leads with the votes of n1 and n3" in diagram.verdict_card
        assert "n2 leads with the votes of n2 and n3" in diagram.verdict_card
        diagram.touch("reset")
