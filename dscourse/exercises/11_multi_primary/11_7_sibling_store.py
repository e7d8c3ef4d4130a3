"""Judge of 11.7: a replica that keeps concurrent writes as siblings, with several clients at one replica."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dscourse.clocks import VersionVector
from dscourse.exercises.judges import hunt as hunting
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.history import Op
from dscourse.node import Invocation, Message, Node, Reply, Timer, cluster
from dscourse.protocols.context_client import ContextClient, VersionedRequest, VersionedResult
from dscourse.sim import (
    At,
    Budget,
    Crash,
    CrashDuring,
    Link,
    Network,
    Partition,
    Restart,
    SetClock,
    Uniform,
    World,
)
from dscourse.sim.streams import stream

__all__ = ["LINES", "NAMES", "judge", "pages_world"]

NAMES = by_name(Message, Node, Timer, VersionVector, VersionedRequest, VersionedResult, dataclass)
LINES = 6_000_000

_HORIZON_MS, _READ_MS, _END_MS = 250, 580, 640
_MOST_MESSAGES = 200  # per second, from one replica to another
_KEYS = ("page", "list")
_GROUPS = (("n1", "n2", "n3"), ("oslo", "n10"), ("x", "n2", "n10", "rome"))
_MENU = ("loss", "duplicate", "cut", "partition", "hold", "pause", "crash", "crash_during", "skew")
_BUDGET = Budget(_HORIZON_MS, faults=3, menu=_MENU, timeout_ms=50)


def judge(store: Any) -> Wrong | None:
    for names in _GROUPS:
        plans = [*_plans_of_note(names), *hunting.random_plans(names, _BUDGET, 21 // len(names))]
        run = partial(pages_world, store, names)
        wrong = hunting.hunt(run, _complaint, plans, _HORIZON_MS, _END_MS)
        if wrong is not None:
            return wrong
    return None


def _plans_of_note(names: Sequence[str]) -> list[list[At]]:
    """Return partitions, crashes within and after writes, a clock set back, and restarts one after the other."""
    first, middle = names[0], names[len(names) // 2]
    times = zip(range(50, 240, 10), itertools.cycle(names), strict=False)
    restarts = [(At(ms, Crash(name)), At(ms + 1, Restart(name))) for ms, name in times]
    alone = Partition({middle}, set(names) - {middle})
    return [
        [At(20, Partition({first}, set(names[1:])))],
        [At(5, CrashDuring(first, after=1)), At(60, Restart(first))],
        [At(120, alone), At(121, Crash(middle)), At(125, Restart(middle))],
        [At(60, SetClock(first, skew_ms=-40))],
        [fault for pair in restarts for fault in pair],
    ]


class _User(ContextClient):
    """A client that takes its replicas in turn, and completes each operation with its replica and the values."""

    def __init__(self, id: str, servers: Sequence[str]) -> None:
        super().__init__(id, servers[0])
        self.servers, self.turn = tuple(servers), 0

    def on_invoke(self, op: Invocation) -> None:
        self.server = self.servers[self.turn % len(self.servers)]
        self.turn += 1
        super().on_invoke(op)

    def on_reply(self, sender: str, reply: Reply) -> None:
        if not self._stop_waiting(reply.op):
            return
        answer = reply.result
        if isinstance(answer, VersionedResult) and isinstance(answer.context, VersionVector):
            self.seen[self.key] = self.seen.get(self.key, VersionVector()).join(answer.context)
            self.complete(reply.op, tuple(answer.values))
        else:
            self.complete(reply.op, f"{answer!r:.60}")  # a text: no values


def pages_world(store: type[Node], names: Sequence[str], plan: list[At]) -> World:
    """Run users of two pages: two at one replica, one at another, one who visits all in turn, and one who only reads.

    From 580 ms on, long after the last fault, a reader at each replica reads both pages.
    """
    users = {"Ann": names[:1], "Bob": names[:1], "Cleo": names[-1:], "Dan": names}
    users["Eve"] = (names[len(names) // 2],)
    readers = {f"reader of {name}": (name,) for name in names}
    clients = [_User(name, servers) for name, servers in (users | readers).items()]
    network = Network(Uniform(2, 12), client=Link(Uniform(1, 3)))
    world = World([*clients, *cluster(store, names)], 3, network, plan)
    for name in users:
        draws, work = stream(3, "work", name), []
        for number in range(1, 10):
            key = _KEYS[int(2.6 * draws.random()) % 2]
            write = draws.random() < 0.6 and name != "Eve"
            work.append(("write", key, f"{name} {number}") if write else ("read", key))
        world.submit(name, work, start_ms=10 + 9 * draws.random(), think_ms=25)
    for name in readers:
        world.submit(name, [("read", key) for key in _KEYS], start_ms=_READ_MS, think_ms=2)
    return world.run(until_ms=_END_MS, max_events=40_000)


# --- the complaint ---------------------------------------------------------------------------------


class _Run:
    """The operations of a run, with the replica of each, and which write replaces which value."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.replica: dict[int, str] = {}
        self.sent: dict[tuple[str, str], int] = defaultdict(int)
        for event in world.trace.kinds("send"):
            if isinstance(event.what, VersionedRequest):
                self.replica[event.what.op] = str(event.peer)
            elif not isinstance(event.what, Reply):
                self.sent[str(event.node), str(event.peer)] += 1
        self.reads = [op for op in world.history if op.f == "read" and op.status == "ok"]
        self.writes = {op.value: op for op in world.history if op.f == "write"}
        self.replaced_by: dict[Any, list[Op]] = defaultdict(
            list
        )  # the writes whose writer had read the value
        for write in self.writes.values():
            for value in self._read_before(write):
                self.replaced_by[value].append(write)
        shown = {value for read in self.reads for value in _values(read)}
        self.happened = {v for v, op in self.writes.items() if op.status == "ok" or v in shown}

    def _read_before(self, write: Op) -> set[Any]:
        """Return the values that the writer had read of this key."""
        return {
            value
            for read in self.reads
            if read.process == write.process and read.key == write.key and read.before(write)
            for value in _values(read)
        }


def _values(read: Op) -> tuple[Any, ...]:
    return read.result if isinstance(read.result, tuple) else ()


def _complaint(world: World) -> str | None:
    run = _Run(world)
    checks = (_strange, _unanswered, _forgotten, _final, _costs)
    return next((text for check in checks for text in check(run)), None)


def _strange(run: _Run) -> Iterator[str]:
    """Yield replies without values, and values that no client has written there, or that come twice."""
    for op in run.world.history.ok:
        if not isinstance(op.result, tuple):
            yield (
                f"{run.replica[op.id]} replies {op.result} to a {op.f}: a VersionedResult(values, context) is "
                "required, with a tuple and a VersionVector."
            )
    for read in run.reads:
        values, where = _values(read), run.replica[read.id]
        for value in values:
            write = run.writes.get(value)
            if write is None or write.key != read.key:
                yield f"{where} shows {value!r} for {read.key!r}, which nobody has written there."
        if len(set(values)) < len(values):
            yield f"{where} shows one value twice: {', '.join(map(str, values))}."


def _unanswered(run: _Run) -> Iterator[str]:
    """Yield operations without an answer although their replica was up."""
    faults: dict[str, list[float]] = defaultdict(list)
    for event in run.world.trace.kinds("crash", "restart", "pause", "resume"):
        faults[str(event.node)].append(event.time_ms)
    for op in run.world.history:
        replica = run.replica.get(op.id)
        if op.status == "ok" or replica is None:
            continue
        stops = faults[replica]
        began_down = sum(ms < op.invoked_ms for ms in stops) % 2 == 1
        until = op.returned_ms if op.returned_ms is not None else _END_MS
        if not began_down and not any(op.invoked_ms <= ms <= until for ms in stops):
            yield (
                f"{replica} was up and left the {op.f} of {op.value or op.key} by {op.process} unanswered: a replica "
                "answers at once, whatever becomes of the others."
            )


def _forgotten(run: _Run) -> Iterator[str]:
    """Yield values that a replica had, by its own answers, and has no more; and replaced ones that it still shows."""
    for read in run.reads:
        where, values = run.replica[read.id], set(_values(read))
        for known, how in _known_before(run, read):
            later = [w for w in run.replaced_by[known] if w.invoked < (read.returned or 0)]
            if known not in values and not later:
                yield (
                    f"{where} {how} {known} and does not show it to {read.process} at {read.returned_ms:.0f} ms, "
                    f"though nobody who had read it has replaced it{_instead(values)}."
                )
        for value in sorted(values):
            for write in run.replaced_by[value]:
                if run.replica[write.id] == where and write.status == "ok" and write.before(read):
                    yield (
                        f"{where} shows {value} to {read.process} at {read.returned_ms:.0f} ms, though "
                        f"{write.process} had read it, and has replaced it there by {write.value}."
                    )


def _known_before(run: _Run, read: Op) -> Iterator[tuple[Any, str]]:
    """Yield the values that this replica had acknowledged or shown before a read, and which of the two."""
    where = run.replica[read.id]
    for write in run.writes.values():
        here = write.key == read.key and run.replica.get(write.id) == where
        if here and write.status == "ok" and write.before(read):
            yield write.value, "has acknowledged"
    for other in run.reads:
        if other.key == read.key and run.replica[other.id] == where and other.before(read):
            yield from ((value, "has shown") for value in _values(other))


def _instead(values: set[Any]) -> str:
    return f"; it shows {', '.join(sorted(map(str, values)))}" if values else ""


def _final(run: _Run) -> Iterator[str]:
    """Yield values that are missing or back in the end, and replicas that differ."""
    last = [read for read in run.reads if str(read.process).startswith("reader of ")]
    for read in last:
        where, values = run.replica[read.id], set(_values(read))
        for value in sorted(run.happened, key=str):
            write, later = run.writes[value], run.replaced_by[value]
            if write.key != read.key:
                continue
            if value not in values and not later:
                yield (
                    f"{where} lacks {value}, a third of a second after everything works again, though nobody who had "
                    f"read it has replaced it{_instead(values)}."
                )
            for one in later:
                if value in values and one.value in run.happened:
                    yield (
                        f"{where} shows {value} in the end, though {one.process} had read it and has replaced it by "
                        f"{one.value}: it was never removed there, or it came back."
                    )
    for read in last:
        for other in last:
            if read.key == other.key and set(_values(read)) != set(_values(other)):
                yield (
                    f"In the end {run.replica[read.id]} shows {', '.join(map(str, _values(read))) or 'nothing'} for "
                    f"{read.key!r}, and {run.replica[other.id]} {', '.join(map(str, _values(other))) or 'nothing'}."
                )


def _costs(run: _Run) -> Iterator[str]:
    """Yield a pair of replicas with too many messages."""
    most = _MOST_MESSAGES * _END_MS / 1_000
    for (source, to), number in run.sent.items():
        if number > most:
            yield (
                f"{source} has sent {number} messages to {to} in {_END_MS} ms: at most {_MOST_MESSAGES} per second "
                "are allowed."
            )
