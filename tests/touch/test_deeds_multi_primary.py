"""The deeds of chapter 11: each is done with par, by the plan that its answer tells, and not with less."""

from __future__ import annotations

import pytest

from dscourse.touch import Deed
from tests.touch.trials import (
    Touching,
    diagram_of,
    moments,
    single_touches,
    touched,
    touches_that_do,
)

DIAGRAM = diagram_of("11")
RUN = DIAGRAM.run
KEPT, SMALL_SKEWS, RIGHT_CLOCKS = DIAGRAM.deeds

PLANS: dict[str, tuple[Deed, list[Touching]]] = {
    "a fast clock": (KEPT, [("skew", ("n1", 0.0, 250.0))]),
    "a slow clock": (KEPT, [("skew", ("n2", 250.0, -250.0))]),
    "two clocks": (SMALL_SKEWS, [("skew", ("n1", 0.0, 125.0)), ("skew", ("n2", 0.0, -125.0))]),
    "a copy": (RIGHT_CLOCKS, [("repeat", ("Ann's 1st Request to n1", 330.0))]),
}


def test_no_touch_does_no_deed() -> None:
    assert not any(deed.is_done(touched(RUN)) for deed in DIAGRAM.deeds)
    assert RUN.verdict is not None
    assert RUN.verdict.ok is True
    assert len(RUN.messages) <= 30


@pytest.mark.parametrize("plan", PLANS)
def test_the_plan_of_the_answer_does_the_deed_with_par(plan: str) -> None:
    deed, touches = PLANS[plan]
    assert len(touches) == deed.par
    assert deed.is_done(touched(RUN, *touches))


def test_small_skews_take_two_touches() -> None:
    clocks = [
        ("skew", (node, ms, by))
        for node in ("n1", "n2", "Ann", "Bob")
        for ms in moments(0, 320, 80)
        for by in moments(-150, 150, 50)
    ]
    others = single_touches(RUN, moments(0, 560, 80), lengths=(80, 280))
    assert touches_that_do(SMALL_SKEWS, RUN, [*clocks, *others]) == []


def test_without_a_clock_only_a_late_copy_of_the_draft_does_it() -> None:
    touches = [
        one for one in single_touches(RUN, moments(0, 600, 60), lengths=(60, 300)) if one[0] != "skew"
    ]  # fmt: skip
    done = touches_that_do(KEPT, RUN, touches)
    assert done
    assert {(gesture, arguments[0]) for gesture, arguments in done} == {
        ("repeat", "Ann's 1st Request to n1")
    }


@pytest.mark.parametrize(
    ("touching", "ok", "part"),
    [
        (("skew", ("n1", 0.0, 250.0)), False, "the draft bears the time 350"),
        (("repeat", ("Ann's 1st Request to n1", 330.0)), False, "the final version 300"),
        (("lose", ("Bob's 2nd Request to n2",)), None, "not acknowledged"),
        (("cut", ("n1", "n2", 250.0, 700.0)), False, "n1 ends with 'draft', n2 ends with 'final'"),
    ],
)
def test_the_card_says_why(touching: Touching, ok: bool | None, part: str) -> None:
    verdict = DIAGRAM.run.judge.judge(touched(RUN, touching).world)  # type: ignore[union-attr]
    assert verdict.ok is ok
    assert part in verdict.reason
