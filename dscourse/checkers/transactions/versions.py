"""The versions of one key, and as much of their order as a history proves.

Adya's version order is total, and every dependency follows from it: ww from the writer of a version to the writer of
the next, wr from a writer to the transactions that read its version, rw from those to the writer of the next version.
A history proves only a part of it:

- ``chain`` is the part that is certain at every level. It begins with the initial version. Of a list it goes on with
  the elements of its longest read: a list shows its own past. Of a register it has nothing else, unless a single
  transaction wrote it.
- ``loose`` are the versions that come after the chain in an order that no read shows.
- ``pairs`` are loose versions of which the second writer read from the first, on whatever key: then the first is the
  older, or information would flow in a cycle (G1c). This holds from read committed upwards.

Only versions of committed transactions count; in a list every append is one, in a register only the last write.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import NamedTuple

__all__ = [
    "INITIAL",
    "LATER",
    "READ_BEFORE",
    "READ_FROM",
    "TIMED",
    "WROTE_BEFORE",
    "Link",
    "Versions",
]

INITIAL = -1  # in place of a writer
WROTE_BEFORE, READ_FROM, READ_BEFORE, LATER, TIMED = 1, 2, 4, 8, 16
_MOST = (
    64  # rw links to loose versions per read: all would take quadratic time, and an order needs few
)


class Link(NamedTuple):
    """Why ``before`` comes before ``after``: the kind of dependency, and the versions on which it rests."""

    kind: int
    before: int
    after: int
    old: int
    new: int


@dataclass(slots=True, eq=False)
class Versions:
    """The versions of ``key`` by number: the writer, value and readers of each.

    ``writers[0]`` is INITIAL. ``numbers`` has the number of a writer's last version.
    """

    key: object
    is_list: bool
    writers: list[int] = field(default_factory=lambda: [INITIAL])
    values: list[object] = field(default_factory=lambda: [None])
    readers: list[list[int]] = field(default_factory=lambda: [[]])
    numbers: dict[int, int] = field(default_factory=dict)
    chain: list[int] = field(default_factory=lambda: [0])
    loose: list[int] = field(default_factory=list)
    pairs: set[tuple[int, int]] = field(default_factory=set)

    def add(self, writer: int, value: object) -> int:
        """Add a version and return its number; the caller puts it into the chain or among the loose ones."""
        self.writers.append(writer)
        self.values.append(value)
        self.readers.append([])
        self.numbers[writer] = len(self.writers) - 1
        return len(self.writers) - 1

    def settle(self) -> None:
        """Move a single loose version to the end of the chain: its position is known."""
        if len(self.loose) == 1:
            self.chain.append(self.loose.pop())

    def ordered(self, loose: list[int]) -> Versions:
        """Return these versions with the loose ones in this order, as if it were known."""
        return replace(self, chain=self.chain + loose, loose=[], pairs=set())

    def links(self) -> Iterator[Link]:
        """Yield the dependencies that the history proves, between different transactions."""
        for number, reading in enumerate(self.readers):
            writer = self.writers[number]
            if writer != INITIAL:
                for reader in reading:
                    if reader != writer:
                        yield Link(READ_FROM, writer, reader, number, number)
        for old, new in pairwise(self.chain):
            yield from self._replaced(old, new, WROTE_BEFORE)
        if self.loose:
            yield from self._loose_links()

    def _loose_links(self) -> Iterator[Link]:
        last, later = self.chain[-1], {new for _, new in self.pairs}
        first = [number for number in self.loose if number not in later] or self.loose
        pairs = [(last, new, WROTE_BEFORE) for new in first]
        pairs += [(old, new, LATER) for old, new in sorted(self.pairs)]
        budget = _MOST * sum(map(len, self.readers)) + _MOST * len(self.writers)
        for old, new, kind in pairs:
            budget -= len(self.readers[old])
            yield from self._replaced(old, new, kind, all_readers=budget > 0)
        for new in sorted(later):
            yield from self._replaced(last, new, WROTE_BEFORE, all_readers=False)

    def _replaced(self, old: int, new: int, kind: int, all_readers: bool = True) -> Iterator[Link]:
        """Yield the dependencies of the writer of ``new`` on the writer and the readers of the older version."""
        writer, by = self.writers[old], self.writers[new]
        if writer not in (INITIAL, by):
            yield Link(kind, writer, by, old, new)
        for reader in self.readers[old] if all_readers else ():
            if reader != by:
                yield Link(READ_BEFORE, reader, by, old, new)

    def accesses(self, number: int) -> list[int]:
        """Return the writer and the readers of a version."""
        return [self.writers[number], *self.readers[number]]

    def timed_links(
        self, begins: list[int], ends: list[float], forward: bool = False
    ) -> Iterator[Link]:
        """Yield the dependencies that real time proves among the loose versions, for strict serializability.

        A version is older than another if one of its accesses (its write or a read of it) had ended before some
        access of the other began; with ``forward``, before the write of the other began. Links that follow from
        others are left out, so that there are few.
        """
        spans = []
        for number in self.loose:
            later = self.accesses(number)[: 1 if forward else None]
            over = min(ends[t] for t in self.accesses(number))
            spans.append((max(begins[t] for t in later), over, number))
        spans.sort()
        lasts = [begin for begin, _, _ in spans]
        best = _earliest_ends(spans)
        for _, over, old in spans:
            start = bisect_right(lasts, over)
            between = next((one for one in best[start] if one[1] != old), None)
            if between is None:
                continue
            for begin, _, new in islice(spans, start, None):
                if begin > between[0]:
                    break
                if new != old:
                    yield from self._replaced(old, new, TIMED)
            yield from self._replaced(old, between[1], TIMED)


def _earliest_ends(spans: list[tuple[int, float, int]]) -> list[list[tuple[float, int]]]:
    """Return for each index the two versions from there on that are over first."""
    best: list[list[tuple[float, int]]] = [[]]
    for _, over, number in reversed(spans):
        best.append(sorted([*best[-1], (over, number)])[:2])
    return best[::-1]
