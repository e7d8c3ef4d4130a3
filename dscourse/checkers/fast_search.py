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
- An open operation is tried only if one that may come next has another effect then; and where a search has been with
  fewer open operations used, it has nothing to find with more.
- States are numbered; transitions are kept by operation and state (`moves`). What may come next is kept by the set of
  operations placed, and where it leads by that set and the state (`windows`): a search that comes by again, with
  other open operations used, follows links.

Sources: Lowe 2017 (the configurations); Horn and Kroening, "Faster linearizability checking via P-compositionality",
FORTE 2015 (keys alone); Gibbons and Korach, "Testing shared memories", SIAM J. Comput. 26(4), 1997.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import Any

from dscourse.checkers.moves import Moves, previous_equal
from dscourse.checkers.parts import SearchResult, unrolled_groups
from dscourse.checkers.specification import ILLEGAL, Specification, trusted
from dscourse.checkers.windows import Edge, Node, Window, Windows
from dscourse.history import Op

__all__ = ["FastSearch"]

_MANY = 32  # operations that may come next: to look at more takes as long as several states

# A configuration and how it was reached: its node, the open operations used, as bits, and the ids of all operations
# on the path, in groups, the last group first: (ids, path before them), or None.
_Branch = tuple[Node, int, Any]


class FastSearch:
    """The search for one part of a history, which can be continued: `run` goes on where it stopped.

    ``moves`` are those of searches before, on the same operations.
    """

    def __init__(self, ops: Sequence[Op], spec: Specification, moves: Moves | None = None) -> None:
        self.moves = moves = moves or Moves(spec)
        self.states = moves.states
        self.foreseen, self.bridges = trusted(spec, "foreseen"), trusted(spec, "bridges")
        self.must = [op for op in ops if op.status == "ok"]
        known = [moves.known(op) for op in ops if op.status != "ok"]
        self.maybe = [op for observes, _, op in known if not observes]
        self.maybe_tables = [table for observes, table, _ in known if not observes]
        self.older = previous_equal(self.maybe_tables)
        self.windows = Windows(self.must, self.maybe, moves)
        self.postpones = trusted(spec, "postpones")(ops)
        self.tried = 0  # states
        # By the operations placed and the state: the open operations used where a search has been, as bits.
        self._used: dict[tuple[int, int, int], tuple[int, ...]] = {}
        self.furthest = -inf
        self.effort = 0  # what it took to look at the states, in units of a small one
        self.stack: list[Iterator[_Branch]] = [self._beginning()]

    @property
    def spent(self) -> int:
        """The part of the budget used: the states tried; those that take much memory or time count more."""
        return self.tried + self.states.size + self.effort

    def run(self, budget: int) -> SearchResult:
        """Look at ``budget`` states more; neither an order nor an end in the answer: not finished."""
        limit = self.spent + budget
        stack, states, many = self.stack, self.states, len(self.maybe)
        while stack and self.tried + states.size + self.effort < limit:
            following = next(stack[-1], None)
            if following is None:
                stack.pop()
                continue
            node, used, path = following
            window = node.window
            self.effort += (len(window.found) + many) // _MANY
            if self._repeats(node, used):
                continue
            if not window.found:
                stack.clear()
                return SearchResult(unrolled_groups(path), None, self.tried)
            if window.end > self.furthest:
                self.furthest = window.end
            foreseen = self._foreseen(node, used)
            if foreseen is not None:
                stack.append(self._following(foreseen, used, path))
        stuck = None if stack else self.must[self.windows.ends.index(self.furthest)]
        return SearchResult(None, stuck, self.tried)

    def _repeats(self, node: Node, used: int) -> bool:
        """Return True if the node was tried before with these open operations used, or with fewer; else note it."""
        key = (node.window.first, node.window.placed, node.state)
        before = self._used.get(key)
        if before is None:
            self._used[key] = (used,)
        elif any(one & used == one for one in before):
            return True
        else:
            self._used[key] = (*before, used)
        self.tried += 1
        return False

    def _beginning(self) -> Iterator[_Branch]:
        node, passed = self.windows.look(self.windows.at(0, 0), 0)
        yield node, 0, (passed, None)

    def _following(self, node: Node, used: int, path: Any) -> Iterator[_Branch]:
        """Yield one more of the operations that happened, the first to end first; then some of unknown outcome."""
        find = (
            self._known_edge if self.maybe else self._edge
        )  # without open ones a node is left once
        for i in self.windows.candidates(node.window):
            edge = find(node, i)
            if edge is not None:
                yield edge[0], used, (edge[1], path)
        unknown = node.window.unknown & ~used
        if unknown:
            yield from (self._bridged if self.postpones else self._may_come)(
                node, used, unknown, path
            )

    def _known_edge(self, node: Node, i: int) -> Edge | None:
        """Return the answer of `_edge`, which is kept."""
        known, key = self.windows.must_edges, (node.number, i)
        return known[key] if key in known else known.setdefault(key, self._edge(node, i))

    def _edge(self, node: Node, i: int) -> Edge | None:
        """Return where operation ``i`` and the observers after it lead; None if it is illegal."""
        windows, window, op = self.windows, node.window, self.must[i]
        after = windows.tables[i].get(node.state)
        if after is None:
            after = self.moves.after(windows.tables[i], op, node.state)
        if after < 0:
            return None
        following = windows.at(window.first, window.placed | 1 << (i - window.first))
        reached, passed = windows.look(following, after)
        return reached, (op.id, *passed)

    def _may_come(self, node: Node, used: int, left: int, path: Any) -> Iterator[_Branch]:
        """Yield one more of the operations of unknown outcome that are ``left``."""
        known, number = self.windows.maybe_edges, node.number
        while left:
            j = left.bit_length() - 1  # the last to begin comes first
            left ^= 1 << j
            older = self.older[j]
            if older is None or used >> older & 1:
                key = (number, j)
                edge = (
                    known[key] if key in known else known.setdefault(key, self._may_edge(node, j))
                )
                if edge is not None:
                    yield edge[0], used | 1 << j, (edge[1], path)

    def _may_edge(self, node: Node, j: int) -> Edge | None:
        """Return where an operation of unknown outcome leads; None if it is illegal, or makes no difference."""
        after = self.moves.after(self.maybe_tables[j], self.maybe[j], node.state)
        if after in (-1, node.state):
            return None
        edge = self._seen_after((j,), node.window, after)
        return edge if edge[0].window is not node.window or self._matters(node, after) else None

    def _matters(self, node: Node, instead: int) -> bool:
        """Return True if some operation that may come next has another effect in the state ``instead``."""
        move, windows, state = self.moves.after, self.windows, node.state
        for i in windows.candidates(node.window):
            after = move(windows.tables[i], self.must[i], instead)
            if after >= 0 and after != move(windows.tables[i], self.must[i], state):
                return True
        for j, table in enumerate(self.maybe_tables):
            if self.older[j] is None and node.window.unknown >> j & 1:
                after = move(table, self.maybe[j], instead)
                if after != instead and after != move(table, self.maybe[j], state):
                    return True
        return False

    def _seen_after(self, batch: Sequence[int], window: Window, state: int) -> Edge:
        """Return where operations of unknown outcome and the observers after them lead."""
        reached, passed = self.windows.look(window, state)
        return reached, (*(self.maybe[j].id for j in batch), *passed)

    def _bridged(self, node: Node, used: int, left: int, path: Any) -> Iterator[_Branch]:
        """As many more of the operations of unknown outcome that are ``left`` as make an observer legal."""
        unknown = [j for j in range(left.bit_length()) if left >> j & 1]
        index = {self.maybe[j].id: j for j in unknown}
        ops = [self.maybe[j] for j in unknown]
        for i in node.window.observers:
            for batch in self.bridges(self.states.values[node.state], self.must[i], ops):
                chosen = [index[op.id] for op in batch]
                edge = self._after_batch(node, chosen)
                yield edge[0], used | sum(1 << j for j in chosen), (edge[1], path)

    def _after_batch(self, node: Node, batch: Sequence[int]) -> Edge:
        state = node.state
        for j in batch:
            state = self.moves.after(self.maybe_tables[j], self.maybe[j], state)
        return self._seen_after(batch, node.window, state)

    def _foreseen(self, node: Node, used: int) -> Node | None:
        """Return the node, in a simpler state where possible; None if it leads nowhere or was tried before."""
        upcoming = node.window.upcoming or self.windows.upcoming(node.window)
        if not upcoming.ops:
            return node
        by_then = used & upcoming.unknown
        simpler = self._known_simpler(node, by_then) if self.maybe else self._simplified(node, 0)
        if simpler is node or simpler is None:
            return simpler
        return None if self._repeats(simpler, used) else simpler

    def _known_simpler(self, node: Node, used: int) -> Node | None:
        """Return the answer of `_simplified`, which is kept."""
        key = (node.number, used)
        known = self.windows.simpler
        return known[key] if key in known else known.setdefault(key, self._simplified(node, used))

    def _simplified(self, node: Node, used: int) -> Node | None:
        """Return the node in the state that the specification foresees; None if that is illegal."""
        window, value = node.window, self.states.values[node.state]
        upcoming = self.windows.upcoming(window)
        simpler = self.foreseen(value, upcoming.ops, lambda: self._left(window, upcoming.end, used))
        if simpler is value:
            return node
        return (
            None if simpler is ILLEGAL else self.windows.node(window, self.states.number(simpler))
        )

    def _left(self, window: Window, end: float, used: int) -> Iterator[Op]:
        """Yield the remaining operations, except observers, that may come before one that ends at ``end``."""
        begins, observes, first = self.windows.begins, self.windows.observes, window.first
        for k in range(first, len(begins)):
            if begins[k] > end:
                break
            if not observes[k] and not window.placed >> (k - first) & 1:
                yield self.must[k]
        for j, op in enumerate(self.maybe):
            if op.invoked > end:
                break
            if not used >> j & 1:
                yield op
