"""Runs of a store that keeps concurrent writes as siblings: its clients, and the first mistake of a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dscourse.clocks import VersionVector
from dscourse.history import Op
from dscourse.node import Invocation, Reply
from dscourse.protocols.context_client import ContextClient, VersionedRequest, VersionedResult
from dscourse.sim import World

__all__ = ["MOST_MESSAGES", "User", "complaint"]

MOST_MESSAGES = 200  # per second, from one replica to another


class User(ContextClient):
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


class _Run:
    """The operations of a run, with the replica of each, and which write replaces which value."""

    def __init__(self, world: World, end_ms: float) -> None:
        self.world, self.end_ms = world, end_ms
        self.replica: dict[int, str] = {}
        self.sent: dict[tuple[str, str], int] = defaultdict(int)
        self.replies: dict[int, int] = defaultdict(int)
        for event in world.trace.kinds("send"):
            if isinstance(event.what, VersionedRequest):
                self.replica[event.what.op] = str(event.peer)
            elif isinstance(event.what, Reply):
                self.replies[event.what.op] += 1
            else:
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


def complaint(world: World, end_ms: float) -> str | None:
    """Return the first mistake of a run that has ended at ``end_ms``, or None.

    Values are unique; the last reads of each replica are those of clients called "reader of" and its name.
    """
    run = _Run(world, end_ms)
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
            yield f"{where} shows one value twice: {_in_words(values)}."
    for op_id, number in run.replies.items():
        if number > 1 and op_id in run.replica:
            yield f"{run.replica[op_id]} has answered one request {number} times."


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
        until = op.returned_ms if op.returned_ms is not None else run.end_ms
        if not began_down and not any(op.invoked_ms <= ms <= until for ms in stops):
            wanted = _word(op.value if op.f == "write" else op.key)
            yield (
                f"{replica} was up and left the {op.f} of {wanted} by {op.process} unanswered: a replica answers at "
                "once, whatever becomes of the others."
            )


def _forgotten(run: _Run) -> Iterator[str]:
    """Yield values that a replica had, by its own answers, and has no more; and replaced ones that it still shows."""
    for read in run.reads:
        where, values = run.replica[read.id], set(_values(read))
        for known, how in _known_before(run, read):
            later = [w for w in run.replaced_by[known] if w.invoked < (read.returned or 0)]
            if known not in values and not later:
                yield (
                    f"{where} {how} {_word(known)} and does not show it to {read.process} at "
                    f"{read.returned_ms:.0f} ms, though nobody who had read it has replaced it{_instead(values)}."
                )
        for value in sorted(values, key=str):
            for write in run.replaced_by[value]:
                if run.replica[write.id] == where and write.status == "ok" and write.before(read):
                    yield (
                        f"{where} shows {_word(value)} to {read.process} at {read.returned_ms:.0f} ms, though "
                        f"{write.process} had read it, and has replaced it there by {_word(write.value)}."
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
    return f"; it shows {_in_words(values)}" if values else ""


def _in_words(values: Iterable[Any]) -> str:
    return ", ".join(sorted(map(_word, values))) or "nothing"


def _word(value: Any) -> str:
    return value if isinstance(value, str) and value else repr(value)


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
                    f"{where} lacks {_word(value)}, a third of a second after everything works again, though nobody "
                    f"who had read it has replaced it{_instead(values)}."
                )
            for one in later:
                if value in values and one.value in run.happened:
                    yield (
                        f"{where} shows {_word(value)} in the end, though {one.process} had read it and has "
                        f"replaced it by {_word(one.value)}: it was never removed there, or it came back."
                    )
    for read in last:
        for other in last:
            if read.key == other.key and set(_values(read)) != set(_values(other)):
                yield (
                    f"In the end {run.replica[read.id]} shows {_in_words(_values(read))} for "
                    f"{read.key!r}, and {run.replica[other.id]} {_in_words(_values(other))}."
                )


def _costs(run: _Run) -> Iterator[str]:
    """Yield a pair of replicas with too many messages."""
    most = MOST_MESSAGES * run.end_ms / 1_000
    for (source, to), number in run.sent.items():
        if number > most:
            yield (
                f"{source} has sent {number} messages to {to} in {run.end_ms} ms: at most {MOST_MESSAGES} per second "
                "are allowed."
            )
