"""The operations that may come next, for each set of operations placed before.

A search comes to the same set of operations over and over, in other states and with other open operations used. What
depends on the set alone is computed once and kept in a `Window`, what depends on set and state in a `Node`.

Some thousands are kept, and then all are forgotten: a window takes ten times the memory of a state that was tried.
No window or node refers to another, so that they are freed without the garbage collector, which would have to find
cycles, and took half of the time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import count
from math import inf
from typing import NamedTuple

from dscourse.checkers.moves import Moves, Table
from dscourse.history import Op

__all__ = ["Edge", "Node", "Window", "Windows"]

_MOST = 5_000  # windows that are kept


class Window:
    """The operations that may come next in real-time order.

    ``first`` is the index of the first operation not placed, and ``placed`` has those placed after it, as bits.
    ``found`` are the indices of the operations that may come next, ``observers`` those that change nothing, and
    ``end`` is their first end. ``unknown`` are the open operations that began by then, as bits.
    """

    __slots__ = (
        "end",
        "first",
        "found",
        "number",
        "observers",
        "ops",
        "placed",
        "unknown",
        "upcoming",
    )

    def __init__(
        self,
        number: int,
        first: int,
        placed: int,
        found: list[int],
        end: float,
        observers: list[int],
        unknown: int,
    ) -> None:
        self.number, self.first, self.placed = number, first, placed
        self.found, self.end, self.observers, self.unknown = found, end, observers, unknown
        self.ops: list[int] | None = None  # see `Windows.candidates`
        self.upcoming: Upcoming | None = None


class Upcoming(NamedTuple):
    """The next observer and those that may come before its ``end``; the open operations begun by then, as bits."""

    ops: Sequence[Op]
    end: float
    unknown: int


class Node:
    """A window in a state."""

    __slots__ = ("number", "state", "window")

    def __init__(self, window: Window, state: int, number: int) -> None:
        self.window, self.state, self.number = window, state, number


Edge = tuple[Node, tuple[int, ...]]  # a node, and the ids of the operations on the way to it


class Windows:
    """All windows of one search: ``must`` are the operations that happened, ``maybe`` those that may have."""

    def __init__(self, must: Sequence[Op], maybe: Sequence[Op], moves: Moves) -> None:
        self.must, self.moves = must, moves
        known = list(map(moves.known, must))
        self.tables: list[Table] = [table for _, table, _ in known]
        self.observes = [observes for observes, _, _ in known]
        self.begins = [op.invoked for op in must]
        self.ends: list[float] = [inf if op.returned is None else op.returned for op in must]
        self._maybe_begins = [op.invoked for op in maybe]
        self._next_observer = _next_true(self.observes)
        self._numbers = count()
        self._windows: dict[tuple[int, int], Window] = {}
        self._nodes: dict[tuple[int, int], Node] = {}  # by the numbers of window and state
        self._looked: dict[tuple[int, int], Edge] = {}
        # Kept by the number of a node and an operation that happened, an open one, or the bits of several.
        self.must_edges: dict[tuple[int, int], Edge | None] = {}
        self.maybe_edges: dict[tuple[int, int], Edge | None] = {}
        self.simpler: dict[tuple[int, int], Node | None] = {}

    def at(self, first: int, placed: int) -> Window:
        """Return the window of this set, which may begin with operations that are placed."""
        if placed & 1:
            ones = (~placed & (placed + 1)).bit_length() - 1
            first, placed = first + ones, placed >> ones
        window = self._windows.get((first, placed))
        if window is None:
            if len(self._windows) >= _MOST:
                self._forget()
            window = self._windows[first, placed] = self._new(first, placed)
        return window

    def _forget(self) -> None:
        self._windows.clear()
        self._nodes.clear()
        self._looked.clear()
        self.must_edges.clear()
        self.maybe_edges.clear()
        self.simpler.clear()

    def _new(self, first: int, placed: int) -> Window:
        begins, ends, observes, left = self.begins, self.ends, self.observes, ~placed
        found, observers, end = [], [], inf
        for i in range(first, len(begins)):
            if begins[i] > end:
                break
            if left & 1:
                found.append(i)
                if observes[i]:
                    observers.append(i)
                if ends[i] < end:
                    end = ends[i]
            left >>= 1
        unknown = self._open_by(end) if self._maybe_begins else 0
        return Window(next(self._numbers), first, placed, found, end, observers, unknown)

    def _open_by(self, end: float) -> int:
        """Return the open operations that began by ``end``, as bits."""
        return (1 << bisect_right(self._maybe_begins, end)) - 1

    def candidates(self, window: Window) -> list[int]:
        """Return the operations that may come next, in the order of their ends; of equal ones the first to end."""
        if len(window.found) == 1:
            return window.found
        if window.ops is None:
            earliest: dict[int, int] = {}
            for i in sorted(window.found, key=self.ends.__getitem__):
                earliest.setdefault(id(self.tables[i]), i)
            window.ops = list(earliest.values())
        return window.ops

    def node(self, window: Window, state: int) -> Node:
        """Return the node of this window in this state."""
        key = (window.number, state)
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = Node(window, state, next(self._numbers))
        return node

    def look(self, window: Window, state: int) -> Edge:
        """Take every observer that is legal now, and those that are legal then; return where that leads."""
        if not window.observers:
            return self.node(window, state), ()
        key = (window.number, state)
        edge = self._looked.get(key)
        if edge is None:
            edge = self._looked[key] = self._look(window, state)
        return edge

    def _look(self, window: Window, state: int) -> Edge:
        passed: list[int] = []
        tables, must = self.tables, self.must
        while window.observers:
            first, placed = window.first, window.placed
            for i in window.observers:
                after = tables[i].get(state)  # the call is left out where the answer is known
                if (self.moves.after(tables[i], must[i], state) if after is None else after) >= 0:
                    placed |= 1 << (i - first)
                    passed.append(must[i].id)
            if placed == window.placed:
                break
            window = self.at(first, placed)
        return self.node(window, state), tuple(passed)

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
        return Upcoming(ops, end, self._open_by(end))


def _next_true(flags: Sequence[bool]) -> list[int]:
    """For each index and for the end, the next index at which the flag is set (the length if there is none)."""
    following = [len(flags)] * (len(flags) + 2)
    for i in reversed(range(len(flags))):
        following[i] = i if flags[i] else following[i + 1]
    return following
