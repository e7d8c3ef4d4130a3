"""Nodes that hold the keys of a range-partitioned store, and a run of operations on them: used by 13.7."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from typing import Any

from dscourse.core.wording import count
from dscourse.exercises.judges.values import listed
from dscourse.placement import Range, gapless

__all__ = ["Cluster", "Node", "Operation", "fault_of"]

Operation = tuple[str, Any, Any]
Rows = list[tuple[Any, Any, "Node"]]


class Node:
    """A node: each method is a request, which its cluster counts and checks."""

    __slots__ = ("_cluster", "name", "rows")

    def __init__(self, cluster: Cluster, name: str) -> None:
        self._cluster, self.name = cluster, name
        self.rows: dict[Any, Any] = {}

    def __repr__(self) -> str:
        return self.name

    def put(self, key: Any, value: Any) -> bool:
        """Store a value. Return True if the key is new to this node. ConnectionError if a move to it fails."""
        self._cluster.ask(self)
        self._cluster.copy(self, key)
        is_new = key not in self.rows
        self.rows[key] = value
        return is_new

    def get(self, key: Any) -> Any:
        """Return the key's value, or None."""
        self._cluster.ask(self)
        return self.rows.get(key)

    def scan(self, low: Any, high: Any) -> list[tuple[Any, Any]]:
        """Return the keys and values from ``low`` up to, but not including, ``high``; None is an open end."""
        self._cluster.ask(self)
        return [(key, self.rows[key]) for key in self._within(low, high)]

    def drop(self, low: Any, high: Any) -> None:
        """Delete the keys from ``low`` up to, but not including, ``high``; None is an open end."""
        self._cluster.ask(self)
        gone = self._within(low, high)
        for key in gone:
            del self.rows[key]
        self._cluster.check_dropped(self, gone)

    def _within(self, low: Any, high: Any) -> list[Any]:
        return _between(sorted(self.rows), low, high)


class Cluster:
    """The nodes of one run, what they should hold, and the first mistake seen in a request."""

    def __init__(self, nodes: int, most: int) -> None:
        self.nodes, self.most = [Node(self, f"n{number}") for number in range(1, nodes + 1)], most
        self.truth: dict[Any, Any] = {}
        self._keys: list[Any] = []  # of the truth, sorted
        self.ranges: Rows = [(None, None, self.nodes[0])]
        self.asked: list[Node] = []
        self.mistake: str | None = None
        self.fails_after: int | None = None  # keys of the next move
        self._putting: list[Any] = []  # the key of the current put, until its node has it
        self._copies = 0
        self.failed = False

    # --- called by the nodes -----------------------------------------------------------------------

    def ask(self, node: Node) -> None:
        self.asked.append(node)

    def copy(self, node: Node, key: Any) -> None:
        """Let a put that is not the client's fail, if it is time."""
        if self._putting == [key]:
            self._putting = []
            return
        self._copies += 1
        if self.failed or (self.fails_after is not None and self._copies > self.fails_after):
            self.failed, self.fails_after = True, None
            raise ConnectionError(f"{node.name} has failed")

    def check_dropped(self, node: Node, keys: list[Any]) -> None:
        for key in keys:
            if not any(key in other.rows for other in self.nodes):
                self.mistake = self.mistake or (
                    f"{node.name} drops {key!r:.20}, which is on no other node: if all stopped now, it would be lost."
                )

    # --- operations --------------------------------------------------------------------------------

    def owner(self, key: Any) -> Node:
        return self.ranges[self._index(key)][2]

    def _index(self, key: Any) -> int:
        return bisect_right(self.ranges, key, lo=1, key=lambda one: one[0]) - 1

    def put(self, store: Any, key: Any, value: Any) -> str | None:
        owner = self.owner(key)
        self.asked, self._putting, self._copies, self.failed = [], [key], 0, False
        if key not in self.truth:
            insort(self._keys, key)
        self.truth[key] = value
        try:
            store.put(key, value)
        except ConnectionError:
            if not self.failed:
                raise
            return "The move fails, and so does the put: its key is stored, so it must succeed."
        if self.asked[:1] != [owner]:
            return f"The put must ask {owner.name}, which holds the range of its key, first."
        return self.mistake or self._after_put(store, key, owner)

    def _after_put(self, store: Any, key: Any, owner: Node) -> str | None:
        before = self.ranges
        index = self._index(key)
        size = self._size(before[index])
        rows = _rows(store.ranges(), self.nodes)
        if isinstance(rows, str):
            return rows
        if size <= self.most:
            if rows != before:
                return f"The ranges change, though the range of {key!r:.20} has {count(size, 'key')} only."
            if len(self.asked) > 1:
                return f"A put that splits nothing takes {len(self.asked)} requests: one is enough."
        else:
            wrong = self._split(rows, before, index, owner)
            if wrong is not None:
                return wrong
        self.ranges = rows
        return self._misplaced()

    def _split(self, rows: Rows, before: Rows, index: int, owner: Node) -> str | None:
        others = rows[:index] + rows[index + 2 :]
        if len(rows) != len(before) + 1 or others != before[:index] + before[index + 1 :]:
            return (
                f"The range of {count(self._size(before[index]), 'key')} must be cut in two, and no other changes: "
                f"the ranges are {_in_words(before)}, and then {_in_words(rows)}."
            )
        lower, upper = rows[index : index + 2]
        sizes = self._size(lower), self._size(upper)
        if abs(sizes[0] - sizes[1]) > 1:
            return f"The split leaves {sizes[0]} and {sizes[1]} keys: cut in the middle of the range's own keys."
        if lower[2] is not owner:
            return f"The lower part stays where it is, on {owner.name}."
        keys = dict.fromkeys(self.nodes, 0)
        for one in before:
            keys[one[2]] += self._size(one)
        if self.failed and upper[2] is not owner:
            return f"The move fails, so both parts must stay on {owner.name}."
        if not self.failed and keys[upper[2]] != min(keys.values()):
            listing = ", ".join(f"{node.name} {number}" for node, number in keys.items())
            return f"The upper part goes to {upper[2].name}, and a node with the fewest keys must get it: {listing}."
        if len(self.asked) > sizes[1] + 5:
            return f"The split takes {len(self.asked)} requests, for {sizes[1]} keys that move."
        return None

    def _size(self, one: tuple[Any, Any, Node]) -> int:
        return len(_between(self._keys, one[0], one[1]))

    def _misplaced(self) -> str | None:
        for start, end, owner in self.ranges:
            for key in _between(self._keys, start, end):
                at = [node for node in self.nodes if key in node.rows]
                if at != [owner]:
                    where = " and ".join(node.name for node in at) or "no node"
                    return f"{key!r:.20} is on {where}, and must be on {owner.name} alone, the node of its range."
                if not _same(owner.rows[key], self.truth[key]):
                    return f"{owner.name} has {owner.rows[key]!r:.20} for {key!r:.20}, not {self.truth[key]!r:.20}."
        extra = [key for node in self.nodes for key in node.rows if key not in self.truth]
        return f"The key {extra[0]!r:.20} is stored, and nobody has put it." if extra else None

    def get(self, store: Any, key: Any) -> str | None:
        self.asked, owner = [], self.owner(key)
        answer, right = store.get(key), self.truth.get(key)
        if not _same(answer, right):
            return f"get({key!r:.20}) gives {answer!r:.20}, not {right!r}."
        return self._wasted([owner], 1)

    def scan(self, store: Any, low: Any, high: Any) -> str | None:
        self.asked = []
        touched = [one for one in self.ranges if _meets(one, low, high)]
        answer = listed(store.scan(low, high))
        right = [(key, self.truth[key]) for key in _between(self._keys, low, high)]
        pairs = [listed(one, 3) for one in answer] if answer is not None else [None]
        if not all(pair is not None and len(pair) == 2 for pair in pairs):
            return f"scan({low!r:.20}, {high!r:.20}) must give a list of (key, value), not {answer!r:.80}."
        found = [tuple(pair) for pair in pairs if pair]
        if [key for key, _ in found] != [key for key, _ in right] or not all(
            _same(one[1], other[1]) for one, other in zip(found, right, strict=True)
        ):
            return f"scan({low!r:.20}, {high!r:.20}) gives {found!r:.120}, not {right!r:.120}."
        return self._wasted([node for *_, node in touched], 0) if right else None

    def _wasted(self, owners: Sequence[Node], least: int) -> str | None:
        """Return the waste in the requests of a read whose ranges these nodes hold, or None."""
        if len(self.asked) < max(least, 1):
            return "It asks no node: the keys are on the nodes, and other clients may change them."
        strangers = [node.name for node in self.asked if node not in owners]
        if strangers:
            return f"It asks {strangers[0]}, which holds no part of what is read."
        if len(self.asked) > len(owners):
            return f"It takes {len(self.asked)} requests for {count(len(owners), 'range')}."
        return None


def fault_of(
    store: Any, nodes: int, most: int, operations: Sequence[Operation]
) -> tuple[str, int, Cluster] | None:
    """Return the first fault in a run of these operations, the index of its operation, and the nodes; or None.

    A second store, on nodes of its own, gets every other put as well: the two share nothing.
    """
    cluster, second = Cluster(nodes, most), Cluster(nodes, most)
    given = list(cluster.nodes), list(second.nodes)
    ours, other = store(given[0], most), store(given[1], most)
    for index, (kind, first, rest) in enumerate(operations):
        fault = None
        if kind == "fail":
            cluster.fails_after = first
        else:
            fault = getattr(cluster, kind)(ours, first, *([] if kind == "get" else [rest]))
        if fault is None and kind == "put" and index % 2:
            fault = second.put(other, first, rest)
            fault = fault and f"{fault} (This is a second store, on other nodes.)"
        if fault is None and given != (cluster.nodes, second.nodes):
            fault = "The list of nodes that the store was given has changed."
        if fault is not None:
            return fault, index, cluster
    return None


def _rows(answer: Any, nodes: Sequence[Node]) -> Rows | str:
    """Return the ranges as learners write them, or a complaint about them."""
    rows = [listed(one, 4) for one in listed(answer) or ()]
    if not rows or any(
        row is None or len(row) != 3 or not _is_one_of(nodes, row[2]) for row in rows
    ):
        return f"ranges() gives {answer!r:.80}: a list of (start, end, node) is required, with the nodes given."
    found = [(row[0], row[1], row[2]) for row in rows if row]
    if not gapless(Range(start, end, node.name) for start, end, node in found):
        return f"The ranges {_in_words(found)} have a gap, an overlap, an empty range, or an end that should be open."
    return found


def _is_one_of(nodes: Sequence[Node], given: Any) -> bool:
    return any(given is node for node in nodes)  # whatever it says that it equals


def _in_words(rows: Rows) -> str:
    return ", ".join(f"({start!r:.12}, {end!r:.12}, {node.name})" for start, end, node in rows)


def _meets(one: tuple[Any, Any, Node], low: Any, high: Any) -> bool:
    start, end, _ = one
    return (high is None or start is None or start < high) and (
        low is None or end is None or low < end
    )


def _between(keys: list[Any], low: Any, high: Any) -> list[Any]:
    first = 0 if low is None else bisect_left(keys, low)
    return keys[first:] if high is None else keys[first : bisect_left(keys, high)]


def _same(one: Any, other: Any) -> bool:
    """Return True for equal values of one type: 1 is not True."""
    return type(one) is type(other) and bool(one == other)
