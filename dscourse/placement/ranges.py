"""Ranges of keys: sorted, gapless, unbounded at both ends; splits, merges and moves raise a version number.

Source: Chang et al., "Bigtable: a distributed storage system for structured data", OSDI 2006, section 5 (tablets);
splits by load as in CockroachDB's documentation of load-based splitting.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral
from typing import Generic, TypeVar

__all__ = ["Range", "RangeMap", "RoutingCache", "gapless"]

K = TypeVar("K", str, int, bytes)
_KINDS = (str, Integral, bytes)


@dataclass(frozen=True, slots=True)
class Range(Generic[K]):
    """The keys from ``start`` up to, but not including, ``end``; None is unbounded. ``node`` holds them.

    A `Range` may be empty; a `RangeMap` contains no empty range.
    """

    start: K | None
    end: K | None
    node: str

    def holds(self, key: K) -> bool:
        """Return True if the key is in this range."""
        return (self.start is None or self.start <= key) and (self.end is None or key < self.end)


class RangeMap(Generic[K]):
    """The ranges and their nodes; initially one node holds every key.

    Lookups are binary searches. Every change increments ``version``, so that the holder of a copy can detect that the
    copy is stale.

    >>> ranges = RangeMap("n1")
    >>> ranges.split("m", node="n2")
    >>> ranges.range_of("apple").node, ranges.range_of("zebra").node
    ('n1', 'n2')
    >>> [one.node for one in ranges.scan("a", "n")]
    ['n1', 'n2']
    """

    def __init__(self, node: str) -> None:
        self._starts: list[K] = []  # of all ranges but the first, which has no lower bound
        self._nodes = [_named(node)]
        self.version = 1

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[Range[K]]:
        """Iterate over the ranges, from the lowest keys up."""
        return map(self._at, range(len(self._nodes)))

    def range_of(self, key: K) -> Range[K]:
        """Return the range that holds the key; there always is one."""
        return self._at(bisect_right(self._starts, key))

    def scan(self, low: K | None, high: K | None) -> list[Range[K]]:
        """Return the ranges touched by a scan from ``low`` up to, but not including, ``high``; None is unbounded.

        An empty scan touches no range. Raises ValueError if ``high`` is below ``low``.
        """
        if low is not None and high is not None and high < low:
            raise ValueError(f"a scan from {low!r} to {high!r}: it ends before it begins")
        if high is not None and (high == low or _is_lowest(high)):
            return []
        first = 0 if low is None else bisect_right(self._starts, low)
        found = [self._at(first)]
        while found[-1].end is not None and (high is None or found[-1].end < high):
            found.append(self._at(first + len(found)))
        return found

    def split(self, key: K, node: str | None = None) -> None:
        """Cut the range that holds the key into what is before it and what is from it on; that goes to ``node``.

        Without a node both parts stay where they are. ValueError if nothing would be left before the key, TypeError
        if it is of another type than those of earlier splits.
        """
        self._check_kind(key)
        index = bisect_right(self._starts, key)
        if _is_lowest(key) or (index and self._starts[index - 1] == key):
            why = "no key is lower" if _is_lowest(key) else "a range begins there already"
            raise ValueError(f"split at {key!r}: {why}, so nothing would be left before it")
        self._starts.insert(index, key)
        self._nodes.insert(index + 1, self._nodes[index] if node is None else _named(node))
        self.version += 1

    def merge(self, key: K) -> None:
        """Join the range that begins at the key with its predecessor, whose node then holds both.

        Raises LookupError if no range begins there.
        """
        index = bisect_right(self._starts, key)
        if not index or self._starts[index - 1] != key:
            raise LookupError(f"merge at {key!r}: no range begins there")
        del self._starts[index - 1], self._nodes[index]
        self.version += 1

    def move(self, key: K, node: str) -> None:
        """Assign the range of this key to another node."""
        index = bisect_right(self._starts, key)
        self._nodes[index] = _named(node)
        self.version += 1

    def _check_kind(self, key: K) -> None:
        """Raise TypeError unless the key is a str, an int or bytes, like the existing boundaries."""
        kinds = [one for one in _KINDS if isinstance((self._starts or [key])[0], one)]
        if not kinds or not isinstance(key, kinds[0]):
            raise TypeError(
                f"split at {key!r}: a key is a str, an int or bytes, and all are of one type"
            )

    def _at(self, index: int) -> Range[K]:
        start = self._starts[index - 1] if index else None
        end = self._starts[index] if index < len(self._starts) else None
        return Range(start, end, self._nodes[index])


class RoutingCache(Generic[K]):
    """A client's cache of ranges; it asks the map only for unknown keys and after a request has failed.

    >>> ranges = RangeMap("n1")
    >>> cache = RoutingCache(ranges)
    >>> cache.node_of("a"), cache.node_of("b"), cache.asked
    ('n1', 'n1', 1)
    """

    def __init__(self, source: RangeMap[K]) -> None:
        self._source: RangeMap[K] = source
        self._known: dict[K | None, Range[K]] = {}
        self.asked = 0

    def node_of(self, key: K) -> str:
        """Return the node to which the client would send a request for this key; it may be stale."""
        for one in self._known.values():
            if one.holds(key):
                return one.node
        return self.missed(key)

    def missed(self, key: K) -> str:
        """Replace stale ranges after a request to the wrong node, and return the key's current node."""
        fresh: Range[K] = self._source.range_of(key)
        self.asked += 1
        overlapping = [start for start, one in self._known.items() if _overlap(one, fresh)]
        for start in overlapping:
            del self._known[start]
        self._known[fresh.start] = fresh
        return fresh.node


def gapless(ranges: Iterable[Range[K]]) -> bool:
    """Return True if the ranges, in this order, cover all keys: both ends open, no gap or overlap, none empty.

    >>> gapless([Range(None, "m", "a"), Range("n", None, "b")])
    False
    """
    listed: Sequence[Range[K]] = list(ranges)
    joined = all(
        one.end is not None and one.end == following.start for one, following in pairwise(listed)
    )
    rising = all(
        one.start < one.end for one in listed if one.start is not None and one.end is not None
    )
    open_ends = bool(listed) and listed[0].start is None and listed[-1].end is None
    return open_ends and joined and rising and not _is_lowest(listed[0].end)


def _is_lowest(key: object) -> bool:
    """Return True for the empty string and empty bytes, the lowest keys of their types; integers have none."""
    return key == "" or key == b""


def _overlap(one: Range[K], other: Range[K]) -> bool:
    before = one.end is not None and other.start is not None and one.end <= other.start
    after = other.end is not None and one.start is not None and other.end <= one.start
    return not before and not after


def _named(node: str) -> str:
    if not node or not isinstance(node, str):
        raise ValueError(f"node={node!r}: a range is held by a node with a name")
    return node
