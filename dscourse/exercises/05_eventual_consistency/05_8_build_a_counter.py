"""Judge of 05.8: an eventually consistent counter, under random faults, with a bound on its messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from dscourse.exercises.judges.counting import (
    CounterClient,
    burst_mistake,
    patience_mistake,
    too_many_messages,
)
from dscourse.exercises.judges.hunt import hunt, random_plans
from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import whole
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.history import Op
from dscourse.node import Message, Node, Timer, cluster
from dscourse.protocols.replicated_counter import GossipDue, Totals
from dscourse.protocols.stores import Request, StoreClient
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    CrashDuring,
    Link,
    Network,
    Partition,
    Restart,
    Uniform,
    World,
)

__all__ = ["LINES", "NAMES", "counting_world", "judge"]

LINES = 12_000_000
NAMES = by_name(Node, Message, Timer, Request, Totals, GossipDue, dataclass)

_SETTLE_MS = 200  # after the recovery all replicas must agree
_ANSWER_MS = 3.0  # a request and its answer take 2 ms
_ADDS = 3  # per client
_HORIZON_MS, _LONG_MS = 300, 1_600
_GOSSIP_MS = 40.0  # a guess at the learner's interval, for the lengths of faults
_MOST_EVENTS = 40_000
_AFTER_MS = 5.0


def counting_world(
    store: type[Node], names: Sequence[str], plan: list[At], recover_ms: float
) -> World:
    """Run a counter under the plan: a client at each replica and a second one at the first, with three adds each.

    Add k of the world is of 2 ** k, and of -(2 ** k) for odd k: a sum tells which of them are in it. Each client
    reads between its adds, and once more 200 ms after the recovery.
    """
    servers = [*names, names[0]]
    clients = [CounterClient(f"c{n}", server, timeout_ms=30) for n, server in enumerate(servers, 1)]
    network = Network(Uniform(2, 12), client=Link(Constant(1)))
    world = World([*clients, *cluster(store, names)], 1, network, plan)
    for n, client in enumerate(clients):
        numbers = range(n, _ADDS * len(clients), len(clients))
        work: list[tuple[object, ...]] = []
        for number in numbers:
            work += [("add", None, (-2) ** number), ("read", None)]
        world.submit(client.id, work, start_ms=10 + 9 * n, think_ms=17)
        world.submit(client.id, [("read", None)], start_ms=recover_ms + _SETTLE_MS)
    try:
        return world.run(until_ms=recover_ms + _SETTLE_MS + 50, max_events=_MOST_EVENTS)
    except RuntimeError:  # too many events: the messages are counted below
        return world


def judge(store: Any) -> Wrong | None:
    if not (isinstance(store, type) and issubclass(store, Node)):
        return Wrong("`SharedCounter` must be a class derived from Node.")
    for names, plans, recover_ms in _trials():

        def run(
            plan: list[At], names: Sequence[str] = names, recover_ms: float = recover_ms
        ) -> World:
            return counting_world(store, names, plan, recover_ms)

        def complain(
            world: World, names: Sequence[str] = names, recover_ms: float = recover_ms
        ) -> str | None:
            return _complaint(world, names, recover_ms)

        wrong = hunt(run, complain, plans, recover_ms, end_ms=_moment)
        if wrong is not None:
            return wrong
    return burst_mistake(store) or patience_mistake(store)


@cache
def _trials() -> tuple[tuple[tuple[str, ...], list[list[At]], float], ...]:
    """Return (replicas, plans, recovery): clusters of one to nine, and faults shorter and much longer than gossip."""
    three, budget = ("n1", "n2", "n3"), Budget(_HORIZON_MS, timeout_ms=_GOSSIP_MS)
    long = [
        [At(15, Partition({"n1"}, {"n2", "n3"}))],
        [At(60, Crash("n2"))],
        [At(60, Crash(name)) for name in three],
    ]
    often = [
        At(at + wait, fault(name))
        for at in (40, 90, 140)
        for wait, fault in ((0, Crash), (5, Restart))
        for name in three
    ]
    halfway = [
        [At(10.5 + 9 * n, CrashDuring(name, after=after))]
        for n, name in enumerate(three)
        for after in (1, 2)
    ]
    return (
        (("n1",), [[], [At(45, Crash("n1"))]], _HORIZON_MS),
        (("amy", "bob"), random_plans(["amy", "bob"], budget, 4), _HORIZON_MS),
        (three, [*random_plans(three, budget, 16), often, *halfway], _HORIZON_MS),
        (("a", "b", "n10", "zoe"), random_plans(["a", "b", "n10", "zoe"], budget, 4), _HORIZON_MS),
        (AWKWARD[:9], random_plans(AWKWARD[:9], budget, 2), _HORIZON_MS),
        (three, long, _LONG_MS),
    )


def _complaint(world: World, names: Sequence[str], recover_ms: float) -> str | None:
    return (
        too_many_messages(world, names)
        or _kept_waiting(world, recover_ms)
        or next((wrong for op in world.history if (wrong := _wrong_read(world, op))), None)
        or _apart(world, recover_ms)
    )


def _kept_waiting(world: World, recover_ms: float) -> str | None:
    """Complain of an operation without an answer, or with a late one, where its own replica had no fault."""
    faulty = {event.node for event in world.trace.kinds("crash", "pause")}
    for op in world.history:
        server = _server(world, op)
        if server in faulty and op.invoked_ms < recover_ms:
            continue
        if op.status != "ok":
            return f"{server} was up and never answered {_words(op)} of {op.process}."
        if (op.returned_ms or 0) - op.invoked_ms > _ANSWER_MS:
            latency_ms = (op.returned_ms or 0) - op.invoked_ms
            return (
                f"{server} answered {_words(op)} of {op.process} after {latency_ms:.0f} ms: it must answer at once, "
                "without waiting for other replicas."
            )
    return None


def _wrong_read(world: World, read: Op) -> str | None:
    """Complain of a read that is not a sum of adds, or that lacks one which its own replica had acknowledged."""
    if read.f != "read" or read.status != "ok":
        return None
    value, server = whole(read.result), _server(world, read)
    if value is None:
        return f"{server} answered a read with {read.result!r}: a whole number is required."
    adds = [op for op in world.history if op.f == "add"]
    begun = [op for op in adds if op.invoked < (read.returned or 0)]
    counted = _counted(value, adds)
    known = ", ".join(f"{op.value:+}" for op in begun) or "none"
    if counted is None or not counted <= {op.id for op in begun}:
        return (
            f"{server} answered a read of {read.process} with {value}. The adds so far were {known}: that is not "
            "the sum of some of them, each counted once."
        )
    for op in begun:
        acknowledged = op.status == "ok" and (op.returned or 0) < read.invoked
        if acknowledged and _server(world, op) == server and op.id not in counted:
            return (
                f"{server} had acknowledged {_words(op)} of {op.process}, and later answered a read with {value}, "
                f"in which it is missing. The adds so far were {known}."
            )
    return None


def _moment(world: World) -> float:
    """Return the time shortly after the first read that is wrong, for the diagram; the end if there is none."""
    wrong = (op.returned_ms for op in world.history if _wrong_read(world, op) is not None)
    return (next(wrong, None) or world.now_ms) + _AFTER_MS


def _apart(world: World, recover_ms: float) -> str | None:
    """Complain of replicas that do not agree some time after everything works again, or that lost an add."""
    adds = [op for op in world.history if op.f == "add"]
    last = [
        op for op in world.history if op.f == "read" and op.invoked_ms >= recover_ms + _SETTLE_MS
    ]
    later = f"{_SETTLE_MS} ms after everything worked again"
    values = {_server(world, op): whole(op.result) for op in last}
    if len(set(values.values())) > 1:
        contents = ", ".join(f"{server} {value}" for server, value in values.items())
        return f"The replicas do not agree {later}: {contents}."
    for value in values.values():
        counted = _counted(value or 0, adds) or set()
        lost = next((op for op in adds if op.status == "ok" and op.id not in counted), None)
        if lost is not None:
            return f"{_words(lost)} of {lost.process} was acknowledged, and is lost: all hold {value} {later}."
    return None


def _counted(value: int, adds: Sequence[Op]) -> set[int] | None:
    """Return the adds whose sum this is: 2 ** k or its negative for each k; None if there are none such."""
    found = set()
    for op in sorted(adds, key=lambda op: abs(int(op.value))):  # type: ignore[call-overload]
        amount = int(op.value)  # type: ignore[call-overload]
        if value % (2 * abs(amount)):
            value -= amount
            found.add(op.id)
    return None if value else found


def _server(world: World, op: Op) -> str:
    client = world.nodes[op.process]
    assert isinstance(client, StoreClient)
    return client.server


def _words(op: Op) -> str:
    return f"add {op.value:+}" if op.f == "add" else "a read"
