"""The operations that may come next, for each set of operations placed before.

A search comes to the same set of operations over and over, in other states and with other open operations used. What
depends on the set alone is computed once and kept in a `Window`, what depends on set and state in a `Node`.

No window or node refers back to one before it, so that all of them are freed at the end of a search: the garbage
collector, which would have to find cycles, took half of the time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import inf

from dscourse.checkers.moves import Moves, Table
from dscourse.history import Op

__all__ = ["Edge", "Node", "Window", "Windows"]


class Window:
    """The operations that may come next in real-time order, by index.

    ``first`` is the index of the first operation not placed, and ``placed`` has those placed after it, as bits.
    ``end`` is the first end among the operations not placed. ``ops`` are the ``size`` candidates less all but the
    first to end of equal ones, in the order of their ends; ``observers`` those that change nothing. ``began`` are the
    open operations that began by ``end``, as bits.
    """

    __slots__ = ("began", "end", "first", "number", "observers", "ops", "placed", "size", "upcoming")

    number: int
    end: float
    ops: list[int]
    observers: list[int]
    began: int
    size: int

    def __init__(self, first: int, placed: int) -> None:
        self.first, self.placed = first, placed
        self.upcoming: Upcoming | None = None


class Upcoming:
    """The next observer: what has to be legal by its ``end``, and the open operations that began by then, as bits."""

    __slots__ = ("end", "ops", "unknown")

    def __init__(self, ops: Sequence[Op], end: float, unknown: int) -> None:
        self.ops = ops  # the observer, and those that may come before its end
        self.end = end
        self.unknown = unknown


class Node:
    """A window in a state. ``edges`` lead on over the window's operations, as far as a search has asked."""

    __slots__ = ("edges", "number", "state", "window")

    def __init__(self, window: Window, state: int, number: int) -> None:
        self.window, self.state, self.number = window, state, number
        self.edges: list[Edge | None] = []


Edge = tuple[Node, tuple[int, ...]]  # a node, and the ids of the operations on the way to it


class Windows:
    """All windows of one search: ``must`` are the operations that happened, ``maybe`` those that may have."""

    def __init__(self, must: Sequence[Op], maybe: Sequence[Op], moves: Moves) -> None:
        self.must, self.moves = must, moves
        self.begins = [op.invoked for op in must]
        self.ends: list[float] = [inf if op.returned is None else op.returned for op in must]
        self.tables: list[Table] = [moves.known(op)[1] for op in must]
        self.observes = [moves.known(op)[0] for op in must]
        self._maybe_begins = [op.invoked for op in maybe]
        self._next_observer = _next_true(self.observes)
        self._windows: dict[tuple[int, int], Window] = {}
        self._nodes: dict[tuple[int, int], Node] = {}  # by the numbers of window and state
        self._looked: dict[tuple[int, int], Edge] = {}

    def at(self, first: int, placed: int) -> Window:
        """Return the window of this set, which may begin with operations that are placed."""
        if placed & 1:
            ones = (~placed & (placed + 1)).bit_length() - 1
            first, placed = first + ones, placed >> ones
        window = self._windows.get((first, placed))
        if window is None:
            window = self._windows[first, placed] = self._new(first, placed)
        return window

    def _new(self, first: int, placed: int) -> Window:
        window = Window(first, placed)
        window.number = len(self._windows)
        begins, ends, left = self.begins, self.ends, ~placed
        found, end = [], inf
        for i in range(first, len(begins)):
            if begins[i] > end:
                break
            if left & 1:
                found.append(i)
                if ends[i] < end:
                    end = ends[i]
            left >>= 1
        window.size, window.end = len(found), end
        window.observers = [i for i in found if self.observes[i]]
        window.ops = self._earliest(found) if len(found) > 1 else found
        window.began = (1 << bisect_right(self._maybe_begins, end)) - 1
        return window

    def _earliest(self, found: list[int]) -> list[int]:
        """Return the operations in the order of their ends, of equal ones the first."""
        earliest: dict[int, int] = {}
        for i in sorted(found, key=self.ends.__getitem__):
            earliest.setdefault(id(self.tables[i]), i)
        return list(earliest.values())

    def node(self, window: Window, state: int) -> Node:
        """Return the node of this window in this state."""
        key = (window.number, state)
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = Node(window, state, len(self._nodes))
        return node

    def look(self, window: Window, state: int) -> Edge:
        """Take every observer that is legal now, and those that are legal then; return where that leads."""
        key = (window.number, state)
        edge = self._looked.get(key)
        if edge is None:
            edge = self._looked[key] = self._look(window, state)
        return edge

    def _look(self, window: Window, state: int) -> Edge:
        taken: list[int] = []
        after, tables, must = self.moves.after, self.tables, self.must
        while window.observers:
            legal = [i for i in window.observers if after(tables[i], must[i], state) >= 0]
            if not legal:
                break
            placed = window.placed
            for i in legal:
                placed |= 1 << (i - window.first)
                taken.append(must[i].id)
            window = self.at(window.first, placed)
        return self.node(window, state), tuple(taken)

    def upcoming(self, window: Window) -> Upcoming:
        """Return the next observer in the order of their beginnings; one without operations if there is none."""
        if window.upcoming is None:
            window.upcoming = self._upcoming(window)
        return window.upcoming

    def _upcoming(self, window: Window) -> Upcoming:
        following, first, placed = self._next_observer, window.first, window.placed
        i = following[first]
        while i < len(self.must) and placed >> (i - first) & 1:
            i = following[i + 1]
        if i == len(self.must):
            return Upcoming((), inf, 0)
        end = self.ends[i]
        ops = [self.must[i]]
        j = following[i + 1]
        while j < len(self.must) and self.begins[j] <= end:
            if not placed >> (j - first) & 1:
                ops.append(self.must[j])
            j = following[j + 1]
        return Upcoming(ops, end, (1 << bisect_right(self._maybe_begins, end)) - 1)


def _next_true(flags: Sequence[bool]) -> list[int]:
    """For each index and for the end, the next index at which the flag is set (the length if there is none)."""
    following = [len(flags)] * (len(flags) + 2)
    for i in reversed(range(len(flags))):
        following[i] = i if flags[i] else following[i + 1]
    return following
