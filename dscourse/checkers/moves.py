"""The transitions of a specification, kept for all searches on the same operations."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.checkers.specification import Specification, States, trusted
from dscourse.history import Op

__all__ = ["Moves", "Table", "previous_equal"]

Table = dict[
    int, int
]  # for an operation the number of the state after it, by that before it; -1 if it is illegal


class Moves:
    """States by number, and a table of transitions for each distinct operation.

    Equal operations share one table, so that each step of the specification is computed once, however often a search
    comes by, and however many searches share these moves.
    """

    def __init__(self, spec: Specification) -> None:
        self.spec = spec
        self.states = States(spec)
        self._alike, self._observes = trusted(spec, "alike"), trusted(spec, "observes")
        self._tables: dict[object, Table] = {}
        self._known: dict[int, tuple[bool, Table, Op]] = {}  # by the object, which is kept alive

    def known(self, op: Op) -> tuple[bool, Table, Op]:
        """Return whether the operation observes, its transitions that are known, and the operation."""
        entry = self._known.get(id(op))
        if entry is None:
            table = self._tables.setdefault(self._alike(op), {})
            entry = self._known[id(op)] = (self._observes(op), table, op)
        return entry

    def after(self, table: Table, op: Op, state: int) -> int:
        """Return the state after ``op``, whose table this is; -1 if it is illegal."""
        after = table.get(state)
        if after is None:
            after = table[state] = self.states.after(state, op)
        return after


def previous_equal(tables: Sequence[Table]) -> list[int | None]:
    """For each operation the one before it that is equal: the two share a table."""
    last: dict[int, int] = {}
    previous = []
    for index, table in enumerate(tables):
        previous.append(last.get(id(table)))
        last[id(table)] = index
    return previous
