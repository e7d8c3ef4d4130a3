"""Crashes, restarts and pauses: the state that survives, and messages that wait or come late."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dscourse.node import Node
from dscourse.sim import (
    At,
    Constant,
    Crash,
    CrashDuring,
    HandlerError,
    Network,
    Pause,
    Restart,
    Resume,
    Trace,
    World,
)

from .worlds import Number, Sink, Source, Store, Tick, Writer, pipe


class Careful(Sink):
    """Writes, sends, sets a timer and sends again, all in one handler."""

    def on_start(self, log: Sequence[object]) -> None:
        self.received = [n for n in log if isinstance(n, int)]

    def on_number(self, sender: str, number: Number) -> None:
        super().on_number(sender, number)
        self.write(number.n)
        self.send("c", Number(10 * number.n))
        self.set_timer(Tick(), 3)
        self.send("c", Number(100 * number.n))

    def on_tick(self, tick: Tick) -> None:
        self.send("c", Number(0))


def careful(*plan: At, count: int = 2) -> World:
    nodes: list[Node] = [Source("a", ["b"], count=count), Careful("b"), Sink("c")]
    return World(nodes, 0, Network(Constant(2)), plan).run()


def kinds(trace: Trace, node: str) -> list[str]:
    return [event.kind for event in trace.of(node)]


def test_only_the_log_survives_a_crash() -> None:
    world = careful(At(2.5, Crash("b")), At(10, Restart("b")))
    assert world.nodes["b"].state() == {"received": [2], "at_ms": []}
    assert world.log("b") == (2,)
    restart = world.trace.kinds("restart")[0]
    assert (restart.time_ms, restart.id) == (10, 1)
    assert not world.trace.of("b").kinds("timer")  # its timer was due at 5
    assert [(e.time_ms, e.detail) for e in world.trace.kinds("drop")] == [(3, "crashed")]


def test_a_crash_may_lose_the_end_of_the_log() -> None:
    for lose, left in ((0, (5, 4, 3)), (1, (5, 4)), (3, ()), (9, ())):
        world = careful(At(4.5, Crash("b", lose=lose)), count=5)
        assert world.log("b") == left
        assert world.trace.kinds("crash")[0].id == lose


class Mutating(Node):
    def on_start(self, log: Sequence[object]) -> None:
        self.write([1])


def test_a_record_that_could_change_later_is_refused() -> None:
    world = World([Mutating("a")])
    with pytest.raises(HandlerError, match="the record is a list: use a tuple"):
        world.run()
    assert world.log("a") == ()


EFFECTS = ["write", "send", "set_timer", "send"]


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_crash_during_a_handler_leaves_a_prefix_of_its_effects(after: int) -> None:
    world = careful(At(0, CrashDuring("b", after=after)), At(50, Restart("b")), count=1)
    expected = ["start", "deliver", *EFFECTS[:after], "crash", "restart"]
    assert kinds(world.trace, "b") == expected
    assert world.log("b") == ((1,) if after else ())
    assert world.nodes["b"].state()["received"] == ([1] if after else [])
    received = world.nodes["c"].state()["received"]
    assert received == [[], [], [10], [10]][after]


def test_a_handler_with_too_few_effects_does_not_crash_and_the_next_may() -> None:
    world = careful(At(0, CrashDuring("b", after=4)))
    assert not world.trace.kinds("crash")
    # Two deliveries with four effects each; then a timer with one: the first that exceeds 0.
    world = careful(At(3.5, CrashDuring("b", after=0)))
    assert kinds(world.trace, "b")[-2:] == ["timer", "crash"]


def test_a_crash_during_happens_once() -> None:
    world = careful(At(0, CrashDuring("b", after=1)), At(2.5, Restart("b")))
    assert kinds(world.trace, "b").count("crash") == 1
    assert world.nodes["b"].state()["received"] == [2, 1]


def test_a_crash_ends_the_clients_operation_as_unknown() -> None:
    world = World([Store("s"), Writer("c", ["s"])], plan=[At(0, Crash("s")), At(5, Crash("c"))])
    world.submit("c", [("put", None, 1), ("put", None, 2)], start_ms=1, think_ms=20).run(10)
    first = world.history[0]
    assert (first.status, first.result, first.returned_ms) == ("unknown", "crashed", 5)
    world.apply(Restart("s"))
    world.apply(Restart("c"))
    world.run()
    assert (world.history[1].status, world.history[1].invoked_ms) == ("ok", 25)


@pytest.mark.parametrize("fault", [Crash("b"), Restart("b"), Resume("b")])
def test_what_cannot_happen_changes_nothing(fault: Crash | Restart | Resume) -> None:
    plan = [At(0.5, Crash("b")), At(1, fault)] if isinstance(fault, Crash) else [At(1, fault)]
    world = careful(*plan)
    without = careful(*plan[:-1])
    assert [str(e) for e in world.trace if e.kind != "fault"] == [
        str(e) for e in without.trace if e.kind != "fault"
    ]


def test_alive_and_paused() -> None:
    world = pipe()
    assert (world.alive("b"), world.paused("b")) == (True, False)
    world.apply(Pause("b"))
    assert (world.alive("b"), world.paused("b")) == (True, True)
    world.apply(Crash("b"))
    assert (world.alive("b"), world.paused("b")) == (False, False)
    world.apply(Restart("b"))
    assert (world.alive("b"), world.paused("b")) == (True, False)


@pytest.mark.parametrize("resume_ms", [20, 4, 3.5])
def test_a_paused_node_handles_what_waited_in_order(resume_ms: float) -> None:
    """Also when something else arrives in the very moment in which it goes on."""
    plan = [At(0.5, Pause("b")), At(resume_ms, Resume("b"))]
    world = pipe(0, Network(Constant(1)), plan).run()
    assert world.nodes["b"].state()["received"] == [5, 4, 3, 2, 1]
    assert world.trace.kinds("deliver")[0].time_ms == resume_ms


def test_timers_of_a_paused_node_come_late_and_keep_their_id() -> None:
    world = pipe(0, None, [At(2.5, Pause("a")), At(20, Resume("a"))]).run()
    sent = [event.time_ms for event in world.trace.kinds("send")]
    assert sent == [0, 1, 2, 20, 21]
    set_at = {e.id: e.detail for e in world.trace.kinds("set_timer")}
    fired = {e.id: e.time_ms for e in world.trace.kinds("timer")}
    late = [fired[id_] - due for id_, due in set_at.items()]
    assert late == [0, 0, 0, 17, 0, 0]


def test_a_second_pause_keeps_what_still_waits() -> None:
    faults = [Pause("b"), Resume("b"), Pause("b")]
    world = pipe(0, Network(Constant(1)), [At(10, Resume("b"))])
    world.run(0.5)
    for fault in faults:
        world.apply(fault)
    world.run(2.5)
    world.apply(Resume("b"))
    world.apply(Pause("b"))
    assert world.run().nodes["b"].state()["received"] == [5, 4, 3, 2, 1]


def test_a_crash_of_a_paused_node_loses_what_waited() -> None:
    world = pipe(0, None, [At(0.5, Pause("b")), At(2.5, Crash("b"))]).run()
    drops = [(e.time_ms, e.detail) for e in world.trace.kinds("drop")]
    assert drops == [(2.5, "crashed")] * 2 + [(ms, "crashed") for ms in (3, 4, 5)]


def test_a_node_that_crashes_before_its_start_never_starts() -> None:
    world = pipe(plan=[At(5, Restart("a"))])
    world.apply(Crash("a"))
    assert [pending.node for pending in world.pending()] == ["b", ""]
    assert kinds(world.run().trace, "a")[:2] == ["crash", "restart"]
    assert len(world.trace.kinds("send")) == 5


def test_a_node_that_is_back_before_its_start_has_started_once() -> None:
    world = pipe()
    for fault in (Crash("a"), Restart("a")):
        world.apply(fault)
    assert kinds(world.clone().run().trace, "a")[:3] == ["crash", "restart", "set_timer"]
    assert not world.run().trace.of("a").kinds("start")


def test_a_node_that_is_paused_before_its_start_starts_late() -> None:
    world = pipe(plan=[At(5, Resume("a"))])
    world.apply(Pause("a"))
    start = world.run().trace.of("a").kinds("start")[0]
    assert (start.time_ms, len(world.trace.kinds("start"))) == (5, 2)


class Forgetful(Node):
    """Keeps the very list it was given."""

    def __init__(self, id: str, peers: Sequence[str] = (), seen: list[str] | None = None) -> None:
        super().__init__(id, peers)
        self.seen = [] if seen is None else seen

    def on_start(self, log: Sequence[object]) -> None:
        self.send(self.id, Number(1))

    def on_number(self, sender: str, number: Number) -> None:
        self.seen.append(sender)


def test_every_crash_loses_everything() -> None:
    given: list[str] = []
    world = World([Forgetful("a", (), given)])
    for _ in range(3):
        assert world.run().nodes["a"].state() == {"seen": ["a"]}
        world.apply(Crash("a"))
        world.apply(Restart("a"))
        assert world.nodes["a"].state() == {"seen": []}
    assert given == []
