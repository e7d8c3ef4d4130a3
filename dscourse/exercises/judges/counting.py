"""A replicated counter as an answer: bursts of adds, very long outages, and messages per second."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import cycle

from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import whole
from dscourse.exercises.tasks import Wrong
from dscourse.node import Invocation, Node, Reply, cluster
from dscourse.protocols.stores import Request, StoreClient
from dscourse.show import spacetime
from dscourse.sim import At, Constant, Crash, Link, Network, Partition, Recover, Uniform, World

__all__ = [
    "MESSAGES_PER_SECOND",
    "CounterClient",
    "burst_mistake",
    "patience_mistake",
    "too_many_messages",
]

MESSAGES_PER_SECOND = 100  # from one replica to another, at most
_SPARE = 10  # more messages in a second, such as those of a restart
_SETTLE_MS = 200.0
_PRIME = 1_000_003

_AMOUNTS = (
    1,
    1,
    7,
    -2,
    1,
    10**6,
    -(10**9),
    2**53,
    -1,
    10**18,
    -1,
)  # some of them equal, and of all sizes
_BURST = 25  # adds per client of the busy replica
_BUSY = 6  # clients of the busy replica
_MOST_EVENTS = 120_000
_EVENTS = 16_000  # of an outage that is as long as they reach
_LONGEST_MS = 3_600_000.0


class CounterClient(StoreClient):
    """A client whose requests are numbered in an order of their own: no two alike, and not ascending."""

    def on_invoke(self, op: Invocation) -> None:
        self.ask(op.id, self.server, Request(_scrambled(op.id), op.f, op.key, op.value))

    def on_reply(self, sender: str, reply: Reply) -> None:
        if self.open_operation is not None and reply.op == _scrambled(self.open_operation):
            super().on_reply(sender, Reply(self.open_operation, reply.result))


def _scrambled(op: int) -> int:
    return op * 7_919 % _PRIME


def too_many_messages(world: World, names: Sequence[str]) -> str | None:
    """Complain of a replica that sends another one more messages than allowed, within any second."""
    times = defaultdict[tuple[str | None, str | None], list[float]](list)
    for event in world.trace.kinds("send"):
        if event.node in names and event.peer in names:
            times[event.node, event.peer].append(event.time_ms)
    most = MESSAGES_PER_SECOND + _SPARE
    for (sender, to), sent in times.items():
        for first, last in zip(sent, sent[most:], strict=False):
            if last - first < 1_000:
                number = sum(first <= at < first + 1_000 for at in sent)
                return (
                    f"{sender} sent {to} {number:,} messages within a second, from {first:,.0f} ms on: at most "
                    f"{MESSAGES_PER_SECOND} per second are allowed."
                )
    return None


def burst_mistake(store: type[Node]) -> Wrong | None:
    """Judge bursts of adds: 150 of them at one replica within 100 ms, in clusters of one to twelve."""
    for number in (1, 3, 12):
        names = AWKWARD[:number]
        world = _burst(store, names)
        wrong = too_many_messages(world, names) or _wrong_answer(world) or _wrong_sum(world, names)
        if wrong is not None:
            return Wrong(f"In a cluster of {number}, with many adds at once: {wrong}")
    return None


def _burst(store: type[Node], names: Sequence[str]) -> World:
    """Run a burst during a partition, reads 200 ms after it has healed, a crash of all replicas, and reads again."""
    servers = [*names, *[names[0]] * (_BUSY - 1)]
    clients = [CounterClient(f"c{n}", server) for n, server in enumerate(servers, 1)]
    half = set(names[: len(names) // 2])
    cut = [At(30, Partition(half, set(names) - half)), At(250, Recover())] if half else []
    crash = [At(600, Crash(name)) for name in names]
    network = Network(Uniform(2, 12), client=Link(Uniform(0.4, 1.2)))
    world = World(
        [*clients, *cluster(store, names)], 1, network, [*cut, *crash, At(620, Recover())]
    )
    amounts = cycle(_AMOUNTS)
    for client in clients:
        adds = _BURST if client.server == names[0] else 4
        work = [("add", None, next(amounts)) for _ in range(adds)]
        world.submit(client.id, work, start_ms=50, think_ms=0 if adds == _BURST else 15)
    for client in clients[: len(names)]:
        for read_ms in (250 + _SETTLE_MS, 620 + _SETTLE_MS):
            world.submit(client.id, [("read", None)], start_ms=read_ms)
    return _run(world, 900, _MOST_EVENTS)


def _run(world: World, until_ms: float, most: int) -> World:
    try:
        return world.run(until_ms=until_ms, max_events=most)
    except RuntimeError:  # too many events: the messages are counted later
        return world


def _wrong_answer(world: World) -> str | None:
    """Complain of a request with two answers, of an add with a result, or of one that is not answered."""
    sent = Counter(
        (event.node, event.peer, event.what.op)
        for event in world.trace.kinds("send")
        if isinstance(event.what, Reply)
    )
    for (server, client, _), number in sent.items():
        if number > 1:
            return f"{server} answered a request of {client} {number} times: once is enough."
    for op in world.history:
        server = world.nodes[op.process].server  # type: ignore[attr-defined]
        words = f"add {op.value:+}" if op.f == "add" else "a read"
        if op.status != "ok":
            return f"{server} never answered {words} of {op.process}."
        if op.f == "add" and op.result is not None:
            return f"{server} answered {words} with {op.result!r:.60}: an add has no result."
    return None


def _wrong_sum(world: World, names: Sequence[str]) -> str | None:
    """Compare the reads with the sum of all adds, which have all been acknowledged."""
    adds = [int(op.value) for op in world.history if op.f == "add"]  # type: ignore[call-overload]
    for op in sorted(world.history, key=lambda op: op.invoked_ms):
        if op.f == "read" and whole(op.result) != sum(adds):
            server = world.nodes[op.process].server  # type: ignore[attr-defined]
            crashed = ", and after a crash of every replica" if op.invoked_ms > 620 else ""
            return (
                f"{_SETTLE_MS:.0f} ms after everything worked again{crashed}, {server} answered a read with "
                f"{op.result!r:.60}. {len(adds)} adds were acknowledged, some of them with equal amounts; their sum "
                f"is {sum(adds)}."
            )
    return None


def patience_mistake(store: type[Node]) -> Wrong | None:
    """Judge long outages, a partition and a crash: the fewer messages the replicas send, the longer."""
    names = ("n1", "n2")
    calm = _outage(store, names, [], 1_000)
    events = max(100, len(calm.trace))
    most_ms = min(_LONGEST_MS, 1_000 * _EVENTS / events)
    cut, crash = At(30, Partition({"n1"}, {"n2"})), At(30, Crash("n2"))
    for fault, share in ((cut, 1), (crash, 0.93), (cut, 0.87), (crash, 0.77)):
        plan, outage_ms = [fault], most_ms * share
        world = _outage(store, names, plan, outage_ms)
        reads = [op for op in world.history if op.f == "read"]
        if any(whole(op.result) != 11 for op in reads):
            found = ", ".join(f"n{op.process[1:]} {op.result!r:.60}" for op in reads)
            return Wrong(
                f"The replicas do not agree {_SETTLE_MS:.0f} ms after an outage of {outage_ms / 60_000:.1f} minutes "
                f"({fault.fault}): {found}. Adds of 4 and 7 were acknowledged before it. An outage may last longer "
                "than any number of tries.",
                spacetime(
                    world.trace, start_ms=outage_ms - 100, end_ms=outage_ms + _SETTLE_MS + 20
                ),
            )
    return None


def _outage(store: type[Node], names: Sequence[str], plan: list[At], outage_ms: float) -> World:
    """Run one add at each replica before the outage, and one read at each some time after it."""
    clients = [CounterClient(f"c{n}", server) for n, server in enumerate(names, 1)]
    ends = [At(outage_ms, Recover())] if plan else []
    network = Network(Uniform(2, 12), client=Link(Constant(1)))
    world = World([*clients, *cluster(store, names)], 1, network, [*plan, *ends])
    for client, amount in zip(clients, (4, 7), strict=True):
        world.submit(client.id, [("add", None, amount)], start_ms=26)
        world.submit(client.id, [("read", None)], start_ms=outage_ms + _SETTLE_MS)
    return _run(world, outage_ms + _SETTLE_MS + 50, 4 * _EVENTS)
