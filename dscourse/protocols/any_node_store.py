"""A key-value store in which any node answers at once; replicas become equal once messages get through.

Source:        Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", PODC 1987, sections 1.2 and
               1.3 (direct mail, and anti-entropy to repair what it loses); Johnson and Thomas, "The Maintenance of
               Duplicate Databases", RFC 677, 1975 (of two values, the one with the larger timestamp stays: last
               writer wins).
Assumes:       crash-recovery with a durable log; messages between replicas may be lost, repeated, late and reordered.
               A client's request reaches its node at most once. Restarts: any node; a tag bears the number of its
               operation, so none is used twice, and a value is on disk before the client hears of it.
Promises:      an answer without waiting for any other node; `checkers.convergent` on the replicas' `contents`, once
               writes have stopped and after that a digest of each node has reached each other one, and the answer to
               it the node; `stores.tags_rise` and `stores.one_value_per_tag` always.
Not promised:  that a read sees the newest write (`stale_reads`), or that an acknowledged write stays: of two
               concurrent writes, the one with the smaller tag disappears (`overruled_writes`), even if it began
               later in real time.
Departs:       a tag is a counter, as in Lamport's clocks, and not a time of day. The source deletes, this one does
               not. In anti-entropy, a node sends its digest to one peer after the other; the peer answers with the
               entries that the node has missed, and requests nothing in turn.
Size:          N - 1 messages per write, none per read; 1 or 2 messages per node and ``interval_ms``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.history import History, Op
from dscourse.node import Message, Node, Timer
from dscourse.protocols.stores import Request, Stored, Tag, check_operation

__all__ = [
    "AnyNodeStore",
    "Digest",
    "DigestDue",
    "Entries",
    "contents",
    "overruled_writes",
    "stale_reads",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entries(Message):
    """Store these entries, where they are newer than yours."""

    entries: tuple[Stored, ...]

    def __str__(self) -> str:
        return f"entries {', '.join(map(str, self.entries))}"


@dataclass(frozen=True, slots=True)
class Digest(Message):
    """My newest tags by key: which entries have I missed?"""

    tags: tuple[tuple[Any, Tag], ...]

    def __str__(self) -> str:
        return f"digest {', '.join(f'{key} {tag}' for key, tag in self.tags) or 'of nothing'}"


@dataclass(frozen=True, slots=True)
class DigestDue(Timer):
    """Time to send a digest to the next peer."""


class AnyNodeStore(Node):
    """A replica that answers at once, sends each write to its peers, and its digest to one of them per interval."""

    def __init__(self, id: str, peers: Iterable[str] = (), interval_ms: float = 20.0) -> None:
        super().__init__(id, peers)
        if not interval_ms > 0:
            raise ValueError(f"interval_ms={interval_ms}: it must be above 0")
        self.interval_ms = interval_ms
        self.stored: dict[Any, Stored] = {}
        self.digests = 0

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Stored):
                self.stored[record.key] = record
        if self.peers:
            self.set_timer(DigestDue(), self.interval_ms)

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        stored = self._stored(request.key)
        if request.f == "read":
            self.reply(sender, request.op, stored.value)
            return
        entry = Stored(request.key, Tag(stored.tag.counter + 1, request.op), request.value)
        self._keep(entry)
        self.reply(sender, request.op)
        self.broadcast(Entries((entry,)))

    def on_entries(self, sender: str, entries: Entries) -> None:
        for entry in entries.entries:
            self._keep(entry)

    def on_digest_due(self, timer: DigestDue) -> None:
        tags = tuple((key, entry.tag) for key, entry in self.stored.items())
        self.send(self.peers[self.digests % len(self.peers)], Digest(tags))
        self.digests += 1
        self.set_timer(timer, self.interval_ms)

    def on_digest(self, sender: str, digest: Digest) -> None:
        theirs = dict(digest.tags)
        missed = [entry for key, entry in self.stored.items() if theirs.get(key, Tag()) < entry.tag]
        if missed:
            self.send(sender, Entries(tuple(missed)))

    def _keep(self, entry: Stored) -> None:
        """Store the entry, durably, if it is newer than the stored one."""
        if self._stored(entry.key).tag < entry.tag:
            self.write(entry)
            self.stored[entry.key] = entry

    def _stored(self, key: Any) -> Stored:
        return self.stored.get(key, Stored(key, Tag(), None))


def contents(nodes: Mapping[str, Node]) -> dict[str, dict[Any, Any]]:
    """Return each replica's values by key, for `checkers.convergent`, of the nodes that are an `AnyNodeStore`.

    >>> store = AnyNodeStore("n1")
    >>> store.stored["x"] = Stored("x", Tag(1, 0), 5)
    >>> contents({"n1": store})
    {'n1': {'x': 5}}
    """
    return {
        name: {key: entry.value for key, entry in node.stored.items()}
        for name, node in nodes.items()
        if isinstance(node, AnyNodeStore)
    }


def stale_reads(history: History) -> list[int]:
    """Return the ids of stale reads: they returned an older value than one whose write had ended when they began.

    A read is stale if the write that it returned ended before another write of the key began, and that one ended
    before the read began. "Never written" counts as older than all writes. Values of a key must be unique.

    >>> history = History([Op(0, "a", "write", "x", 1, "ok", None, 0, 1),
    ...                    Op(1, "b", "read", "x", None, "ok", None, 2, 3)])
    >>> stale_reads(history)
    [1]
    """
    stale = []
    for key in history.keys:
        ops = history.by_key(key)
        writes = [op for op in ops if op.f == "write"]
        write_of = {op.value: op for op in writes}
        for read in ops.ok:
            if read.f == "read" and _stale(read, write_of.get(read.result), writes):
                stale.append(read.id)
    return sorted(stale)


def _stale(read: Op, source: Op | None, writes: Sequence[Op]) -> bool:
    return any(
        write.before(read) and (source.before(write) if source else read.result is None)
        for write in writes
        if write.status == "ok"
    )


def overruled_writes(history: History, final: Mapping[Any, Any]) -> list[int]:
    """Return the ids of acknowledged writes that lost to a write which had ended before they began.

    ``final`` is the value of each key at the end of the run. Values of a key must be unique.

    >>> history = History([Op(0, "a", "write", "x", 1, "ok", None, 0, 1),
    ...                    Op(1, "b", "write", "x", 2, "ok", None, 2, 3)])
    >>> overruled_writes(history, {"x": 1})
    [1]
    """
    overruled = []
    for key, value in final.items():
        writes = [op for op in history.by_key(key) if op.f == "write"]
        stayed = next((op for op in writes if op.value == value), None)
        if stayed is not None:
            overruled += [op.id for op in writes if op.status == "ok" and stayed.before(op)]
    return sorted(overruled)
