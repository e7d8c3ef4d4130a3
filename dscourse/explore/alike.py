"""Symmetry reduction: states that differ only by a permutation of nodes that are alike are counted once.

The first of them that is reached is expanded, and stands for the others. That is sound because what it rests on is
checked, not assumed: the group of nodes is the same after every permutation, and so is what each handler does, at
each state that is expanded (`NotAlikeError` otherwise). Properties are judged for every permutation of each state.

States that differ only by the order of dicts count as one too. Each handler is therefore tried with its dicts rotated
and reversed, and must not treat that order differently. Properties see one order only.

There is one exception. A node that sends to others one after the other, as in a broadcast, treats them by the order
of their names, or of a dict, and a crash may come in between. Such a crash is explored in every order that was tried.
What is refuted this way only counts if it is then found in the system itself, without any permutation.

Source: Ip and Dill, "Better verification through symmetry", Formal Methods in System Design 9, 1996.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from itertools import permutations

from dscourse.core.frozen import frozen, renamed, rotated
from dscourse.explore.in_flight import InFlight
from dscourse.explore.local_states import LocalState
from dscourse.explore.same_group import NotAlikeError
from dscourse.explore.state import GlobalState, Rest
from dscourse.explore.tables import After, Envelope, Event, Tables

__all__ = ["Alike"]


class _LocalForms(dict[int, int]):
    """For each local state the number of its form under one permutation, found when it is first asked for."""

    def __init__(self, alike: Alike, number: int) -> None:
        self.alike, self.number = alike, number

    def __missing__(self, local: int) -> int:
        renamed_state = self.alike.tables.local_states[self.alike.local_state(local, self.number)]
        self[local] = self.alike.local_number(renamed_state.key(ordered=False))
        return self[local]


class _MessageForms(_LocalForms):
    """The same for messages."""

    def __missing__(self, message: int) -> int:
        envelope = self.alike.tables.messages[self.alike.message(message, self.number)]
        self[message] = self.alike.message_number(frozen(envelope, ordered=False))
        return self[message]


class _NetworkForms(dict[int, int]):
    """The same for all messages in flight, as bits: many states have the same ones."""

    def __init__(self, alike: Alike, forms: _MessageForms) -> None:
        self.alike, self.forms = alike, forms

    def __missing__(self, network: int) -> int:
        bits = self.alike.forms_in_flight
        numbers = [self.forms[message] for message in self.alike.in_flight.numbers(network)]
        self[network] = form = bits.plus(0, map(bits.bit, numbers))
        return form


class Alike:
    """The permutations of the names of nodes that are ``alike``, and their effect on states.

    A permutation is known by its number; number 0 leaves all names as they are.
    """

    def __init__(self, tables: Tables, in_flight: InFlight, alike: Sequence[str]) -> None:
        self.tables, self.in_flight, self.names = tables, in_flight, list(tables.born)
        self.at = {name: index for index, name in enumerate(self.names)}
        self.renamings = [dict(zip(alike, order, strict=True)) for order in permutations(alike)]
        back = [{new: old for old, new in names.items()} for names in self.renamings]
        self._inverse = [self.renamings.index(names) for names in back]
        self._from = [[self.at[names.get(name, name)] for name in self.names] for names in back]
        self._local_states: dict[tuple[int, int], int] = {}
        self._messages: dict[tuple[int, int], int] = {}
        self._smallest_forms: dict[Rest, tuple[int, list[_NetworkForms]]] = {}
        self._rotated: dict[tuple[int, int], int] = {}
        self._local_forms = [_LocalForms(self, number) for number in range(len(self.renamings))]
        self._message_forms = [_MessageForms(self, number) for number in range(len(self.renamings))]
        self._network_forms = [_NetworkForms(self, forms) for forms in self._message_forms]
        self.forms_in_flight = InFlight()
        self._rest_forms: dict[Hashable, int] = {}
        self._local_numbers: dict[Hashable, int] = {}
        self._message_numbers: dict[Hashable, int] = {}
        self._reactions: dict[tuple[int, Event], list[After]] = {}

    # --- states ----------------------------------------------------------------------------------

    def form(self, state: GlobalState) -> tuple[int, int]:
        """Return the smallest of the state's forms under all permutations: equal for states that count as one.

        First comes the number of the form without its messages in flight, then these as bits.
        """
        rest, network = state
        number, forms = self._smallest_forms.get(rest) or self._smallest(rest)
        if len(forms) == 1:
            return number, forms[0][network]
        return number, min([form[network] for form in forms], key=self.forms_in_flight.numbers)

    def renamed(self, state: GlobalState, number: int) -> tuple[tuple[int, ...], int]:
        """Return the form of the state under one permutation: equal for states that are equal then."""
        messages = self._network_forms[number].__missing__
        return self._nodes(state.rest.nodes, number), messages(state.network)

    def _smallest(self, rest: Rest) -> tuple[int, list[_NetworkForms]]:
        """Return the number of the smallest form, and the messages' forms under the permutations that lead to it.

        Most often that is a single permutation. Many states differ in their messages alone, so this is kept.
        """
        forms = [self._nodes(rest.nodes, number) for number in range(len(self.renamings))]
        least = min(forms)
        key = least, rest.budgets, rest.history
        number = self._rest_forms.setdefault(key, len(self._rest_forms))
        networks = [self._network_forms[at] for at, form in enumerate(forms) if form == least]
        found = self._smallest_forms[rest] = number, networks
        return found

    def _nodes(self, nodes: tuple[int, ...], number: int) -> tuple[int, ...]:
        forms = self._local_forms[number]
        return tuple([forms[nodes[at]] for at in self._from[number]])

    def distinct(self, state: GlobalState) -> list[int]:
        """Return the permutations that lead to different states."""
        lowest = {
            self.renamed(state, number): number for number in range(len(self.renamings))[::-1]
        }
        return sorted(lowest.values())

    def local_states(self, state: GlobalState, number: int) -> list[LocalState]:
        """Return the local states in the renamed state, in the order of the nodes."""
        nodes = state.rest.nodes
        return [
            self.tables.local_states[self.local_state(nodes[at], number)]
            for at in self._from[number]
        ]

    def messages(self, state: GlobalState, number: int) -> list[Envelope]:
        """Return the messages in flight in the renamed state."""
        numbers = self.in_flight.numbers(state.network)
        return [self.tables.messages[self.message(one, number)] for one in numbers]

    def local_state(self, local: int, number: int) -> int:
        """Return the number of a local state after a permutation."""
        after = self._local_states.get((local, number))
        if after is None:
            change = partial(renamed, names=self.renamings[number])
            other = self.tables.local_states[local].rebuilt(change) if number else None
            after = local if other is None else self.tables.number(other)
            self._local_states[local, number] = after
        return after

    def message(self, message: int, number: int) -> int:
        """Return the number of a message after a permutation."""
        after = self._messages.get((message, number))
        if after is None:
            other = renamed(self.tables.messages[message], self.renamings[number])
            after = self._messages[message, number] = self.tables.message(other)
        return after

    def local_number(self, form: Hashable) -> int:
        """Return the number of a local state's form: equal ones have one, whatever they were renamed from."""
        return self._local_numbers.setdefault(form, len(self._local_numbers))

    def message_number(self, form: Hashable) -> int:
        """Return the same for the form of a message."""
        return self._message_numbers.setdefault(form, len(self._message_numbers))

    # --- what handlers do ------------------------------------------------------------------------

    def react(self, local: int, event: Event) -> list[After]:
        """Return the outcomes of the event, with crashes in every order of the alike nodes.

        NotAlikeError if a handler does something else once the nodes are renamed or dicts have another order.
        """
        outcomes = self._reactions.get((local, event))
        if outcomes is None:
            outcomes = self._reactions[local, event] = self._react(local, event)
        return outcomes

    def _react(self, local: int, event: Event) -> list[After]:
        own = list(self.tables.react(local, event))
        known = {self._after_form(after, 0) for after in own}
        for number, other in self._attempts(local, event):
            if self._after_form(own[0], number) != self._after_form(other[0], 0):
                raise NotAlikeError(self._difference(local, event, number))
            for after in other[1:]:
                back = self._inverse[number]
                if self._after_form(after, back) not in known:
                    known.add(self._after_form(after, back))
                    sent = tuple(self.message(one, back) for one in after.sent)
                    own.append(After(self.local_state(after.local, back), sent, after.cut))
        return own

    def _attempts(self, local: int, event: Event) -> Iterator[tuple[int, list[After]]]:
        """Yield the handler's outcomes under each permutation, by number, and with its dicts in other orders."""
        for number in range(1, len(self.renamings)):
            renamed_event = self._event(event, number)
            yield number, self.tables.react(self.local_state(local, number), renamed_event)
        for by in (-1, *range(1, len(self.renamings[0]))):
            again = self._rotated_local(local, by), self._rotated_event(event, by)
            if again != (local, event):
                yield 0, self.tables.react(*again)

    def _rotated_local(self, local: int, by: int) -> int:
        """Return the number of a local state with its dicts in another order."""
        after = self._rotated.get((local, by))
        if after is None:
            other = self.tables.local_states[local].rebuilt(partial(rotated, by=by))
            after = self._rotated[local, by] = self.tables.number(other)
        return after

    def _rotated_event(self, event: Event, by: int) -> Event:
        if not isinstance(event, int):
            return event
        return self.tables.message(rotated(self.tables.messages[event], by))

    def _after_form(self, after: After, number: int) -> Hashable:
        if self.tables.local_states[after.local].error:
            return "raises"
        sent = sorted(self._message_forms[number][message] for message in after.sent)
        return self._local_forms[number][after.local], tuple(sent), after.cut is None

    def _event(self, event: Event, number: int) -> Event:
        if isinstance(event, int):
            return self.message(event, number)
        return renamed(event, self.renamings[number]) if event is not None else None

    def _difference(self, local: int, event: Event, number: int) -> str:
        name = self.tables.local_states[local].name
        trigger = self.tables.messages[event][2] if isinstance(event, int) else event or "its start"
        names = self.renamings[number]
        swaps = ", ".join(f"{old} is called {new}" for old, new in names.items() if old != new)
        return (
            f"alike: at {trigger}, {name} does something else if {swaps or 'a dict has another order'}: "
            "these nodes are treated by their names or by an order; explore without alike"
        )
