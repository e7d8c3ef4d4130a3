"""Reading a remote clock: one event at a time, the sentences of the source, mutants, and faulted seeds."""

from __future__ import annotations

from collections import Counter

import pytest

from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.node import (
    Client,
    Clock,
    Complete,
    Invocation,
    Send,
    SetTimer,
    Time,
    Write,
    take_effects,
)
from dscourse.protocols.cristian import CristianClient, error_after, reading_of
from dscourse.protocols.textbook.cristian import (
    NaiveTimeClient,
    Reading,
    ReplyTimeout,
    TimeReply,
    TimeRequest,
    TimeServer,
)
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Event,
    Link,
    LogNormal,
    Network,
    SetClock,
    Uniform,
    World,
    random_plan,
)
from dscourse.sim.streams import stream
from tests.effort import a_part, chosen_seeds
from tests.protocols.golden import assert_golden

SEEDS = chosen_seeds(300)
SOME = a_part(SEEDS)
MENU = ("loss", "duplicate", "cut", "partition", "hold", "pause", "crash", "crash_during")
BUDGET = Budget(
    horizon_ms=800, timeout_ms=200, menu=MENU
)  # no clock is set: the promise needs that
DRIFT_PPM = 2_000.0
MIN_MS = 1.0


def clocks(seed: int) -> dict[str, Clock]:
    """Two clocks up to 100 ms off, each gaining or losing up to the drift that the client assumes."""
    draws = stream(seed, "clocks")

    def between(bound: float) -> float:
        return bound * (2 * draws.random() - 1)

    return {name: Clock(between(100), between(DRIFT_PPM)) for name in ("ann", "time")}


def client(kind: type[Client] = CristianClient) -> Client:
    """A client of this kind with the settings of the seeds."""
    if issubclass(kind, NaiveTimeClient):
        return kind("ann", "time", claim_ms=8.0, timeout_ms=60)
    return kind("ann", "time", min_ms=MIN_MS, drift_ppm=DRIFT_PPM, timeout_ms=60)  # type: ignore[call-arg]


def reading(ann: Client, plan: list[At], seed: int) -> World:
    """Five readings, 60 ms apart, under the plan; messages take 1 to 12 ms."""
    network = Network(client=Link(Uniform(MIN_MS, 12)))
    world = World([ann, TimeServer("time")], seed, network, plan, clocks(seed))
    world.submit("ann", [("read the clock",)] * 5, start_ms=10, think_ms=60)
    return world.run(until_ms=3_000)


def server_ms(seed: int, event: Event) -> float:
    """Return the time on the server's clock when the event happens."""
    return clocks(seed)["time"].read(round(event.time_ms * 1000)) / 1000


def wrong(world: World, seed: int) -> str | None:
    """Return how the run breaks the promises, or None."""
    for event in world.trace.kinds("write"):
        if not event.what.holds(server_ms(seed, event)):
            return "further off than it says"
    for event in world.trace.of("ann").kinds("ok", "fail"):
        for earlier in world.trace.kinds("write"):
            if earlier.index < event.index and not _holds_later(earlier.what, event, seed):
                return "further off than it says, later"
    return None


def _holds_later(reading: Reading, event: Event, seed: int) -> bool:
    own = clocks(seed)["ann"].read(round(event.time_ms * 1000)) / 1000
    off = abs(own + reading.offset_ms - server_ms(seed, event))
    return off <= error_after(reading, own, DRIFT_PPM)


def driven(node: Client, us: int) -> Client:
    """The node with a clock, at this time."""
    node._context.time = Time(us)
    return node


# --- step ----------------------------------------------------------------------------------------


def test_the_server_tells_its_own_clock() -> None:
    server = TimeServer("time")
    server._context.time, server._context.clock = Time(7_000), Clock(skew_ms=5)
    handle_message(server, "ann", TimeRequest(3, 2))
    assert take_effects(server) == [Send("ann", TimeReply(3, 2, 12.0))]


def test_the_textbook_client_takes_the_answer_for_the_present() -> None:
    ann = driven(NaiveTimeClient("ann", "time", claim_ms=5), 10_000)
    ann.on_invoke(Invocation(3, "read the clock"))
    driven(ann, 90_000)
    handle_message(ann, "time", TimeReply(3, 1, 500.0))
    reading = Reading(90.0, 500.0, 5)
    asked = [Send("time", TimeRequest(3)), SetTimer(ReplyTimeout(3), 200, 200)]
    assert take_effects(ann) == [*asked, Write(reading), Complete(3, "ok", reading)]


def test_a_reading_lies_in_the_middle_of_what_is_possible() -> None:
    ann = driven(CristianClient("ann", "time", min_ms=4), 100_000)
    ann.on_invoke(Invocation(3, "read the clock"))
    assert take_effects(ann) == [
        Send("time", TimeRequest(3, 1)),
        SetTimer(ReplyTimeout(3, 1), 200, 200),
    ]
    driven(ann, 120_000)
    handle_message(ann, "time", TimeReply(3, 1, 250.0))
    reading = Reading(120.0, 260.0, 6.002)
    assert take_effects(ann) == [Write(reading), Complete(3, "ok", reading)]


def test_a_round_trip_that_is_too_long_is_made_again_and_then_given_up() -> None:
    ann = driven(CristianClient("ann", "time", wanted_ms=5, attempts=2), 0)
    ann.on_invoke(Invocation(3, "read the clock"))
    driven(ann, 20_000)
    take_effects(ann)
    handle_message(ann, "time", TimeReply(3, 1, 250.0))
    assert take_effects(ann)[0] == Send("time", TimeRequest(3, 2))
    driven(ann, 40_000)
    handle_message(ann, "time", TimeReply(3, 2, 270.0))
    assert take_effects(ann) == [Complete(3, "fail", "every round trip was too long")]


def test_no_answer_is_made_good_and_a_late_one_is_not_read() -> None:
    ann = driven(CristianClient("ann", "time", attempts=2), 0)
    ann.on_invoke(Invocation(3, "read the clock"))
    take_effects(ann)
    driven(ann, 200_000)
    handle_timer(ann, ReplyTimeout(3, 1))
    assert take_effects(ann)[0] == Send("time", TimeRequest(3, 2))
    handle_message(ann, "time", TimeReply(3, 1, 250.0))
    assert take_effects(ann) == []
    handle_timer(ann, ReplyTimeout(3, 2))
    assert take_effects(ann) == [Complete(3, "fail", "no answer")]
    restarted = driven(ann.fresh(), 300_000)
    handle_message(restarted, "time", TimeReply(3, 2, 250.0))
    assert take_effects(restarted) == []


def test_a_clock_that_went_back_is_noticed() -> None:
    ann = driven(CristianClient("ann", "time", attempts=1), 50_000)
    ann.on_invoke(Invocation(3, "read the clock"))
    take_effects(ann)
    driven(ann, 40_000)
    handle_message(ann, "time", TimeReply(3, 1, 250.0))
    reason = "the own clock was set during the reading"
    assert take_effects(ann) == [Complete(3, "fail", reason)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"attempts": 0}, "attempts=0: a client asks at least once"),
        ({"drift_ppm": -1}, "drift_ppm=-1: it must be from 0 to 100,000"),
        ({"drift_ppm": 2e5}, r"drift_ppm=200000.0: it must be"),
        ({"min_ms": -1}, "two messages of -1 ms"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CristianClient("ann", "time", **settings)  # type: ignore[arg-type]


# --- sentences -----------------------------------------------------------------------------------


def test_the_error_is_half_the_round_trip_less_the_shortest_delay() -> None:
    """Cristian 1989, on reading a remote clock: e = D(1 + 2ρ) - min, for a round trip 2D; here to the order of ρ²."""
    for round_trip, least, ppm in ((20.0, 4.0, 0.0), (100.0, 1.0, 100.0), (8.0, 4.0, 50.0)):
        expected = round_trip / 2 * (1 + 2 * ppm / 1e6) - least
        found = reading_of(0, 0, round_trip, least, ppm)
        assert found.error_ms == pytest.approx(expected, abs=0.003)


def test_with_a_round_trip_of_two_shortest_delays_the_reading_is_exact() -> None:
    """Cristian 1989, on reading a remote clock: the best precision is reached when the round trip is 2·min."""
    world = World(
        [CristianClient("ann", "time", min_ms=5), TimeServer("time")],
        network=Network(client=Link(Constant(5))),
        clocks={"time": Clock(skew_ms=77)},
    )
    found = world.submit("ann", [("read the clock",)]).run().history[0].result
    assert isinstance(found, Reading)
    assert found.offset_ms == pytest.approx(77, abs=0.001)
    assert found.error_ms == pytest.approx(0, abs=0.003)


def test_a_smaller_wanted_error_takes_more_attempts_and_fails_more_often() -> None:
    """Cristian 1989, on attempts: precision is bought with messages, and reached with some probability only."""
    messages, failed = [], []
    for wanted in (50.0, 6.0, 3.0):
        ann = CristianClient("ann", "time", wanted_ms=wanted, attempts=6)
        network = Network(client=Link(LogNormal(4, 0.8)))
        world = World([ann, TimeServer("time")], 1, network)
        world.submit("ann", [("read the clock",)] * 200).run()
        messages.append(len(world.trace.kinds("send")))
        failed.append(len(world.history) - len(world.history.ok))
        found = [event.what for event in world.trace.kinds("write")]
        assert all(reading.error_ms <= wanted for reading in found)
    assert messages == sorted(messages)
    assert failed == sorted(failed)
    assert failed[0] == 0 < failed[-1]


def test_the_error_reaches_its_bound_if_all_the_delay_is_on_one_way() -> None:
    """So no smaller bound can be promised: one direction takes all of the round trip but the minimum."""
    links = {("ann", "time"): Link(Constant(19)), ("time", "ann"): Link(Constant(1))}
    world = World(
        [CristianClient("ann", "time", min_ms=1), TimeServer("time")], network=Network(links=links)
    )
    found = world.submit("ann", [("read the clock",)]).run().history[0].result
    assert isinstance(found, Reading)
    assert abs(found.offset_ms) == pytest.approx(9, abs=0.001)
    assert found.error_ms == pytest.approx(9, abs=0.003)


def test_a_clock_that_is_set_during_a_reading_breaks_the_promise() -> None:
    """The assumption is needed: forward by 30 ms between question and answer, and nobody can notice."""
    plan = [At(5, SetClock("time", skew_ms=30)), At(15, SetClock("time"))]
    world = World(
        [CristianClient("ann", "time"), TimeServer("time")],
        network=Network(client=Link(Constant(10))),
        plan=plan,
    )
    found = world.submit("ann", [("read the clock",)]).run().history[0].result
    assert isinstance(found, Reading)
    assert not found.holds(20.0)


@pytest.mark.parametrize(("skew_ms", "holds"), [(1e11, True), (9e14, False)])
def test_far_from_zero_a_clock_is_rounded_by_more_than_the_bound(
    skew_ms: float, holds: bool
) -> None:
    """At 9e14 ms, two floating-point numbers are 0.125 ms apart; the delays are known to the µs."""
    ms = [10 + n / 16 for n in range(8)]
    found = []
    for delay in ms:
        clock = Clock(skew_ms=skew_ms)
        nodes = [CristianClient("ann", "time", min_ms=delay), TimeServer("time")]
        network = Network(client=Link(Constant(delay)))
        world = World(nodes, network=network, clocks={"ann": clock, "time": clock})
        world.submit("ann", [("read the clock",)], start_ms=1 / 16).run()
        (event,) = world.trace.kinds("write")
        found.append(event.what.holds(clock.read(round(event.time_ms * 1000)) / 1000))
    assert all(found) is holds


def test_a_reading_of_long_ago_is_as_good_as_it_says_however_fast_clocks_drift() -> None:
    """The own clock at its slowest, and the server's at its fastest: this reaches the bound."""
    own, server = Clock(drift_ppm=-100_000), Clock(drift_ppm=100_000)
    exact = Reading(0.0, 0.0, 0.0)
    own_ms, server_ms = (clock.read(10_000_000) / 1000 for clock in (own, server))
    assert error_after(exact, own_ms, 100_000) == pytest.approx(server_ms - own_ms)
    with pytest.raises(ValueError, match="drift_ppm=200000"):
        error_after(exact, own_ms, 200_000)


# --- mutants -------------------------------------------------------------------------------------


class ForgetsTheDrift(CristianClient):
    """Trusts both clocks to run at the right speed."""

    def __init__(self, id: str, server: str, drift_ppm: float = 0.0, **settings: float) -> None:
        super().__init__(id, server, **settings)  # type: ignore[arg-type]


class TakesHalf(CristianClient):
    """Says half of the error that it must."""

    def write(self, record: object) -> None:
        assert isinstance(record, Reading)
        super().write(Reading(record.own_ms, record.server_ms, record.error_ms / 2))


class ForgetsTheReturn(CristianClient):
    """Takes the server's answer for the present, and half the round trip for the error."""

    def write(self, record: object) -> None:
        assert isinstance(record, Reading)
        super().write(Reading(record.own_ms, record.server_ms - 5.5, record.error_ms))


class ReadsLateAnswers(CristianClient):
    """Takes any answer for the answer to the last question."""

    def on_time_reply(self, sender: str, tell: TimeReply) -> None:
        if tell.op == self.op:
            super().on_time_reply(sender, TimeReply(tell.op, self.attempt, tell.server_ms))


class BelievesTooLargeAMinimum(CristianClient):
    """Believes that no message takes less than 3 ms."""

    def __init__(self, id: str, server: str, min_ms: float = 0.0, **settings: float) -> None:
        super().__init__(id, server, min_ms=3.0, **settings)  # type: ignore[arg-type]


def verdict(kind: type[Client], seed: int) -> str | None:
    """Return how the seed's run breaks the promises, or None."""
    plan = random_plan(seed, ["ann", "time"], BUDGET)
    return wrong(reading(client(kind), plan, seed), seed)


@pytest.mark.parametrize(
    "mutant", [TakesHalf, ForgetsTheReturn, ReadsLateAnswers, BelievesTooLargeAMinimum]
)
def test_every_mutant_is_caught(mutant: type[Client]) -> None:
    assert "further off than it says" in (verdict(mutant, seed) for seed in range(150))


def test_forgetting_the_drift_is_caught_if_clocks_drift_fast() -> None:
    fast = {"ann": Clock(drift_ppm=-50_000), "time": Clock(drift_ppm=50_000)}
    found = {}
    for kind in (CristianClient, ForgetsTheDrift):
        links = {("ann", "time"): Link(Constant(1)), ("time", "ann"): Link(Constant(200))}
        ann = kind("ann", "time", min_ms=1.0, drift_ppm=50_000.0, timeout_ms=500)
        world = World([ann, TimeServer("time")], network=Network(links=links), clocks=fast)
        answer = world.submit("ann", [("read the clock",)]).run().history[0].result
        assert isinstance(answer, Reading)
        found[kind] = answer.holds(fast["time"].read(201_000) / 1000)
    assert found == {CristianClient: True, ForgetsTheDrift: False}


# --- seeds ---------------------------------------------------------------------------------------


def test_seeds_refute_the_textbook_client_and_not_the_repaired_one() -> None:
    assert Counter(verdict(CristianClient, seed) for seed in SEEDS) == {None: len(SEEDS)}
    share = sum(verdict(NaiveTimeClient, seed) is not None for seed in SOME) / len(SOME)
    print(f"the same plans refute the textbook client in {share:.1%} of {len(SOME)} seeds")
    assert share > 0.5


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SOME:
        plan = random_plan(seed, ["ann", "time"], BUDGET)
        world = reading(client(), plan, seed)
        trace = world.trace
        seen["readings"] += len(trace.kinds("write")) > 0
        seen["more than one attempt"] += any(
            isinstance(event.what, TimeRequest) and event.what.attempt > 1
            for event in trace.kinds("send")
        )
        seen["failed"] += any(op.status == "fail" for op in world.history)
        seen["repeated"] += len(trace.kinds("duplicate")) > 0
        seen["paused"] += len(trace.kinds("pause")) > 0
        seen["crash of the client"] += any(event.node == "ann" for event in trace.kinds("crash"))
        seen["off by more than 5 ms"] += any(
            abs(event.what.server_ms - server_ms(seed, event)) > 5 for event in trace.kinds("write")
        )
    assert len(seen) == 7
    assert min(seen.values()) > 0, seen


def test_the_golden_trace_of_a_reading_that_is_made_twice() -> None:
    ann = CristianClient("ann", "time", min_ms=1, wanted_ms=4, timeout_ms=30)
    links = {("ann", "time"): Link(Constant(3)), ("time", "ann"): Link(Uniform(1, 12))}
    world = World(
        [ann, TimeServer("time")], 1, Network(links=links), clocks={"time": Clock(skew_ms=50)}
    )
    world.submit("ann", [("read the clock",)] * 2, start_ms=1, think_ms=5).run()
    assert_golden("cristian", f"{world.trace}\n\n{world.history}\n")
