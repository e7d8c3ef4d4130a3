"""Stamped notes: one event at a time, the sentences of the sources, mutants, and faulted seeds."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from dscourse.clocks import HybridClock, LamportClock, Order, VectorClock, compare
from dscourse.core.dispatch import handle_message
from dscourse.node import (
    Client,
    Clock,
    Complete,
    Invocation,
    Send,
    Time,
    Write,
    cluster,
    take_effects,
)
from dscourse.protocols.stamped_messages import (
    HybridStamper,
    LamportStamper,
    Record,
    VectorStamper,
    ahead_ms,
    respects_causality,
    tally,
)
from dscourse.protocols.textbook.clocks import SharedVectorClock
from dscourse.protocols.textbook.stamped_messages import (
    Note,
    Stamped,
    Stamper,
    WallClockStamper,
)
from dscourse.sim import (
    At,
    Budget,
    Constant,
    HandlerError,
    Network,
    Uniform,
    World,
    random_plan,
)
from dscourse.sim.streams import stream
from tests.effort import a_part, chosen_seeds
from tests.protocols.golden import assert_golden

SEEDS = chosen_seeds(300)
SOME = a_part(SEEDS)
NAMES = ("a", "b", "c")
BUDGET = Budget(horizon_ms=200)
REPAIRED = (LamportStamper, VectorStamper, HybridStamper)


def writing(
    kind: type[Client],
    plan: list[At],
    seed: int = 1,
    clocks: dict[str, Clock] | None = None,
) -> World:
    """Twenty notes between three nodes, about 10 ms apart, under the plan."""
    world = World(cluster(kind, NAMES), seed, Network(latency=Uniform(2, 12)), plan, clocks)
    draws = stream(seed, "notes")
    for note in range(20):
        index, step = int(draws.random() * 3), 1 + int(draws.random() * 2)
        start = 10 * note + 10 * draws.random()
        world.submit(NAMES[index], [("tell", NAMES[(index + step) % 3])], start_ms=start)
    return world.run(until_ms=2_000)


def records(world: World) -> list[Record]:
    """All records, in the order in which they were written."""
    return [(str(event.node), event.what) for event in world.trace.kinds("write")]


def driven(node: Stamper, us: int, clock: Clock | None = None) -> Stamper:
    """The node with a clock, at this time."""
    node._context.time, node._context.clock = Time(us), clock
    return node


# --- step ----------------------------------------------------------------------------------------


def test_the_time_of_day_is_the_stamp_whatever_the_note_says() -> None:
    a = driven(WallClockStamper("a", ["b"]), 7_000)
    handle_message(a, "b", Note(1, 900.0))
    assert take_effects(a) == [Write(Stamped("receive", 1, 7.0, 7.0))]


@pytest.mark.parametrize(
    ("kind", "stamp"),
    [
        (WallClockStamper, 12.0),
        (LamportStamper, LamportClock(1)),
        (VectorStamper, VectorClock({"a": 1})),
        (HybridStamper, HybridClock(12.0, 0)),
    ],
)
def test_a_stamp_is_recorded_before_the_note_that_bears_it_is_sent(
    kind: type[Stamper], stamp: object
) -> None:
    a = driven(kind("a", ["b"]), 7_000, Clock(skew_ms=5))
    a.on_invoke(Invocation(3, "tell", "b"))
    assert take_effects(a) == [
        Write(Stamped("send", 3, stamp, 12.0)),
        Send("b", Note(3, stamp)),
        Complete(3, "ok", None),
    ]


@pytest.mark.parametrize(
    ("kind", "heard", "stamp"),
    [
        (LamportStamper, LamportClock(8), LamportClock(9)),
        (VectorStamper, VectorClock({"b": 8}), VectorClock({"a": 1, "b": 8})),
        (HybridStamper, HybridClock(90.0, 4), HybridClock(90.0, 5)),
        (HybridStamper, HybridClock(5.0, 4), HybridClock(7.0, 0)),
    ],
)
def test_a_receipt_is_stamped_later_than_what_was_heard(
    kind: type[Stamper], heard: object, stamp: object
) -> None:
    a = driven(kind("a", ["b"]), 7_000)
    handle_message(a, "b", Note(1, heard))
    assert take_effects(a) == [Write(Stamped("receive", 1, stamp, 7.0))]


@pytest.mark.parametrize("kind", REPAIRED)
def test_a_node_that_starts_again_goes_on_behind_its_last_stamp(kind: type[Stamper]) -> None:
    before, after = (driven(kind("a", ["b"]), us) for us in (7_000, 1_000))
    before.on_invoke(Invocation(0, "tell", "b"))
    written = take_effects(before)[0]
    assert isinstance(written, Write)
    assert isinstance(written.record, Stamped)
    after.on_start([written.record])
    after.on_invoke(Invocation(1, "tell", "b"))
    again = take_effects(after)[0]
    assert isinstance(again, Write)
    assert isinstance(again.record, Stamped)
    assert written.record.stamp < again.record.stamp


@pytest.mark.parametrize("method", ["first", "after_sending"])
def test_a_stamper_without_a_rule_says_which_one_is_missing(method: str) -> None:
    class Half(Stamper):
        def first(self) -> int:
            return 0 if method != "first" else int(super().first())

    with pytest.raises(NotImplementedError, match=f"Half needs a method {method}"):
        Half("a").on_invoke(Invocation(0, "tell", "b"))


# --- sentences -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", REPAIRED)
def test_the_clock_condition(kind: type[Stamper]) -> None:
    """Lamport 1978, p. 560: for any events a, b: if a → b then C(a) < C(b)."""
    for seed in range(40):
        seen = tally(records(writing(kind, [], seed)))
        assert (seen.contradicted, seen.backwards) == (0, 0)
        assert seen.ordered > 100


@pytest.mark.parametrize("kind", [LamportStamper, HybridStamper])
def test_the_converse_of_the_clock_condition_does_not_hold(kind: type[Stamper]) -> None:
    """Lamport 1978, p. 560: the converse cannot be expected to hold, for then concurrent events had equal times."""
    seen = tally(records(writing(kind, [])))
    assert seen.invented > 0.5 * seen.concurrent > 0


def test_vector_stamps_say_exactly_which_events_are_causes() -> None:
    """Mattern 1989, Theorem 10, against the causal past that the trace computes without any clock."""
    world = writing(VectorStamper, [], seed=4)
    written = world.trace.kinds("write")
    for event in written:
        past = {cause.index for cause in world.trace.past(event)}
        for other in written:
            before = compare(other.what.stamp, event.what.stamp) is Order.BEFORE
            assert before == (other.index in past and other.index != event.index)


@pytest.mark.parametrize("seed", range(40))
def test_a_hybrid_stamp_is_never_further_ahead_than_two_clocks_are_apart(seed: int) -> None:
    """Kulkarni et al. 2014, section 3: |l - pt| is at most the uncertainty of the clocks."""
    draws = stream(seed, "clocks")
    clocks = {
        name: Clock(100 * draws.random() - 50, 10_000 * draws.random() - 5_000) for name in NAMES
    }
    world = writing(HybridStamper, [], seed, clocks)
    ends = (0, round(world.trace[-1].time_ms * 1000))
    apart = max(
        max(clock.read(us) for clock in clocks.values())
        - min(clock.read(us) for clock in clocks.values())
        for us in ends
    )
    assert 0 < ahead_ms(records(world)) <= apart / 1000


def test_skew_below_the_shortest_delay_turns_nothing_round() -> None:
    """Lamport 1978, pp. 563-564: no anomaly if clocks differ by less than the shortest transmission takes."""
    for seed in range(40):
        for skew, wrong in ((1.9, False), (-11.0, True)):
            world = writing(WallClockStamper, [], seed, {"b": Clock(skew_ms=skew)})
            assert not wrong or tally(records(world)).backwards
            assert wrong or not tally(records(world)).backwards


# --- mutants -------------------------------------------------------------------------------------


class ForgetsAtRestart(LamportStamper):
    """Counts from 0 again after a crash."""

    def on_start(self, log: object) -> None:
        self.clock = self.first()


class IgnoresTheStamp(LamportStamper):
    """Counts its own events only."""

    def after_receipt(self, stamp: LamportClock) -> LamportClock:
        return self.clock.tick()


class TakesTheMaximum(LamportStamper):
    """Forgets to add one."""

    def after_receipt(self, stamp: LamportClock) -> LamportClock:
        return max(self.clock, stamp)


class TakesTheStamp(VectorStamper):
    """Replaces its own clock by that of each message."""

    def after_receipt(self, stamp: VectorClock) -> VectorClock:
        return stamp.tick(self.id)


class OneEntry(VectorStamper):
    """All nodes count in one entry: a Lamport clock that pretends."""

    def after_sending(self) -> VectorClock:
        return self.clock.tick("all")

    def after_receipt(self, stamp: VectorClock) -> VectorClock:
        return self.clock.receive(stamp, "all")


class FollowsTheTime(HybridStamper):
    """Takes its own time of day as soon as it hears of an earlier one."""

    def after_receipt(self, stamp: HybridClock) -> HybridClock:
        return HybridClock(self.now, stamp.count + 1)


class AddsTime(HybridStamper):
    """Counts ties in ms instead of in a counter."""

    def after_receipt(self, stamp: HybridClock) -> HybridClock:
        return HybridClock(max(self.clock.wall_ms, stamp.wall_ms, self.now) + 1000)


def verdict(kind: type[Client], seed: int) -> str | None:
    """Return how the seed's run breaks the promises, or None."""
    found = records(writing(kind, random_plan(seed, NAMES, BUDGET), seed))
    if not respects_causality(found):
        return "an effect before its cause"
    if issubclass(kind, VectorStamper) and tally(found).invented:
        return "an order of concurrent events"
    if issubclass(kind, HybridStamper) and ahead_ms(found) > 420:  # skew up to ±200 ms, and drift
        return "too far ahead"
    return None


@pytest.mark.parametrize(
    ("mutant", "reason"),
    [
        (ForgetsAtRestart, "an effect before its cause"),
        (IgnoresTheStamp, "an effect before its cause"),
        (TakesTheMaximum, "an effect before its cause"),
        (TakesTheStamp, "an effect before its cause"),
        (OneEntry, "an order of concurrent events"),
        (FollowsTheTime, "an effect before its cause"),
        (AddsTime, "too far ahead"),
    ],
)
def test_every_mutant_is_caught(mutant: type[Client], reason: str) -> None:
    assert reason in (verdict(mutant, seed) for seed in range(60))


# --- seeds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", REPAIRED)
def test_seeds_never_show_an_effect_before_its_cause(kind: type[Client]) -> None:
    assert Counter(verdict(kind, seed) for seed in SEEDS) == {None: len(SEEDS)}


def test_the_same_seeds_refute_the_time_of_day() -> None:
    share = sum(verdict(WallClockStamper, seed) is not None for seed in SOME) / len(SOME)
    print(f"the same plans refute stamps of the time of day in {share:.1%} of {len(SOME)} seeds")
    assert 0.1 < share < 0.5


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SOME:
        world = writing(HybridStamper, random_plan(seed, NAMES, BUDGET), seed)
        restarts = world.trace.kinds("restart")
        seen["restart with records"] += any(event.id for event in restarts)
        seen["lost note"] += len(world.trace.kinds("drop")) > 0
        seen["repeated note"] += len(world.trace.kinds("duplicate")) > 0
        seen["clock moved"] += "SetClock" in str(world.trace.kinds("fault"))
        seen["stamp ahead of the clock"] += ahead_ms(records(world)) > 0
        seen["concurrent events"] += tally(records(world)).concurrent > 0
    assert len(seen) == 6
    assert min(seen.values()) > 0, seen


# --- the shared clock ----------------------------------------------------------------------------


class SharedStamper(VectorStamper):
    """Stamps every event with one clock that it goes on changing."""

    def first(self) -> Any:
        return SharedVectorClock()

    def after_sending(self) -> Any:
        self.clock.tick(self.id)
        return self.clock


def test_a_stamp_that_goes_on_changing_is_refused_when_it_is_recorded() -> None:
    with pytest.raises(HandlerError, match=r"Stamped\.stamp is a SharedVectorClock"):
        writing(SharedStamper, [])


def test_the_textbook_comparison_misses_orders_that_the_repaired_one_finds() -> None:
    found = records(writing(VectorStamper, []))

    def before(a: VectorClock, b: VectorClock) -> bool:
        return SharedVectorClock(dict(a)).before(SharedVectorClock(dict(b)))

    assert tally(found).contradicted == 0
    assert tally(found, before).contradicted > 0
    assert tally(found, before).invented == 0
    assert not SharedVectorClock().before(SharedVectorClock({"b": 1}))
    assert not SharedVectorClock({"a": 1}).before(SharedVectorClock({"a": 1, "b": 1}))


def test_the_golden_trace_of_a_note_that_arrives_before_it_was_sent() -> None:
    world = World(
        cluster(HybridStamper, NAMES),
        network=Network(latency=Constant(5)),
        clocks={"b": Clock(skew_ms=-20)},
    )
    for start, node, to in ((1, "a", "b"), (8, "b", "c"), (15, "c", "a")):
        world.submit(node, [("tell", to)], start_ms=start)
    assert_golden("stamped_messages", f"{world.run().trace}\n")
