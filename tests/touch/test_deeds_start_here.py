"""The deeds of chapter 00: each is done with par, by the plan that its answer tells, and not with less."""

from __future__ import annotations

import pytest

from dscourse.protocols.replicated_counter import counts
from dscourse.touch import Deed, TouchedRun
from tests.touch.trials import (
    Touching,
    diagram_of,
    moments,
    single_touches,
    touched,
    touches_that_do,
)

DIAGRAM = diagram_of("00")
RUN = DIAGRAM.run
DIFFER, DESPITE_A_LOSS, SAME_WRONG_NUMBER = DIAGRAM.deeds


def lost(name: str) -> Touching:
    return "lose", (name,)


def copied(name: str, ms: float) -> Touching:
    return "repeat", (name, ms)


PLANS: dict[str, tuple[Deed, list[Touching]]] = {
    "one loss": (DIFFER, [lost("b's 1st Add to c")]),
    "a loss and a copy": (DESPITE_A_LOSS, [lost("a's 1st Add to b"), copied("c's 1st Add to b", 70)]),
    "a short cut": (SAME_WRONG_NUMBER, [("isolate", ("b", 15.0, 40.0))]),
}  # fmt: skip


def says(run: TouchedRun) -> str:
    return "".join(map(str, counts(run.world.nodes).values()))


def test_no_touch_does_no_deed() -> None:
    assert not any(deed.is_done(touched(RUN)) for deed in DIAGRAM.deeds)
    assert says(RUN) == "666"


@pytest.mark.parametrize("plan", PLANS)
def test_the_plan_of_the_answer_does_the_deed_with_par(plan: str) -> None:
    deed, touches = PLANS[plan]
    assert len(touches) == deed.par
    assert deed.is_done(touched(RUN, *touches))


def test_every_lost_message_makes_one_node_wrong() -> None:
    for name in RUN.messages.values():
        run = touched(RUN, lost(str(name)))
        assert DIFFER.is_done(run)
        assert sorted(says(run)) == ["5", "6", "6"]


def test_a_right_result_in_spite_of_a_loss_takes_two_touches() -> None:
    touchings = list(single_touches(RUN, moments(0, 100, 5)))
    assert len(touchings) > 1_000
    assert touches_that_do(DESPITE_A_LOSS, RUN, touchings) == []


def test_no_message_that_is_only_late_and_no_crash_does_a_deed() -> None:
    cheap = ("move", "crash", "pause")
    touches = [one for one in single_touches(RUN, moments(0, 200, 10)) if one[0] in cheap]
    assert {gesture for gesture, _ in touches} == set(cheap)
    for one in touches:
        run = touched(RUN, one)
        assert not any(deed.is_done(run) for deed in DIAGRAM.deeds), one


def test_the_same_wrong_number_comes_from_one_loss_or_one_copy_at_each_node() -> None:
    links = ("b's 1st Add to a", "c's 1st Add to b", "a's 2nd Add to c")
    losses = touched(RUN, *map(lost, links))
    copies = touched(RUN, *(copied(name, 100) for name in links))
    assert says(losses) == "555"
    assert says(copies) == "777"
    assert SAME_WRONG_NUMBER.is_done(losses)
    assert SAME_WRONG_NUMBER.is_done(copies)
