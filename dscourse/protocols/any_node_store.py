"""A key-value store that any node answers at once, and whose replicas become equal once messages get through.

Source:        Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", PODC 1987, sections 1.2 and
               1.3 (direct mail, and anti-entropy to repair what it loses); Johnson and Thomas, "The Maintenance of
               Duplicate Databases", RFC 677, 1975 (of two values, the one with the larger timestamp stays: last
               writer wins).
Assumes:       crash-recovery with a durable log; messages between replicas may be lost, repeated, late and reordered.
               A client's request reaches its node at most once. Restarts: any node; a tag bears the number of its
               operation, so none is used twice, and a value is on disk before the client hears of it.
Promises:      an answer without waiting for any other node; `checkers.convergent` on the values held, once writes
               have stopped and each node has asked each other one; `stores.tags_rise` and `stores.one_value_a_tag`
               always.
Not promised:  that a read sees the newest write (`stale_reads`), or that an acknowledged write stays: of two writes
               that do not know of each other, the one with the smaller tag disappears (`overruled_writes`), even if
               it was made later.
Departs:       a tag is a count, as Lamport's clocks have it, and not a time of day. The source deletes, this one does
               not. In anti-entropy a node asks one peer after the other for what it has missed; the peer answers
               with that alone, and asks nothing in turn.
Size:          N - 1 messages a write, none a read; 1 or 2 messages a node each ``interval_ms``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.history import History, Op
from dscourse.node import Message, Node, Timer
from dscourse.protocols.stores import Request, Stored, Tag, check_operation

__all__ = [
    "AnyNodeStore", "AskAPeer", "Digest", "News", "held", "overruled_writes", "stale_reads",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class News(Message):
    """Values with their tags: keep those that are newer than yours."""

    entries: tuple[Stored, ...]


@dataclass(frozen=True, slots=True)
class Digest(Message):
    """The tag that the sender holds of each key: what has it missed?"""

    tags: tuple[tuple[Any, Tag], ...]


@dataclass(frozen=True, slots=True)
class AskAPeer(Timer):
    """It is time to ask the next peer for what was missed."""


class AnyNodeStore(Node):
    """Answers from what it holds; tells the others of writes, and asks one of them each ``interval_ms``."""

    def __init__(self, id: str, peers: Iterable[str] = (), interval_ms: float = 20.0) -> None:
        super().__init__(id, peers)
        if not interval_ms > 0:
            raise ValueError(f"interval_ms={interval_ms}: it must be above 0")
        self.interval_ms = interval_ms
        self.stored: dict[Any, Stored] = {}
        self.asked = 0

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Stored):
                self.stored[record.key] = record
        if self.peers:
            self.set_timer(AskAPeer(), self.interval_ms)

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        held = self._held(request.key)
        if request.f == "read":
            self.reply(sender, request.op, held.value)
            return
        entry = Stored(request.key, Tag(held.tag.counter + 1, request.op), request.value)
        self._keep(entry)
        self.reply(sender, request.op)
        self.broadcast(News((entry,)))

    def on_news(self, sender: str, news: News) -> None:
        for entry in news.entries:
            self._keep(entry)

    def on_ask_a_peer(self, timer: AskAPeer) -> None:
        tags = tuple((key, entry.tag) for key, entry in self.stored.items())
        self.send(self.peers[self.asked % len(self.peers)], Digest(tags))
        self.asked += 1
        self.set_timer(timer, self.interval_ms)

    def on_digest(self, sender: str, digest: Digest) -> None:
        theirs = dict(digest.tags)
        missed = [entry for key, entry in self.stored.items() if theirs.get(key, Tag()) < entry.tag]
        if missed:
            self.send(sender, News(tuple(missed)))

    def _keep(self, entry: Stored) -> None:
        """Keep the entry, durably, if it is newer than what is held."""
        if self._held(entry.key).tag < entry.tag:
            self.write(entry)
            self.stored[entry.key] = entry

    def _held(self, key: Any) -> Stored:
        return self.stored.get(key, Stored(key, Tag(), None))


def held(nodes: Mapping[str, Node]) -> dict[str, dict[Any, Any]]:
    """What each replica holds by key, for `checkers.convergent`: those of ``nodes`` that are an `AnyNodeStore`.

    >>> store = AnyNodeStore("n1")
    >>> store.stored["x"] = Stored("x", Tag(1, 0), 5)
    >>> held({"n1": store})
    {'n1': {'x': 5}}
    """
    return {
        name: {key: entry.value for key, entry in node.stored.items()}
        for name, node in nodes.items()
        if isinstance(node, AnyNodeStore)
    }


def stale_reads(history: History) -> list[int]:
    """The ids of reads that returned an older value than the newest that was certainly there when they began.

    A read is stale if the write that it returned had ended before another write of the key began, and that one had
    ended before the read began. Never-written counts as older than all writes. Values of a key must be unique.

    >>> history = History([Op(0, "a", "write", "x", 1, "ok", None, 0, 1),
    ...                    Op(1, "b", "read", "x", None, "ok", None, 2, 3)])
    >>> stale_reads(history)
    [1]
    """
    found = []
    for key in history.keys:
        ops = history.by_key(key)
        writes = [op for op in ops if op.f == "write"]
        made = {op.value: op for op in writes}
        for read in ops.ok:
            if read.f == "read" and _stale(read, made.get(read.result), writes):
                found.append(read.id)
    return sorted(found)


def _stale(read: Op, source: Op | None, writes: Sequence[Op]) -> bool:
    return any(
        write.before(read) and (source.before(write) if source else read.result is None)
        for write in writes
        if write.status == "ok"
    )


def overruled_writes(history: History, final: Mapping[Any, Any]) -> list[int]:
    """The ids of acknowledged writes that are gone, although all writes of the value that stayed had ended before.

    ``final`` holds the value of each key when all is over. Such a write was made later than the one that stayed, and
    lost to it. Values of a key must be unique.

    >>> history = History([Op(0, "a", "write", "x", 1, "ok", None, 0, 1),
    ...                    Op(1, "b", "write", "x", 2, "ok", None, 2, 3)])
    >>> overruled_writes(history, {"x": 1})
    [1]
    """
    found = []
    for key, value in final.items():
        writes = [op for op in history.by_key(key) if op.f == "write"]
        stayed = next((op for op in writes if op.value == value), None)
        if stayed is not None:
            found += [op.id for op in writes if op.status == "ok" and stayed.before(op)]
    return sorted(found)
