"""Linearizability by search, with what makes it fast; `linearize` is the same without, and easier to read.

Each reduction keeps the answer:

- A read that told nothing is left out. An operation of unknown outcome need not be placed; it is tried only where it
  changes the state, and of equal ones only the oldest.
- A read (or any other observer) that is legal now is placed at once and never reconsidered: it changes nothing, so
  whatever was possible without it is possible after it.
- Of equal operations that happened, the one that ends first is placed first: exchanging the two changes nothing.
- What ends first is tried first, since it has to come soon.
- A state in which the next read cannot become legal any more is given up, and one that nobody can read before it is
  replaced is like any other such (`Specification.foreseen`).
- Where operations commute or hide each other, one of unknown outcome can be put off until an observer needs it: it is
  tried only in the batches that make an observer legal (`Specification.postpones`, `Specification.bridges`).
- Branches are made when their turn comes, so memory grows with the number of states and not with that of branches.
- States are numbered; transitions are kept by operation and state. A configuration (`_Branch`) consists of small
  numbers, however long the history.

Sources: Lowe 2017 (the configurations); Horn and Kroening, "Faster linearizability checking via P-compositionality",
FORTE 2015 (keys alone); Gibbons and Korach, "Testing shared memories", SIAM J. Comput. 26(4), 1997.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from math import inf
from typing import Any, NamedTuple

from dscourse.checkers.parts import SearchResult, unrolled
from dscourse.checkers.specification import ILLEGAL, Specification, States, trusted
from dscourse.history import Op

__all__ = ["FastSearch"]

_MANY = 32  # operations that may come next: to look at more takes as long as several states

_Key = tuple[int, int, int, int]


class _Branch(NamedTuple):
    """A configuration and how it was reached.

    ``first`` is the index of the first operation not placed; ``placed`` has those placed after it, and ``used``
    those of unknown outcome that were used, as bits; ``state`` is the state's number. ``path`` has the ids of the
    operations placed, the last one first: (id, path before it), or None.
    """

    first: int
    placed: int
    used: int
    state: int
    path: Any


class FastSearch:
    """The search for one part of a history, which can be continued: `run` goes on where it stopped."""

    def __init__(self, ops: Sequence[Op], spec: Specification) -> None:
        self.spec = spec
        self.states = States(spec)
        self.foreseen, self.bridges = trusted(spec, "foreseen"), trusted(spec, "bridges")
        observes, alike = trusted(spec, "observes"), trusted(spec, "alike")
        self.must = [op for op in ops if op.status == "ok"]
        self.maybe = [op for op in ops if op.status != "ok" and not observes(op)]
        self.begins = [op.invoked for op in self.must]
        self.ends = [op.end for op in self.must]
        self.observes = [observes(op) for op in self.must]
        self.next_observer = _next_true(self.observes)
        tables: dict[object, dict[int, int]] = {}
        self.moves = [tables.setdefault(alike(op), {}) for op in self.must]
        self.maybe_moves = [tables.setdefault(alike(op), {}) for op in self.maybe]
        self.older = _previous_equal(self.maybe_moves)
        self.later = self._bridged if trusted(spec, "postpones")(ops) else self._may_come
        self.tried: set[_Key] = set()
        self.furthest = -inf
        self.effort = 0  # what it took to look at the states, in units of a small one
        self.stack: list[Iterator[_Branch]] = [iter([_Branch(0, 0, 0, 0, None)])]

    @property
    def spent(self) -> int:
        """The part of the budget used: the states tried; those that take much memory or time count more."""
        return len(self.tried) + self.states.size + self.effort

    def run(self, budget: int) -> SearchResult:
        """Look at ``budget`` states more; neither an order nor an end in the answer: not finished."""
        limit = self.spent + budget
        while self.stack and self.spent < limit:
            following = next(self.stack[-1], None)
            if following is None:
                self.stack.pop()
                continue
            branch, window, end = self._look(following)
            self.effort += (len(window) + len(self.maybe)) // _MANY
            key = branch[:4]  # all but the path: it decides how the branch goes on
            if key in self.tried:
                continue
            self.tried.add(key)
            if not window:
                self.stack.clear()
                return SearchResult(unrolled(branch.path), None, len(self.tried))
            self.furthest = max(self.furthest, end)
            foreseen = self._foreseen(branch)
            if foreseen is not None:
                must = self._must_come(foreseen, window)
                self.stack.append(chain(must, self.later(foreseen, window, end)))
        stuck = None if self.stack else self.must[self.ends.index(self.furthest)]
        return SearchResult(None, stuck, len(self.tried))

    def _look(self, branch: _Branch) -> tuple[_Branch, list[int], float]:
        """Take every observer that is legal now; also what may come next, and the first end among it."""
        first, placed, used, state, path = branch
        observes = self.observes
        while True:
            window, end = self._window(first, placed)
            legal = [i for i in window if observes[i] and self._after(i, state) >= 0]
            if not legal:
                break
            for i in legal:
                placed |= 1 << (i - first)
                path = (self.must[i].id, path)
            first, placed = _shifted(first, placed)
        if path is not branch.path:
            branch = _Branch(first, placed, used, state, path)
        return branch, window, end

    def _window(self, first: int, placed: int) -> tuple[list[int], float]:
        """Return the operations that may come next in real-time order, and the first end among them."""
        begins, ends, left = self.begins, self.ends, ~placed
        window = []
        end = inf
        for i in range(first, len(begins)):
            if begins[i] > end:
                break
            if left & 1:
                window.append(i)
                if ends[i] < end:
                    end = ends[i]
            left >>= 1
        return window, end

    def _must_come(self, branch: _Branch, window: list[int]) -> Iterator[_Branch]:
        """Yield one more of the operations that happened; the first to end comes first."""
        earliest: dict[int, int] = {}  # of equal operations
        for i in sorted(window, key=self.ends.__getitem__):
            earliest.setdefault(id(self.moves[i]), i)
        first, placed, used, state, path = branch
        for i in earliest.values():
            after = self._after(i, state)
            if after >= 0:
                shifted = _shifted(first, placed | 1 << (i - first))
                yield _Branch(*shifted, used, after, (self.must[i].id, path))

    def _may_come(self, branch: _Branch, window: list[int], end: float) -> Iterator[_Branch]:
        """Yield one more of the operations of unknown outcome."""
        first, placed, used, state, path = branch
        for j in reversed(self._open(used, end)):
            older = self.older[j]
            if older is None or used >> older & 1:
                after = self._after_maybe(j, state)
                if after not in (-1, state):
                    yield _Branch(first, placed, used | 1 << j, after, (self.maybe[j].id, path))

    def _bridged(self, branch: _Branch, window: list[int], end: float) -> Iterator[_Branch]:
        """As many more of the operations of unknown outcome as it takes to make an observer legal."""
        unknown = self._open(branch.used, end)
        index = {self.maybe[j].id: j for j in unknown}
        for i in window if unknown else ():
            if self.observes[i]:
                ops = [self.maybe[j] for j in unknown]
                for batch in self.bridges(self.states.values[branch.state], self.must[i], ops):
                    yield self._with(branch, [index[op.id] for op in batch])

    def _with(self, branch: _Branch, batch: Sequence[int]) -> _Branch:
        """Return the branch after these operations of unknown outcome."""
        used, state, path = branch.used, branch.state, branch.path
        for j in batch:
            used, path = used | 1 << j, (self.maybe[j].id, path)
            state = self._after_maybe(j, state)
        return _Branch(branch.first, branch.placed, used, state, path)

    def _open(self, used: int, end: float) -> list[int]:
        """Return the operations of unknown outcome that are not used, and began by ``end``."""
        found = []
        for j, op in enumerate(self.maybe):
            if op.invoked > end:
                break
            if not used >> j & 1:
                found.append(j)
        return found

    def _foreseen(self, branch: _Branch) -> _Branch | None:
        """Return the branch, its state simplified where possible; None if it leads nowhere or was tried before."""
        first, placed, used, state, path = branch
        i = self.next_observer[first]
        while i < len(self.must) and placed >> (i - first) & 1:
            i = self.next_observer[i + 1]
        if i == len(self.must):
            return branch
        seen = self._observers(i, branch)
        value = self.states.values[state]
        simpler = self.foreseen(value, seen, lambda: self._left(self.ends[i], branch))
        if simpler is value:
            return branch
        number = -1 if simpler is ILLEGAL else self.states.number(simpler)
        if number < 0 or (first, placed, used, number) in self.tried:
            return None
        self.tried.add((first, placed, used, number))
        return _Branch(first, placed, used, number, path)

    def _observers(self, i: int, branch: _Branch) -> list[Op]:
        """Observer ``i``, and those left that may come before its end."""
        first, placed = branch.first, branch.placed
        seen = [self.must[i]]
        j = self.next_observer[i + 1]
        while j < len(self.must) and self.begins[j] <= self.ends[i]:
            if not placed >> (j - first) & 1:
                seen.append(self.must[j])
            j = self.next_observer[j + 1]
        return seen

    def _left(self, end: float, branch: _Branch) -> Iterator[Op]:
        """Yield the remaining operations, except observers, that may come before one that ends at ``end``."""
        first, placed, used = branch.first, branch.placed, branch.used
        for k in range(first, len(self.must)):
            if self.begins[k] > end:
                break
            if not self.observes[k] and not placed >> (k - first) & 1:
                yield self.must[k]
        for j, op in enumerate(self.maybe):
            if op.invoked > end:
                break
            if not used >> j & 1:
                yield op

    def _after(self, i: int, state: int) -> int:
        after = self.moves[i].get(state)
        return self._moved(self.moves[i], self.must[i], state) if after is None else after

    def _after_maybe(self, j: int, state: int) -> int:
        after = self.maybe_moves[j].get(state)
        return self._moved(self.maybe_moves[j], self.maybe[j], state) if after is None else after

    def _moved(self, moves: dict[int, int], op: Op, state: int) -> int:
        """Return the state after ``op``, kept in ``moves``."""
        after = moves[state] = self.states.after(state, op)
        return after


def _shifted(first: int, placed: int) -> tuple[int, int]:
    """Return the same set of operations placed, seen from the first that is not."""
    ones = (~placed & (placed + 1)).bit_length() - 1
    return first + ones, placed >> ones


def _next_true(flags: Sequence[bool]) -> list[int]:
    """For each index and for the end, the next index at which the flag is set (the length if there is none)."""
    following = [len(flags)] * (len(flags) + 2)
    for i in reversed(range(len(flags))):
        following[i] = i if flags[i] else following[i + 1]
    return following


def _previous_equal(tables: Sequence[dict[int, int]]) -> list[int | None]:
    """For each operation the one before it that is equal: the two share a table."""
    last: dict[int, int] = {}
    previous = []
    for index, table in enumerate(tables):
        previous.append(last.get(id(table)))
        last[id(table)] = index
    return previous
