"""A group of nodes as a model that can be explored."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any

from dscourse.core.frozen import renamed
from dscourse.core.properties import View
from dscourse.core.schedule import CrashDuringStep, Deliver, Fire, Invoke, Start, Step
from dscourse.explore.alike import Alike
from dscourse.explore.bounds import Bounds
from dscourse.explore.in_flight import InFlight
from dscourse.explore.local_states import LocalState
from dscourse.explore.past import Past
from dscourse.explore.rests import Rests
from dscourse.explore.state import GlobalState
from dscourse.explore.tables import Envelope, Tables
from dscourse.explore.transitions import React, Transitions
from dscourse.explore.unread import MessagesReadError, Unread
from dscourse.node import Node

__all__ = ["System"]


class System:
    """The model of these nodes; ``operations`` says what each client does, one operation after the other.

    While it ``hides_messages``, a property that reads the messages in flight ends the search by a MessagesReadError,
    and ``messages_read`` says so if the property has caught it.
    ``checks``: every handler is run twice. ``alike``: nodes whose permutations count as one. ``history``: keep it.
    Clients do not crash.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        operations: Mapping[str, Sequence[tuple[Any, ...]]],
        bounds: Bounds,
        *,
        checks: bool = False,
        alike: Sequence[str] = (),
        history: bool = False,
    ) -> None:
        self.hides_messages = self.messages_read = False
        self._met = 0  # messages in flight in the states that have been judged
        self.operations, self.budgets = operations, bounds.budgets()
        born = {node.id: node for node in nodes}
        self.tables = Tables(born, checks, cuts=bounds.crashes > 0)
        self.rests, self.in_flight = Rests(self.tables, bounds), InFlight(bounds.copies)
        self.past = Past(operations) if history else None
        self.alike = Alike(self.tables, self.in_flight, alike) if len(alike) > 1 else None
        self._unreduced = self._transitions(bounds, self.in_flight, self.tables.react)
        self.transitions = self._unreduced
        self._all_copies = (
            self._transitions(replace(bounds, copies=None), InFlight(), self.tables.react)
            if bounds.copies
            else None
        )
        if self.alike:
            self.transitions = self._transitions(bounds, self.in_flight, self.alike.react)

    def _transitions(self, bounds: Bounds, in_flight: InFlight, react: React) -> Transitions:
        return Transitions(
            self.tables, self.rests, in_flight, self.operations, bounds, self.past, react
        )

    def initial(self) -> Iterator[GlobalState]:
        """Yield the initial state: no node has started."""
        nodes = tuple(
            self.tables.number(LocalState(name, None, started=False)) for name in self.tables.born
        )
        history = self.past.initial() if self.past else ()
        yield GlobalState(self.rests.of(nodes, self.budgets, history), 0)

    def next(self, state: GlobalState) -> Iterator[tuple[Step, GlobalState]]:
        """Return every step that may come next, each with the state after it."""
        return self.transitions.from_state(state)

    def key(self, state: GlobalState) -> Hashable:
        """Equal for states that differ only in the names of nodes that are alike."""
        return self.alike.form(state) if self.alike else state

    def views(self, state: GlobalState) -> Iterator[tuple[int, View]]:
        """Yield the state as properties see it, under each permutation of alike nodes, with its number."""
        if self.alike is None:
            local = [self.tables.local_states[number] for number in state.rest.nodes]
            yield 0, self._view(state, local, partial(self._messages, state))
            return
        for number in self.alike.distinct(state):
            local = self.alike.local_states(state, number)
            yield number, self._view(state, local, partial(self.alike.messages, state, number))

    def _messages(self, state: GlobalState) -> list[Envelope]:
        return [self.tables.messages[number] for number in self.in_flight.numbers(state.network)]

    def split(self, state: GlobalState) -> tuple[Hashable, int]:
        """Return the state without its messages in flight, and those as bits.

        MessagesReadError if a property has read messages and caught the error.
        """
        if self.messages_read:
            raise MessagesReadError
        return self.alike.form(state) if self.alike else state

    def seen(self, state: GlobalState) -> Hashable:
        """Return what properties can see of a state while it hides the messages, under every permutation.

        None in a state with a message that no earlier one had: under permutations, messages are numbered in the
        order in which they are met, and steps are taken in the order of these numbers.
        """
        if state.network & ~self._met:
            self._met |= state.network
            return None
        return state.rest.nodes, state.rest.history

    def _view(
        self,
        state: GlobalState,
        nodes: Sequence[LocalState],
        messages: Callable[[], Sequence[Envelope]],
    ) -> View:
        results = {local.name: local.results for local in nodes if local.name in self.operations}
        return (Unread if self.hides_messages else View)(
            {local.name: local.node for local in nodes if local.node is not None},
            {local.name: local.log for local in nodes},
            results,
            partial(self._look_up, messages) if self.hides_messages else messages(),  # type: ignore[arg-type]
            [local.error for local in nodes if local.error],
            self.past.history(state.rest.history, results) if self.past else None,
        )

    def _look_up(self, messages: Callable[[], Sequence[Envelope]]) -> Sequence[Envelope]:
        if self.hides_messages:
            self.messages_read = True
            raise MessagesReadError
        return messages()

    def certain(self, step: object) -> bool:
        """Return True if the step can be taken under every permutation of alike nodes."""
        return self.alike is None or not isinstance(step, CrashDuringStep)

    def fair(self, step: object) -> bool:
        """Return True for every step but faults: none that stays possible is put off for ever."""
        return isinstance(step, Start | Deliver | Fire | Invoke)

    def bounded(self, state: GlobalState) -> bool:
        """Return True if a timer is pending and the time-outs within the bounds are used up."""
        return not state.rest.budgets.timeouts and any(
            self.tables.local_states[number].timers for number in state.rest.nodes
        )

    def endures(self, steps: Sequence[Step], cycle: Sequence[Step]) -> bool:
        """Return True if the run is weakly fair with every copy of a message kept, too.

        A copy that the bounds leave out is delivered in the end, unless equal ones are delivered for ever.
        """
        if self._all_copies is None:
            return True
        possible = dict(self._all_copies.from_state(next(self.initial())))
        for step in steps:
            if step not in possible:  # a timer that waits for a further copy
                return False
            possible = dict(self._all_copies.from_state(possible[step]))
        waiting = {step for step in possible if self.fair(step)}
        for step in cycle:
            if step not in possible:
                return False
            possible = dict(self._all_copies.from_state(possible[step]))
            waiting &= possible.keys()
        return waiting <= set(cycle)

    def real(
        self, path: Sequence[tuple[Step, GlobalState]], number: int
    ) -> tuple[Step, ...] | None:
        """Return the steps of ``path`` under a permutation of alike nodes; None if the system cannot take them."""
        if self.alike is None:
            return tuple(step for step, _ in path)
        steps = tuple(renamed(step, self.alike.renamings[number]) for step, _ in path)
        forms = [self.alike.renamed(state, number) for _, state in path]
        unreduced = copy(self)
        unreduced.transitions = self._unreduced
        here: GlobalState | None = next(iter(unreduced.initial()))
        for step, form in zip(steps, forms, strict=True):
            assert here is not None
            successors = (
                after
                for own, after in unreduced.next(here)
                if own == step and self.alike.renamed(after, 0) == form
            )
            here = next(successors, None)
            if here is None:
                return None
        return steps
