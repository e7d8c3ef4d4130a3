"""Nodes that are alike: two states that differ only in who is who count as one.

The state that is looked at is the one that was reached first. What it leads to stands for what the others lead to,
as long as no node treats one of the alike nodes in another way than the next: by the order in which it sends to
them, for instance, if it may crash in between.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import permutations
from typing import TYPE_CHECKING

from dscourse.explore.frozen import frozen, renamed
from dscourse.explore.places import Tables

if TYPE_CHECKING:
    from dscourse.explore.system import State

__all__ = ["Alike"]


class Alike:
    """All ways to exchange the names of the nodes that are ``alike``, and what they make of states."""

    def __init__(self, tables: Tables, names: Sequence[str], alike: Sequence[str]) -> None:
        unknown = sorted(set(alike) - set(names))
        if unknown:
            raise LookupError(
                f"alike: no node is called {unknown[0]!r}: the nodes are {', '.join(names)}"
            )
        self.tables, self.names = tables, names
        self.at = {name: place for place, name in enumerate(names)}
        self.renamings = [dict(zip(alike, order, strict=True)) for order in permutations(alike)]
        self._forms: dict[tuple[int, int, int], int] = {}
        self._numbers: dict[Hashable, int] = {}

    def form(self, state: State) -> Hashable:
        """The smallest of the state's forms under all renamings; states that differ only in names have the same."""
        forms = (self._renamed(state, renaming) for renaming in range(len(self.renamings)))
        return min(forms), state.started, state.budgets

    def _renamed(self, state: State, renaming: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        names = self.renamings[renaming]
        places = [0] * len(self.names)
        for at, number in enumerate(state.places):
            places[self.at[names.get(self.names[at], self.names[at])]] = self._place(
                number, renaming, names
            )
        network = sorted(self._message(number, renaming, names) for number in state.network)
        return tuple(places), tuple(network)

    def _place(self, number: int, renaming: int, names: Mapping[str, str]) -> int:
        return self._number((0, number, renaming), lambda: self.tables.places[number].key(names))

    def _message(self, number: int, renaming: int, names: Mapping[str, str]) -> int:
        return self._number(
            (1, number, renaming), lambda: frozen(renamed(self.tables.messages[number], names))
        )

    def _number(self, which: tuple[int, int, int], form: Callable[[], Hashable]) -> int:
        """The number of a renamed place or message: equal ones have one, whatever they were renamed from."""
        number = self._forms.get(which)
        if number is None:
            number = self._forms[which] = self._numbers.setdefault(form(), len(self._numbers))
        return number
