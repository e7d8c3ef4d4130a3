"""Gestures whose times meet: a link is cut, or a node paused, exactly as long as any gesture says so."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest

from dscourse.node import cluster
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import At, Network, World
from dscourse.touch import TouchedRun
from dscourse.touch.display.handles import handles
from dscourse.touch.run.handlers import handlers
from tests.effort import samples
from tests.touch.builds import counter, gossip, store

NAMES = ["a", "b", "c"]
Stretch = tuple[int, int]


def until(ms: float, plan: list[At]) -> World:
    """Return a world at ``ms``, with what is due at this time done."""
    return World(cluster(Counter, NAMES), 3, Network(), plan).run(until_ms=ms)


def is_within(ms: float, stretches: list[Stretch]) -> bool:
    return any(start <= ms < end for start, end in stretches)


@pytest.mark.parametrize("seed", range(samples(40)))
def test_links_and_nodes_are_stopped_while_any_of_the_stretches_lasts(seed: int) -> None:
    draws, run = Random(seed), TouchedRun(counter)
    cuts: list[Stretch] = []
    pauses: list[Stretch] = []
    for _ in range(5):
        start = draws.randrange(0, 100, 10)
        end = start + draws.randrange(10, 60, 10)
        gesture = draws.choice(["cut", "one way", "isolate", "partition", "pause"])
        if gesture == "pause":
            run.pause("a", start, end)
            pauses.append((start, end))
            continue
        cuts.append((start, end))
        if gesture == "isolate":
            run.isolate("b", start, end)
        elif gesture == "partition":
            run.partition([["a", "c"], ["b"]], start, end)
        else:
            run.cut("a", "b", start, end, both=gesture == "cut")
    assert [run.remark(touch) for touch in run.touches if touch.numbers["end_ms"] <= 150] == [
        ""
    ] * 5
    for ms in range(0, 150, 5):
        world = until(ms, run.plan)
        assert world.link("a", "b").cut == is_within(ms, cuts)
        assert world.paused("a") == is_within(ms, pauses)


@pytest.mark.parametrize("order", list(permutations([(10, 20), (20, 30), (25, 80)])))
def test_pauses_that_meet_are_one_pause_in_whatever_order_they_were_made(
    order: tuple[Stretch, ...],
) -> None:
    run = TouchedRun(counter)
    for stretch in order:
        run.pause("a", *stretch)
    assert [e.time_ms for e in run.world.trace.kinds("pause", "resume")] == [10, 80]
    assert {run.remark(touch) for touch in run.touches} == {""}
    run.switch(order.index((20, 30)), False)
    assert [e.time_ms for e in run.world.trace.kinds("pause", "resume")] == [10, 20, 25, 80]


def test_a_node_crashes_in_the_handler_of_a_restart_and_of_a_message_that_waited() -> None:
    run = TouchedRun(store)
    run.pause("n2", 1, 21)
    waited = next(
        one for one in handlers(run.world.trace) if one.event.time_ms == 21 and one.effects
    )
    assert (waited.event.kind, waited.event.node) == ("deliver", "n2")
    run.crash_during(waited.event, 0)
    assert [(e.node, e.time_ms) for e in run.world.trace.kinds("crash")] == [("n2", 21)]
    assert {run.remark(touch) for touch in run.touches} == {""}
    run = TouchedRun(gossip)
    run.crash("a", 20)
    run.restart("a", 40)
    [restart] = run.world.trace.kinds("restart")
    run.crash_during(restart, 0)
    assert [(e.node, e.time_ms) for e in run.world.trace.kinds("crash")] == [("a", 20), ("a", 40)]
    assert {run.remark(touch) for touch in run.touches} == {""}


def test_a_handler_without_effects_and_the_first_start_are_no_place_to_crash_in() -> None:
    run = TouchedRun(gossip)
    received = run.world.trace.kinds("deliver")[0]
    with pytest.raises(ValueError, match="this handler has no effects; crash"):
        run.crash_during(received, 0)
    with pytest.raises(ValueError, match="a starts before the first fault of any plan"):
        run.crash_during(0, 0)
    begun = [one["event"] for one in handles(run.world, (), [])["handlers"]]
    assert begun
    assert not {event.index for event in run.world.trace.kinds("start")} & set(begun)
