"""A table in ranges that split, merge and move automatically with the number of keys and the load.

Source: Chang et al., "Bigtable", OSDI 2006, section 5 (splits by size, moves); CockroachDB's documentation of
load-based splitting (a key that halves the load).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from dscourse.placement.names import weights_of
from dscourse.placement.ranges import Range, RangeMap

__all__ = ["Policy", "Shards", "Stretch", "salted", "unsalted_scan"]


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules by which a table changes its ranges, applied once per period.

    A range splits if it has more than ``most_keys`` keys or, if ``most_load`` is given, gets more than that many
    requests per period, unless one key got them all. Two neighbours on one node merge if together they have fewer
    than ``few_keys`` keys and got no requests. With ``balance``, a range moves from the busiest to the idlest node if
    that makes the two more equal.
    """

    most_keys: int = 100
    most_load: int | None = None
    few_keys: int = 0
    balance: bool = True

    def __post_init__(self) -> None:
        if self.most_keys < 2:
            raise ValueError(f"most_keys={self.most_keys}: a range that splits has at least 2 keys")
        if self.most_load is not None and self.most_load < 2:
            raise ValueError(
                f"most_load={self.most_load}: it must be 2 requests per period or more"
            )
        if not 0 <= self.few_keys <= self.most_keys:
            raise ValueError(
                f"few_keys={self.few_keys}: it must be from 0 to most_keys={self.most_keys}"
            )


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range in one period: its node, its number of keys, and its number of requests."""

    start: int | None
    end: int | None
    node: str
    keys: int
    load: int


@dataclass(slots=True)
class _Load:
    keys: list[int] = field(default_factory=list)  # sorted
    asked: Counter[int] = field(default_factory=Counter)  # requests per key, in this period


class Shards:
    """A table with integer keys, in ranges on nodes; ``presplit`` lists the initial boundaries.

    >>> shards = Shards(["n1", "n2"], Policy(most_keys=2))
    >>> [shards.write(key) for key in (10, 20, 30)]
    ['n1', 'n1', 'n1']
    >>> shards.tick()
    >>> [(one.start, one.end, one.node) for one in shards.ranges]
    [(None, 20, 'n2'), (20, None, 'n1')]
    """

    def __init__(
        self, nodes: Iterable[str], policy: Policy | None = None, presplit: Iterable[int] = ()
    ) -> None:
        self.nodes, self.policy = tuple(weights_of(nodes)), policy or Policy()
        if not self.nodes:
            raise ValueError("nodes is empty: a table is held by at least 1 node")
        self.ranges: RangeMap[int] = RangeMap(self.nodes[0])
        self._loads: dict[int | None, _Load] = {None: _Load()}
        self.history: list[tuple[Stretch, ...]] = []  # of the periods that have ended
        self.splits = self.merges = self.moves = 0
        for index, key in enumerate(sorted(set(presplit)), start=1):
            self._split(key, self.nodes[index % len(self.nodes)])
        self.splits = 0  # initial splits do not count

    # --- requests --------------------------------------------------------------------------------

    def write(self, key: int) -> str:
        """Insert a key, and return its node."""
        one = self.ranges.range_of(key)
        load = self._loads[one.start]
        index = bisect_left(load.keys, key)
        if index == len(load.keys) or load.keys[index] != key:
            load.keys.insert(index, key)
        load.asked[key] += 1
        return one.node

    def read(self, key: int) -> str:
        """Request a key, and return its node."""
        one = self.ranges.range_of(key)
        self._loads[one.start].asked[key] += 1
        return one.node

    def scan(self, low: int, high: int) -> list[Range[int]]:
        """Return the ranges touched by a scan from ``low`` up to, but not including, ``high``."""
        return self.ranges.scan(low, high)

    def __contains__(self, key: int) -> bool:
        keys = self._loads[self.ranges.range_of(key).start].keys
        index = bisect_left(keys, key)
        return index < len(keys) and keys[index] == key

    def __len__(self) -> int:
        """Return the number of keys."""
        return sum(len(load.keys) for load in self._loads.values())

    # --- periods ---------------------------------------------------------------------------------

    def now(self) -> tuple[Stretch, ...]:
        """Return the ranges with their keys and requests so far in this period."""
        return tuple(
            Stretch(one.start, one.end, one.node, len(load.keys), load.asked.total())
            for one in self.ranges
            for load in [self._loads[one.start]]
        )

    def tick(self) -> None:
        """End the period: record it, split, merge and move ranges, and begin the next one."""
        self.history.append(self.now())
        for stretch in self.history[-1]:
            self._split_if_needed(stretch)
        self._merge()
        if self.policy.balance:
            self._balance()
        for load in self._loads.values():
            load.asked.clear()

    def node_loads(self) -> dict[str, int]:
        """Return the requests per node so far in this period."""
        return self._sums(self.now())

    def _sums(self, stretches: Iterable[Stretch]) -> dict[str, int]:
        loads = dict.fromkeys(self.nodes, 0)
        for stretch in stretches:
            loads[stretch.node] += stretch.load
        return loads

    # --- splits ----------------------------------------------------------------------------------

    def _split_if_needed(self, stretch: Stretch) -> None:
        most, middle = self.policy.most_load, None
        if most is not None and stretch.load > most:
            middle = self._middle_of_load(stretch.start)
        if middle is None and stretch.keys > self.policy.most_keys:
            keys = self._loads[stretch.start].keys
            middle = keys[len(keys) // 2]
        if middle is not None:
            self._split(middle, None)

    def _middle_of_load(self, start: int | None) -> int | None:
        """Return the key inside the range at which half of the requests have passed; None if one key got them all."""
        asked = self._loads[start].asked
        passed, half = 0, asked.total() / 2
        keys = sorted(asked)
        for before, key in pairwise(keys):
            passed += asked[before]
            if passed >= half or key == keys[-1]:
                return key
        return None

    def _split(self, key: int, node: str | None) -> None:
        old = self._loads[self.ranges.range_of(key).start]
        self.ranges.split(key, node)
        index = bisect_left(old.keys, key)
        new = _Load(old.keys[index:])
        for asked in [one for one in old.asked if one >= key]:
            new.asked[asked] = old.asked.pop(asked)
        del old.keys[index:]
        self._loads[key] = new
        self.splits += 1

    # --- merges and moves ------------------------------------------------------------------------

    def _merge(self) -> None:
        """Merge small neighbours on one node that got no requests."""
        if not self.policy.few_keys:
            return
        before: Stretch | None = None
        for one in self.now():
            small = before is not None and before.keys + one.keys < self.policy.few_keys
            if (
                before is not None
                and small
                and before.node == one.node
                and not before.load + one.load
            ):
                assert one.start is not None
                self.ranges.merge(one.start)
                gone = self._loads.pop(one.start)
                for key in gone.keys:
                    insort(self._loads[before.start].keys, key)
                self.merges += 1
                before = Stretch(before.start, one.end, one.node, before.keys + one.keys, 0)
            else:
                before = one

    def _balance(self) -> None:
        """Move the range that makes the busiest and the idlest node most equal, if any does."""
        stretches = self.now()
        loads = self._sums(stretches)
        busiest = max(self.nodes, key=lambda node: loads[node])
        idlest = min(self.nodes, key=lambda node: loads[node])
        gap = loads[busiest] - loads[idlest]
        movable = [one for one in stretches if one.node == busiest and 0 < one.load < gap]
        if movable:
            best = min(movable, key=lambda one: abs(gap - 2 * one.load))
            self._move(best, idlest)

    def _move(self, stretch: Stretch, node: str) -> None:
        first = 0 if stretch.end is None else stretch.end - 1
        self.ranges.move(first if stretch.start is None else stretch.start, node)
        self.moves += 1


# --- salts ---------------------------------------------------------------------------------------


def salted(key: int, salts: int, space: int) -> int:
    """Return the key with one of ``salts`` prefixes, chosen by the key, so that consecutive keys lie far apart.

    Keys are from 0 to ``space`` - 1. Raises ValueError for fewer than 1 salt or a key out of range.

    >>> [salted(key, 3, 1_000) for key in (7, 8, 9)]
    [1007, 2008, 9]
    """
    if salts < 1:
        raise ValueError(f"salts={salts}: at least 1 is needed")
    if not 0 <= key < space:
        raise ValueError(f"key={key}: it must be from 0 to {space - 1}")
    return key % salts * space + key


def unsalted_scan(low: int, high: int, salts: int, space: int) -> list[tuple[int, int]]:
    """Return the scans, one per salt, that together cover the keys from ``low`` up to, but not including, ``high``.

    >>> unsalted_scan(10, 20, 2, 1_000)
    [(10, 20), (1010, 1020)]
    """
    return [(salt * space + low, salt * space + high) for salt in range(salts)]
