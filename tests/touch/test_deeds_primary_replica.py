"""The deeds of chapter 10: each is done with par, by the plan that its answer tells, and not with less."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest

from dscourse.experiments.one_ack import NODES, longest_cut_ms
from dscourse.touch import Deed
from tests.touch.trials import (
    Touching,
    diagram_of,
    moments,
    single_touches,
    touched,
    touches_that_do,
)

DIAGRAM = diagram_of("10")
RUN = DIAGRAM.run
OTHER_LEADS, LOST, SHORT_CUT = DIAGRAM.deeds


def divided(side: tuple[str, ...], start_ms: float, length_ms: float) -> Touching:
    """Return a partition of these nodes from all others."""
    others = [name for name in ("c", *NODES) if name not in side]
    return "partition", ([list(side), others], start_ms, start_ms + length_ms)


PLANS: dict[str, tuple[Deed, list[Touching]]] = {
    "a crash": (OTHER_LEADS, [("crash", ("n2", 380.0))]),
    "a pause": (OTHER_LEADS, [("pause", ("n2", 300.0, 500.0))]),
    "a partition": (LOST, [divided(("c", "n1", "n2"), 300, 200)]),
    "a short partition": (SHORT_CUT, [divided(("c", "n1", "n2"), 332, 48), ("crash", ("n2", 378.0))]),
}  # fmt: skip


def partitions(length_ms: float) -> Iterator[Touching]:
    """Yield partitions of n2 and c with up to two others from the rest."""
    for ms in moments(260, 380, 20):
        for size in range(3):
            for others in combinations(("n1", "n3", "n4", "n5"), size):
                yield divided(("c", "n2", *others), ms, length_ms)


def test_no_touch_does_no_deed() -> None:
    assert not any(deed.is_done(touched(RUN)) for deed in DIAGRAM.deeds)
    pictured = DIAGRAM.part(RUN.world.trace)
    assert len(pictured.kinds("send")) <= 30
    assert [lane["node"] for lane in DIAGRAM.layout_data["lanes"]] == ["c", *NODES]


@pytest.mark.parametrize("plan", PLANS)
def test_the_plan_of_the_answer_does_the_deed_with_par(plan: str) -> None:
    deed, touches = PLANS[plan]
    assert len(touches) == deed.par
    assert deed.is_done(touched(RUN, *touches))


@pytest.mark.parametrize("replica", ["n1", "n3", "n4", "n5"])
@pytest.mark.parametrize("start_ms", [325, 332, 339])
def test_a_short_cut_and_a_crash_lose_a_write_with_any_replica_on_the_side_of_the_client(
    replica: str, start_ms: float
) -> None:
    cut = divided(("c", "n2", replica), start_ms, 48)
    run = touched(RUN, cut, ("crash", ("n2", start_ms + 47)))
    assert SHORT_CUT.is_done(run)
    assert longest_cut_ms(run.world) == 48


def test_a_short_cut_alone_loses_nothing() -> None:
    assert touches_that_do(SHORT_CUT, RUN, [*partitions(50)]) == []
    assert touches_that_do(LOST, RUN, [*partitions(50)]) == []


@pytest.mark.once
def test_no_single_touch_but_a_partition_loses_a_write() -> None:
    touches = list(single_touches(RUN, moments(250, 400, 50), lengths=(50, 200)))
    pictured = {
        str(RUN.messages[event.id]) for event in DIAGRAM.part(RUN.world.trace).kinds("send")
    }
    of_the_picture = [
        one for one in touches
        if one[0] not in ("lose", "repeat", "move", "skew") or one[1][0] in pictured
    ]  # fmt: skip
    assert len(of_the_picture) > 150
    assert touches_that_do(LOST, RUN, of_the_picture) == []


def test_a_repeat_that_brings_a_missed_entry_is_drawn_and_a_heartbeat_is_not() -> None:
    cut = touched(RUN, ("cut", ("n2", "n3", 330.0, 400.0)))
    pictured = DIAGRAM.part(cut.world.trace).kinds("send", "drop")
    to_n3 = [
        event
        for event in pictured
        if {event.node, event.peer} == {"n2", "n3"} and event.time_ms > 330
    ]
    appends = [event.kind for event in to_n3 if getattr(event.what, "entries", ())]
    assert appends == ["send", "drop", "send"]
    assert not any(str(event.what).startswith("heartbeat") for event in pictured)


def test_the_card_names_the_lost_write_and_the_new_primary() -> None:
    for gesture, arguments in PLANS["a partition"][1]:
        DIAGRAM.touch(gesture, *arguments)
    assert "leads epoch 2 in the end, without k2=2" in DIAGRAM.verdict_card
    DIAGRAM.touch("reset")
