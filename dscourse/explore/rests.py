"""The table of global states without their messages in flight."""

from __future__ import annotations

from dscourse.explore.bounds import Bounds
from dscourse.explore.state import Budgets, Rest
from dscourse.explore.tables import Tables

__all__ = ["Rests"]


class Rests:
    """One object for each combination of local states, faults left and history that is met within these bounds."""

    def __init__(self, tables: Tables, bounds: Bounds) -> None:
        self._tables, self._crashes_allowed = tables, bounds.crashes > 0
        self._known: dict[tuple[object, ...], Rest] = {}

    def of(self, nodes: tuple[int, ...], budgets: Budgets, history: tuple[int, ...] = ()) -> Rest:
        """Return the object for this combination."""
        key = nodes, budgets, history
        rest = self._known.get(key)
        if rest is None:
            started = min(nodes) >= len(
                nodes
            )  # the numbers below are those of the initial local states
            gone = self._down(nodes) if started and not budgets.restarts else ()
            rest = self._known[key] = Rest(nodes, budgets, history, started=started, gone=gone)
        return rest

    def moved(self, rest: Rest, at: int, local: int, budgets: Budgets) -> Rest:
        """Return the same with another local state of one node, and these faults left."""
        nodes = (*rest.nodes[:at], local, *rest.nodes[at + 1 :])
        return self.of(nodes, budgets, rest.history)

    def _down(self, nodes: tuple[int, ...]) -> tuple[int, ...]:
        if not self._crashes_allowed:
            return ()
        local_states = self._tables.local_states
        return tuple(at for at, number in enumerate(nodes) if local_states[number].node is None)
