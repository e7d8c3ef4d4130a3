"""Logical clocks as values: Lamport, vector and hybrid logical clocks, and version vectors.

Every operation returns a new value and changes nothing, so a timestamp that was stored or sent never changes
afterwards. No function reads a physical clock: where a reading is needed, it is an argument.

Sources: Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 1978; Fidge, "Timestamps in
Message-Passing Systems That Preserve the Partial Ordering", 1988; Mattern, "Virtual Time and Global States of
Distributed Systems", 1989; Kulkarni, Demirbas, Madappa, Avva and Leone, "Logical Physical Clocks", OPODIS 2014.
Version vectors: Parker, Popek, Rudisin, Stoughton, Walker, Walton, Chow, Edwards, Kiser and Kline, "Detection of
Mutual Inconsistency in Distributed Systems", IEEE Transactions on Software Engineering 1983.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Self, TypeVar

from dscourse.core.values import Value

__all__ = [
    "HybridClock",
    "LamportClock",
    "Order",
    "VectorClock",
    "VersionVector",
    "compare",
]

C = TypeVar("C", bound="Counts")


class Order(Enum):
    """The relation of two events in a partial order."""

    BEFORE = "before"
    AFTER = "after"
    EQUAL = "equal"
    CONCURRENT = "concurrent"


@dataclass(frozen=True, slots=True, order=True)
class LamportClock:
    """A counter that is never behind a received message: a → b implies C(a) < C(b), but not the converse.

    ``order=True`` compares (time, node): Lamport's total order, with the node's name to break ties.

    >>> sent = LamportClock(node="a").tick()
    >>> LamportClock(node="b").receive(sent)
    LamportClock(time=2, node='b')
    """

    time: int = 0
    node: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.time, int) or self.time < 0:
            raise ValueError(f"time={self.time!r}: a Lamport clock counts from 0")

    def tick(self) -> Self:
        """Return the clock at the node's next event."""
        return type(self)(self.time + 1, self.node)

    def receive(self, sent: LamportClock) -> Self:
        """The clock when a message stamped ``sent`` arrives: one more than the larger of both."""
        return type(self)(max(self.time, sent.time) + 1, self.node)

    def __str__(self) -> str:
        return f"{self.time} at {self.node}" if self.node else f"{self.time}"


class Counts(Value, Mapping[str, int]):
    """The common base of vector clocks and version vectors: one count per name, with a partial order.

    A missing name counts 0. One value is less than or equal to another if no entry is larger. Equal values hash
    alike, print alike and iterate in the order of the names. Vector clocks and version vectors never equal each
    other, because they count different things; comparing or joining the two raises TypeError.
    """

    __slots__ = ("_counts", "_hash")

    def __init__(self, counts: Mapping[str, int] | None = None) -> None:
        if counts is not None and not isinstance(counts, Mapping):
            raise TypeError(f"{counts!r}: a dict from names to counts is required")
        for name, count in (counts or {}).items():
            if not isinstance(name, str):
                raise TypeError(f"{name!r}: a name must be a string")
            if not isinstance(count, int) or count < 0:
                raise ValueError(f"{name}: {count!r}: an entry counts events, 0 or more")
        self._counts = {name: count for name, count in sorted((counts or {}).items()) if count}
        self._hash: int | None = None

    def __getitem__(self, name: str) -> int:
        return self._counts.get(name, 0)

    def __contains__(self, name: object) -> bool:
        return name in self._counts

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Counts)
            and type(other) is type(self)
            and (self._counts == other._counts)
        )

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(tuple(self._counts.items()))
        return self._hash

    def __repr__(self) -> str:
        entries = ", ".join(f"{name!r}: {count}" for name, count in self._counts.items())
        return f"{type(self).__name__}({{{entries}}})"

    def __str__(self) -> str:
        return "{" + ", ".join(f"{name}: {count}" for name, count in self._counts.items()) + "}"

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        theirs = other._counts
        return all(count <= theirs.get(name, 0) for name, count in self._counts.items())

    def __lt__(self, other: Self) -> bool:
        return self != other and self.__le__(other)

    def __ge__(self, other: Self) -> bool:
        return other.__le__(self) if type(other) is type(self) else NotImplemented

    def __gt__(self, other: Self) -> bool:
        return other.__lt__(self) if type(other) is type(self) else NotImplemented

    def join(self, other: Self) -> Self:
        """Return the least upper bound: for each name, the larger count."""
        if type(other) is not type(self):
            raise TypeError(f"{self!r} and {other!r} count different things and cannot be joined")
        names = {*self._counts, *other._counts}
        return type(self)({name: max(self[name], other[name]) for name in names})

    def compare(self, other: Self) -> Order:
        """Return the relation of this value to ``other``."""
        below, above = self <= other, other <= self
        if below:
            return Order.EQUAL if above else Order.BEFORE
        return Order.AFTER if above else Order.CONCURRENT

    def clone(self) -> Self:
        """Return the value itself: it is immutable, so a snapshot of a node may share it."""
        return self

    def _one_more(self, name: str) -> Self:
        return type(self)({**self._counts, name: self[name] + 1})


class VectorClock(Counts):
    """The number of events of each node that an event knows of; a node that is not named has 0.

    a → b if and only if V(a) < V(b), provided that each node has a name of its own and ticks at every event: vector
    clocks characterise causality exactly (Mattern 1989, Theorem 10).

    >>> a = VectorClock().tick("a")
    >>> b = VectorClock().tick("b")
    >>> a.compare(b), a.compare(a.join(b)), VectorClock() < a
    (<Order.CONCURRENT: 'concurrent'>, <Order.BEFORE: 'before'>, True)
    """

    __slots__ = ()

    def tick(self, node: str) -> Self:
        """Return the clock after one more event at ``node``."""
        return self._one_more(node)

    def receive(self, sent: Self, node: str) -> Self:
        """Return the clock of ``node`` when a message stamped ``sent`` arrives: the join, plus one event."""
        return self.join(sent).tick(node)


class VersionVector(Counts):
    """The number of updates of each replica that a copy contains; a replica that is not named has 0.

    A vector clock counts *events* and gives every event of a run its own value. A version vector counts *updates* of
    one piece of data at its *replicas*: reading, sending and receiving count nothing, a receipt is a plain join, and
    two copies that contain the same updates are equal. The number of entries is bounded by the number of replicas,
    however many clients write. The price: each update of a replica counts as made on top of all its earlier ones. If
    two clients write through one replica without having seen each other's write, the second write gets the later
    version, not a concurrent one. To tell them apart takes a dot beside the vector (`dscourse.conflicts.dots`), or
    one entry per client.

    >>> x = VersionVector().increment("r1")
    >>> left, right = x.increment("r1"), x.increment("r2")
    >>> left.compare(right).value, left.join(right).compare(left).value
    ('concurrent', 'after')
    >>> left.join(right) == right.join(left)
    True
    """

    __slots__ = ()

    def increment(self, replica: str) -> Self:
        """Return the version after one more update at ``replica``."""
        return self._one_more(replica)


def compare(a: C, b: C) -> Order:
    """Return the relation of ``a`` to ``b``; both are of the same kind.

    >>> compare(VectorClock({"a": 1}), VectorClock({"a": 1, "b": 1})).value
    'before'
    """
    return a.compare(b)


@dataclass(frozen=True, slots=True, order=True)
class HybridClock:
    """Physical time that respects causality: the largest physical reading heard of, and a tie counter.

    a → b implies H(a) < H(b). ``wall_ms`` is the initial value or a reading up to now, the node's own or one
    received, and never less than the node's own last reading. So if no clock is ever more than ε from true time,
    neither is ``wall_ms`` (Kulkarni et al. 2014). If a clock was once further ahead, every node that heard of its
    reading stays ahead, even after that clock has been set back, until true time has caught up; until then only
    ``count`` grows. Raises ValueError for a reading that is not a finite number.

    >>> early = HybridClock(100.0, 0)
    >>> early.tick(99.0), early.tick(150.0)
    (HybridClock(wall_ms=100.0, count=1), HybridClock(wall_ms=150.0, count=0))
    >>> HybridClock().receive(early, 90.0)
    HybridClock(wall_ms=100.0, count=1)
    """

    wall_ms: float = 0.0
    count: int = 0

    def __post_init__(self) -> None:
        if not self.wall_ms < math.inf:
            raise ValueError(f"wall_ms={self.wall_ms!r}: no later reading would be larger")
        if not isinstance(self.count, int) or self.count < 0:
            raise ValueError(f"count={self.count!r}: it must be a whole number, 0 or more")

    def tick(self, physical_ms: float) -> HybridClock:
        """Return the clock at the next local or send event, at physical time ``physical_ms``."""
        if _finite("physical_ms", physical_ms) > self.wall_ms:
            return HybridClock(physical_ms, 0)
        return HybridClock(self.wall_ms, self.count + 1)

    def receive(self, sent: HybridClock, physical_ms: float) -> HybridClock:
        """Return the clock when a message stamped ``sent`` arrives at physical time ``physical_ms``."""
        wall = max(self.wall_ms, sent.wall_ms, _finite("physical_ms", physical_ms))
        counts = [clock.count for clock in (self, sent) if clock.wall_ms == wall]
        return HybridClock(wall, max(counts) + 1 if counts else 0)

    def __str__(self) -> str:
        return f"{self.wall_ms:g}+{self.count}"


def _finite(name: str, reading_ms: float) -> float:
    """Return the reading. Raise ValueError if it is not a finite number."""
    if not -math.inf < reading_ms < math.inf:
        raise ValueError(f"{name}={reading_ms!r}: a clock's reading must be a finite number")
    return reading_ms
