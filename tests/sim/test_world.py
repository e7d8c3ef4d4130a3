"""Running, stepping, recovering and expecting."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dscourse.node import Clock, Node, cluster
from dscourse.sim import (
    At,
    Constant,
    Crash,
    CrashDuring,
    Cut,
    DropPending,
    DuplicatePending,
    Heal,
    Hold,
    Link,
    Network,
    Partition,
    Pause,
    Pending,
    Recover,
    SetClock,
    SetLink,
    StepPending,
    World,
)
from dscourse.sim.effects import carry_out_all

from .worlds import Gossip, Rumour, Sink, Source, Store, Tick, Writer, pipe


def received(world: World) -> list[int]:
    return list(world.nodes["b"].state()["received"])  # type: ignore[call-overload]


# --- time ---


def test_run_stops_after_its_time_and_goes_on() -> None:
    world = pipe(0, Network(Constant(2)))
    assert world.run(2).now_ms == 2
    assert received(world) == [5]  # what is due at the very end happens
    assert world.run(100).now_ms == 100
    assert received(world) == [5, 4, 3, 2, 1]
    assert world.run().now_ms == 100


def test_time_never_goes_back() -> None:
    world = pipe().run(50)
    assert world.run(10).now_ms == 50


def test_events_at_one_time_happen_in_the_order_in_which_they_were_made() -> None:
    nodes: list[Node] = [Source("z", ["b"], count=1), Source("a", ["b"], count=1), Sink("b")]
    trace = World(nodes, 0, Network(Constant(1))).run().trace
    assert [event.peer for event in trace.kinds("deliver")] == ["z", "a"]


def test_skew_and_drift_change_what_a_node_reads_and_when_its_timers_ring() -> None:
    clocks = {"b": Clock(skew_ms=100), "a": Clock(drift_ppm=1e6)}
    nodes = [Source("a", ["b"], every_ms=10), Sink("b")]
    world = World(nodes, 0, Network(Constant(1)), clocks=clocks).run()
    assert [event.time_ms for event in world.trace.kinds("send")] == [0, 5, 10, 15, 20]
    assert world.nodes["b"].state()["at_ms"] == [101, 106, 111, 116, 121]


def test_a_clock_can_be_set_and_outlives_a_crash() -> None:
    world = pipe(0, Network(Constant(1)), [At(2.5, SetClock("b", skew_ms=-1000))]).run()
    assert world.nodes["b"].state()["at_ms"] == [1, 2, -997, -996, -995]
    world.apply(Recover("b"))
    world.apply(Crash("b"))
    world.apply(Recover("b"))
    assert world.nodes["b"].now == world.now_ms - 1000


def test_a_range_of_delays_is_drawn_from_evenly() -> None:
    class Ticker(Node):
        def on_start(self, log: object) -> None:
            self.set_timer(Tick(), (2, 6))

        def on_tick(self, tick: Tick) -> None:
            self.set_timer(Tick(), (2, 6))

    events = World([Ticker("a")], 1).run(4_000).trace.kinds("timer")
    times = [event.time_ms for event in events]
    gaps = [later - before for before, later in pairwise(times)]
    assert 2 <= min(gaps) < 2.1 < 5.9 < max(gaps) < 6
    assert abs(sum(gaps) / len(gaps) - 4) < 0.15


def test_an_equal_timer_is_replaced_and_a_cancelled_one_forgotten() -> None:
    class Resetting(Source):
        def on_start(self, log: object) -> None:
            for ms in (1, 5, 3):
                self.set_timer(Tick(), ms)

    class Cancelling(Resetting):
        def on_start(self, log: object) -> None:
            super().on_start(log)
            self.cancel_timer(Tick())
            self.cancel_timer(Tick())

    trace = World([Resetting("a", count=0)]).run().trace
    assert [event.time_ms for event in trace.kinds("timer")] == [3]
    trace = World([Cancelling("a", count=0)]).run().trace
    assert not trace.kinds("timer")
    assert len(trace.kinds("cancel_timer")) == 1


def test_a_run_that_never_ends_is_an_error_that_says_so() -> None:
    world = World(cluster(Gossip, list("ab")))
    with pytest.raises(RuntimeError, match=r"max_events=100 events happened .* give until_ms"):
        world.run(max_events=100)
    assert World(cluster(Gossip, list("ab"))).run(100, max_events=100).now_ms == 100


# --- steps ---


def test_step_by_step_is_the_same_run() -> None:
    world, steps = pipe(3, Network(loss=0.3)), pipe(3, Network(loss=0.3))
    world.run()
    count = 0
    while steps.step():
        count += 1
    assert steps.trace.hash() == world.trace.hash()
    assert count >= 2 + 6 + len(received(world))
    assert not steps.pending()


def test_pending_says_what_waits_in_order() -> None:
    world = pipe(plan=[At(7, Heal())])
    shown = [(p.due_ms, p.kind, str(p)) for p in world.pending()]
    assert shown == [
        (0, "start", "a starts"),
        (0, "start", "b starts"),
        (7, "fault", "fault Heal()"),
    ]
    world.run(0.5)
    assert [str(p) for p in world.pending()] == [
        "deliver Number(n=5): a → b",
        "timer Tick() at a",
        "fault Heal()",
    ]
    message = world.pending()[0]
    assert (message.node, message.peer, message.due_ms) == ("b", "a", 1)


def test_pending_writes_the_members_of_a_set_in_order() -> None:
    names = frozenset(f"n{number}" for number in range(100, 120))
    text = str(Pending(1, 0.0, "deliver", "b", "a", Rumour(names)))
    assert text == f"deliver Rumour(names={{{', '.join(map(repr, sorted(names)))}}}): a → b"


def test_a_chosen_event_happens_next_and_the_others_wait_on() -> None:
    world = pipe(0, Network(Constant(9))).run(5.5)
    last = world.pending()[-1]
    assert world.step(last.id)
    assert (received(world), world.now_ms) == ([1], 13)
    assert [p.due_ms for p in world.pending()] == [13] * 4
    assert received(world.run()) == [1, 5, 4, 3, 2]


def test_a_chosen_event_comes_even_before_what_had_to_wait() -> None:
    world = pipe(0, Network(Constant(1)), [At(0, Hold("a", "b"))]).run(3.5)
    assert not received(world)
    tick = next(p for p in world.pending() if p.kind == "timer")
    world.apply(Recover())
    world.step(tick.id)
    assert not received(world)
    assert [event.kind for event in world.trace[-3:]] == ["timer", "send", "set_timer"]
    assert received(world.run()) == [5, 4, 3, 2, 1]


def test_drop_and_duplicate() -> None:
    world = pipe(0, Network(Constant(9))).run(5.5)
    first, second, *_ = world.pending()
    world.drop(first.id)
    world.duplicate(second.id)
    world.duplicate(second.id)
    assert received(world.run()) == [4, 4, 4, 3, 2, 1]
    drop = world.trace.kinds("drop")[0]
    assert (drop.what.n, drop.detail, drop.node, drop.peer) == (5, "dropped", "b", "a")
    copies = [event.id for event in world.trace.kinds("deliver") if event.what.n == 4]
    assert len(copies) == 3
    assert len(set(copies)) == 1  # one message, delivered three times
    duplicates = [(event.id, event.node, event.peer) for event in world.trace.kinds("duplicate")]
    assert duplicates == [(copies[0], "b", "a")] * 2


@pytest.mark.parametrize("method", ["drop", "duplicate"])
def test_only_messages_are_dropped_and_duplicated(method: str) -> None:
    world = pipe(0, Network(Constant(9))).run(0.5)
    message, timer = sorted(world.pending(), key=lambda p: p.kind)
    with pytest.raises(LookupError, match=f"id {timer.id}: the ids are {message.id}$"):
        getattr(world, method)(timer.id)


def test_a_cancelled_timer_is_no_event() -> None:
    class Resetting(Source):
        def on_start(self, log: object) -> None:
            for delay_ms in (1, 2, 3, 4):
                self.set_timer(Tick(), delay_ms)

    world = World([Resetting("a", count=0)])
    assert world.clone().run(max_events=3).now_ms == 4
    assert [world.step(), world.step(), world.step()] == [True, True, False]
    assert [event.time_ms for event in world.trace.kinds("timer")] == [4]


def test_a_cancelled_timer_cannot_be_chosen() -> None:
    class Resetting(Source):
        def on_start(self, log: object) -> None:
            self.set_timer(Tick(), 5)

    world = World([Resetting("a", count=0)]).run(1)
    old = world.pending()[0].id
    world.nodes["a"].set_timer(Tick(), 9)
    carry_out_all(world._engine, world._engine.host("a"))
    with pytest.raises(LookupError, match=f"no pending event has the id {old}: the ids are"):
        world.step(old)


def test_replay_carries_out_a_scenario() -> None:
    def begin() -> World:
        return pipe(0, Network(Constant(9))).run(5.5)

    five, _, three, two, one = (p.id for p in begin().pending())
    steps = [
        StepPending(one),
        DropPending(two),
        DuplicatePending(three),
        Crash("a"),
        StepPending(five),
    ]
    world = begin().replay(steps)
    assert received(world) == [1, 5]
    assert not world.alive("a")
    assert received(world.run()) == [1, 5, 4, 3, 3]
    assert begin().replay(steps).run().trace.hash() == world.trace.hash()


# --- recovery and liveness ---


def test_recover_mends_everything() -> None:
    broken = [
        At(0.5, Crash("a")), At(0.5, Pause("b")), At(0.5, Partition({"a"}, {"b", "c"})),
        At(0.5, Hold("c", "d")), At(0.5, CrashDuring("d", after=0)), At(0.5, Cut("d", "c")),
    ]  # fmt: skip
    world = World(cluster(Gossip, list("abcd")), 0, Network(loss=0.9), broken).run(1)
    world.apply(Recover())
    world.run(5_000)
    assert all(world.alive(name) and not world.paused(name) for name in "abcd")
    assert all(len(node.state()["known"]) == 4 for node in world.nodes.values())  # type: ignore[arg-type]
    assert not [e for e in world.trace.kinds("drop") if e.time_ms > 2.5]


def test_recover_reaches_links_that_were_never_used() -> None:
    nodes = [Source("a", ["b"]), Sink("b")]
    network = Network(links={("a", "b"): Link(Constant(1), loss=1)})
    assert not received(World(nodes, 0, network).run())
    world = World(nodes, 0, network)
    world.apply(Recover("a", "b"))
    assert received(world.run()) == [5, 4, 3, 2, 1]


def test_heal_majority_leaves_the_rest_broken_and_prefers_the_healthy() -> None:
    nodes = [*cluster(Gossip, list("abcde")), Store("s"), Writer("w", ["s"])]
    world = World(nodes[:5] + nodes[6:] + nodes[5:6])
    for fault in (Crash("a"), Pause("b"), Crash("w"), SetLink("d", "e", loss=1), Cut("c", "a")):
        world.apply(fault)
    assert world.heal_majority() == ("c", "d", "e", "s")  # 4 of 6, and those that are up first
    assert (world.alive("a"), world.paused("b"), world.alive("w")) == (False, True, True)
    assert world.link("d", "e").settings.loss == 0
    assert world.link("c", "a").cut


def test_expect_waits_for_progress_within_its_bound() -> None:
    world = pipe(0, Network(Constant(2)))
    progress = world.expect(lambda w: len(received(w)) == 3, within_ms=10)
    assert (progress.ok, progress.after_ms, bool(progress)) == (True, 4, True)
    late = world.expect(lambda w: len(received(w)) == 6, within_ms=1.5)
    assert (late.ok, late.after_ms, bool(late)) == (False, 1.5, False)
    assert world.now_ms == 5.5
    assert received(world) == [5, 4, 3, 2]
    assert world.expect(lambda w: True, within_ms=0).after_ms == 0
    assert not world.expect(lambda w: False, within_ms=1e6)


@pytest.mark.parametrize("max_events", [3, 4])
def test_expect_counts_each_event_once(max_events: int) -> None:
    world = pipe(0, Network(Constant(2)))
    with pytest.raises(RuntimeError, match=f"max_events={max_events} events happened"):
        world.expect(lambda w: False, within_ms=1e6, max_events=max_events)
    counted = pipe(0, Network(Constant(2)))
    for _ in range(max_events):
        counted.step()
    assert world.trace.hash() == counted.trace.hash()


def test_a_cancelled_timer_does_not_make_expect_run_past_its_bound() -> None:
    world = World([Store("s"), Writer("c", ["s"], 3)]).submit(
        "c", [("put", None, 1)] * 2, think_ms=9
    )
    assert not world.expect(lambda w: len(w.history) == 2, within_ms=5)
    assert world.now_ms == 5
