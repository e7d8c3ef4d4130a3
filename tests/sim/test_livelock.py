"""A run whose time stands still stops after a bounded number of events, and says what repeats."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from dscourse.node import Client, Invocation, Message, Node, Reply, Timer, cluster
from dscourse.sim import Constant, Crash, Link, Network, Restart, World, livelock
from dscourse.sim.livelock import most_at_once

_PUBLISHED = livelock.AT_ONE_INSTANT


@pytest.fixture(autouse=True)
def _a_hundredth_of_the_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand events at one instant are too many here: the tests take no minute."""
    monkeypatch.setattr(livelock, "AT_ONE_INSTANT", 1_000)


@dataclass(frozen=True, slots=True)
class Tick(Timer):
    n: int = 0


@dataclass(frozen=True, slots=True)
class Ball(Message):
    pass


class Hasty(Node):
    """Sets its timer for now; ``least`` ms from the start on."""

    def on_start(self, log: object) -> None:
        self.set_timer(Tick(), 2)

    def on_tick(self, tick: Tick) -> None:
        self.set_timer(tick, 0)


class Shrinking(Hasty):
    """Half the delay each time: time is kept in whole microseconds, so it comes to 0."""

    def on_tick(self, tick: Tick) -> None:
        self.set_timer(Tick(tick.n + 1), 2 * 0.5**tick.n)


class PingPong(Node):
    def on_start(self, log: object) -> None:
        self.send(self.peers[0], Ball())

    def on_ball(self, sender: str, ball: Ball) -> None:
        self.send(sender, ball)


class Flood(PingPong):
    def on_ball(self, sender: str, ball: Ball) -> None:
        self.broadcast(ball)


class Asker(Client):
    """Asks its server at once whatever it has been answered."""

    def on_invoke(self, op: Invocation) -> None:
        self.send("s", Reply(op.id))

    def on_reply(self, sender: str, reply: Reply) -> None:
        self.send("s", reply)


class Server(Node):
    def on_reply(self, sender: str, reply: Reply) -> None:
        self.send(sender, reply)


class AtOnce(Client):
    def on_invoke(self, op: Invocation) -> None:
        self.complete(op.id)


NOW = Network(latency=Constant(0))
CASES: list[tuple[Callable[[], World], str]] = [
    (lambda: World([Hasty("a")]), "time stands still at 2 ms: 1,010 events have happened at this instant, most "
     "often timer Tick at a. Set the timer with a delay above 0 ms"),
    (lambda: World([Shrinking("a")]), "time stands still at 5.999 ms: 1,010 events .* timer Tick at a. Set the"),
    (lambda: World(cluster(PingPong, 2), network=NOW), "at 0 ms: 1,040 events .* message Ball from n. to n. and "
     r"message Ball from n. to n.. Give the links a latency: Network\(latency=Constant\(1\)\)"),
    (lambda: World(cluster(Flood, 4), network=NOW), "at 0 ms: 1,160 events .* message Ball from"),
    (lambda: World([Asker("c"), Server("s")]).submit("c", [("read",)]), "message Reply from s to c.* to and from "
     r"clients Network\(client=Link\(Constant\(1\)\)\)"),
    (lambda: World([AtOnce("c")]).submit("c", [("get",)] * 1_100), r"operation 'get' of c. Let .* think_ms=1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "text"), CASES, ids=["timer", "shrinking", "ping", "flood", "client", "operations"]
)
def test_a_run_whose_time_stands_still_says_what_repeats(
    make: Callable[[], World], text: str
) -> None:
    world = make()
    with pytest.raises(RuntimeError, match=text):
        world.run(until_ms=10)
    assert len(world.trace) < 10 * most_at_once(len(world.nodes))


def stuck() -> World:
    world = World([Hasty("a")])
    with pytest.raises(RuntimeError, match="time stands still"):
        world.run()
    return world


WAYS: list[Callable[[World], object]] = [
    lambda world: world.run(),
    lambda world: world.run(until_ms=10),
    lambda world: world.expect(lambda _: False, within_ms=10),
    lambda world: world.step(),
    lambda world: world.clone().run(),
]  # fmt: skip


def test_a_world_that_is_stuck_stays_so_until_something_changes() -> None:
    world = stuck()
    before = len(world.trace)
    for way in WAYS:
        with pytest.raises(RuntimeError, match="time stands still at 2 ms: 1,010"):
            way(world)
    assert len(world.trace) == before
    world.apply(Crash("a"))
    assert world.run(until_ms=10).now_ms == 10
    world.apply(Restart("a"))
    with pytest.raises(RuntimeError, match="time stands still at 12 ms: 1,010"):
        world.run()


def test_events_are_counted_over_several_calls() -> None:
    world = World([Hasty("a")])
    with pytest.raises(RuntimeError, match="time stands still"):
        all(world.step() for _ in range(10_000))
    assert len(world.trace.kinds("timer")) == 1_010  # the start is at another instant
    world = World([Hasty("a")])
    with pytest.raises(RuntimeError, match="time stands still"):
        world.expect(lambda _: False, within_ms=10)


def test_many_events_at_one_instant_are_no_livelock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(livelock, "AT_ONE_INSTANT", _PUBLISHED)
    world = World(cluster(AllToAll, 30), network=Network(Constant(1))).run()
    assert len(world.trace.kinds("deliver")) == 2 * 30 * 29
    done = World([AtOnce("c")]).submit("c", [("get",)] * 20_000).run().history
    assert len(done) == 20_000


class AllToAll(Node):
    def on_start(self, log: object) -> None:
        self.broadcast(Ball())

    def on_ball(self, sender: str, ball: Ball) -> None:
        self.send(sender, Reply(0))

    def on_reply(self, sender: str, reply: Reply) -> None: ...


def test_an_instant_that_is_full_is_none_if_time_goes_on() -> None:
    class Later(Hasty):
        def on_tick(self, tick: Tick) -> None:
            self.set_timer(Tick(tick.n + 1), 0 if tick.n < 1_009 else 1 if tick.n < 1_012 else 1e6)

    assert World([Later("a")]).run(until_ms=100).now_ms == 100


def test_too_many_events_name_what_repeats_and_what_to_do() -> None:
    every_ms = Network(Constant(1), client=Link(Constant(1)))
    with pytest.raises(RuntimeError, match=re.escape("max_events=50 events happened")) as caught:
        World(cluster(PingPong, 2), network=every_ms).run(until_ms=1_000, max_events=50)
    assert "message Ball from n" in str(caught.value)
    assert "give until_ms" not in str(caught.value)
    assert "raise max_events" in str(caught.value)
    with pytest.raises(RuntimeError, match="max_events=50 events happened"):
        World(cluster(PingPong, 2), network=every_ms).expect(lambda _: False, 1_000, max_events=50)


class Floods(Node):
    """Sends more and more without letting time pass."""

    def __init__(self, id: str, peers: Iterable[str] = (), sends: int = 1_000) -> None:
        super().__init__(id, peers)
        self.sends = sends

    def on_start(self, log: object) -> None:
        self.set_timer(Tick(), 0)

    def on_tick(self, tick: Tick) -> None:
        self.set_timer(Tick(), 0)
        for _ in range(self.sends):
            self.broadcast(Ball())

    def on_ball(self, sender: str, ball: Ball) -> None: ...


@pytest.mark.parametrize("sends", [30, 200])
def test_what_is_queued_at_one_instant_is_bounded_as_well(sends: int) -> None:
    world = World(cluster(Floods, 2, sends=sends))
    match = r"^time stands still at 0 ms: [\d,]+ messages and timers have been queued"
    with pytest.raises(RuntimeError, match=match):
        world.expect(lambda _: False, 9)
    assert len(world.trace) < 30_000
