"""The deeds of chapter 14: each is done with par, by the plan that its answer tells, and not with less."""

from __future__ import annotations

import pytest

from dscourse.experiments.forgotten_vote import leaders_by_term
from dscourse.touch import Deed
from tests.touch.trials import (
    Touching,
    diagram_of,
    moments,
    single_touches,
    touched,
    touches_that_do,
)

DIAGRAM = diagram_of("14")
RUN = DIAGRAM.run
OTHER_LEADS, NO_LEADER, TWO_LEAD = DIAGRAM.deeds

PLANS: dict[str, tuple[Deed, list[Touching]]] = {
    "a lost request": (OTHER_LEADS, [("lose", ("n1's 1st RequestVote to n3",))]),
    "a late request": (OTHER_LEADS, [("move", ("n1's 1st RequestVote to n3", 39.0))]),
    "a lost vote": (NO_LEADER, [("lose", ("n3's 1st RequestVoteReply to n1",))]),
    "a forgotten vote": (TWO_LEAD, [("crash", ("n3", 32.0)), ("restart", ("n3", 34.0))]),
}


def test_no_touch_does_no_deed() -> None:
    assert not any(deed.is_done(touched(RUN)) for deed in DIAGRAM.deeds)
    assert leaders_by_term(RUN.world) == {1: ["n1"]}
    assert len(RUN.messages) <= 30


@pytest.mark.parametrize("plan", PLANS)
def test_the_plan_of_the_answer_does_the_deed_with_par(plan: str) -> None:
    deed, touches = PLANS[plan]
    assert len(touches) == deed.par
    assert deed.is_done(touched(RUN, *touches))


def test_two_leaders_in_one_term_take_two_touches() -> None:
    touches = list(single_touches(RUN, moments(0, 76, 4), lengths=(4, 20)))
    assert len(touches) > 700
    assert touches_that_do(TWO_LEAD, RUN, touches) == []


def test_the_card_says_whose_votes_made_two_leaders() -> None:
    for gesture, arguments in PLANS["a forgotten vote"][1]:
        DIAGRAM.touch(gesture, *arguments)
    assert "n1 leads with the votes of n1 and n3" in DIAGRAM.verdict_card
    assert "n2 leads with the votes of n2 and n3" in DIAGRAM.verdict_card
    DIAGRAM.touch("reset")
