"""The steps of a group of nodes: deliveries, time-outs, operations and faults, each with the state after it.

What a step does to all but the messages in flight depends on nothing that is in flight but the message that it
delivers. So it is found once for each such combination and remembered; there are far fewer of them than states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from dscourse.core.schedule import (
    Crash,
    CrashDuringStep,
    Deliver,
    Drop,
    Duplicate,
    Fire,
    Invoke,
    Restart,
    Start,
    Step,
)
from dscourse.explore.bounds import Bounds
from dscourse.explore.in_flight import InFlight
from dscourse.explore.past import Past, first_numbers
from dscourse.explore.rests import Rests
from dscourse.explore.state import UNLIMITED, GlobalState, Rest
from dscourse.explore.tables import After, Event, Tables
from dscourse.node import Client, Invocation

__all__ = ["Transitions"]

React = Callable[[int, Event], list[After]]
Outcome = tuple[Step, Rest, tuple[int, ...]]
"""A step, the state after it without messages in flight, and the messages sent, by their bits."""


class Transitions:
    """The steps that the ``bounds`` allow. ``react`` gives the outcomes of an event in a local state.

    Clients carry out their ``operations`` one after the other, and do not crash.
    """

    def __init__(
        self,
        tables: Tables,
        rests: Rests,
        in_flight: InFlight,
        operations: Mapping[str, Sequence[tuple[Any, ...]]],
        bounds: Bounds,
        past: Past | None,
        react: React,
    ) -> None:
        self.tables, self.rests, self.in_flight = tables, rests, in_flight
        self.operations, self.past = operations, past
        self.names = list(tables.born)
        self.at = {name: index for index, name in enumerate(self.names)}
        self.servers = [
            n for n, node in enumerate(tables.born.values()) if not isinstance(node, Client)
        ]
        self.synchronous = bounds.synchronous
        self.first_op = first_numbers(operations)
        self._react = react
        self._to = [0] * len(self.names)  # the messages to each node, as bits, of those met so far
        self._known_messages = 0
        self._arrivals: dict[Rest, dict[int, list[Outcome]]] = {}  # for each message by its bit
        self._timers: dict[Rest, list[Outcome]] = {}
        self._others: dict[Rest, list[Outcome]] = {}

    def from_state(self, state: GlobalState) -> Iterator[tuple[Step, GlobalState]]:
        """Yield every step that may come next. All nodes start first, in any order."""
        rest, network = state
        if not rest.started:
            yield from self._taken(self._starts(rest), network)
            return
        arrivals = self._arrivals.setdefault(rest, {})
        for message in self.in_flight.distinct(network):
            outcomes = arrivals.get(message)
            if outcomes is None:
                outcomes = arrivals[message] = list(self._arrival(rest, message))
            yield from self._taken(outcomes, self.in_flight.without(network, message))
        yield from self._network_faults(state)
        if not (self.synchronous and self._awaited(state)):
            yield from self._taken(_once(self._timers, rest, self._firings), network)
        yield from self._taken(_once(self._others, rest, self._operations_and_crashes), network)

    def _taken(
        self, outcomes: Iterable[Outcome], network: int
    ) -> Iterator[tuple[Step, GlobalState]]:
        """Yield each outcome as a step and the state after it, with these messages in flight and those sent.

        Without the messages to nodes that are down for good: they cannot matter any more.
        """
        for step, rest, sent in outcomes:
            after = self.in_flight.plus(network, sent) if sent else network
            for at in rest.gone:
                after &= ~self._messages_to(at)
            yield step, GlobalState(rest, after)

    def _happens(self, rest: Rest, at: int, step: Any, event: Event) -> Iterator[Outcome]:
        """Yield the event at a node, whole; and cut short by a crash, if there may be one."""
        budgets = rest.budgets
        for after in self._react(rest.nodes[at], event):
            sent = tuple([self.in_flight.bit(number) for number in after.sent])
            if after.cut is None:
                yield step, self.rests.moved(rest, at, after.local, budgets), sent
            elif budgets.crashes and at in self.servers:
                fewer = budgets._replace(crashes=budgets.crashes - 1)
                moved = self.rests.moved(rest, at, after.local, fewer)
                yield CrashDuringStep(step, after.cut), moved, sent

    def _starts(self, rest: Rest) -> Iterator[Outcome]:
        for at, name in enumerate(self.names):
            if rest.nodes[at] == at:  # the number of its initial local state is its own
                yield from self._happens(rest, at, Start(name), None)

    def _arrival(self, rest: Rest, bit: int) -> Iterator[Outcome]:
        """Yield the arrival of a message; at a node that is down it is lost."""
        number = self.in_flight.number(bit)
        sender, to, message = self.tables.messages[number]
        if self._is_up(rest, self.at[to]):
            yield from self._happens(rest, self.at[to], Deliver(sender, to, message), number)
        else:
            yield Deliver(sender, to, message), rest, ()

    def _network_faults(self, state: GlobalState) -> Iterator[tuple[Step, GlobalState]]:
        """Yield each drop and duplication of a message that the budgets allow."""
        (nodes, budgets, history), network = state.rest.key, state.network
        if not budgets.drops and not budgets.duplicates:
            return
        for bit in self.in_flight.distinct(network):
            envelope = self.tables.messages[self.in_flight.number(bit)]
            if budgets.drops:
                fewer = budgets._replace(drops=budgets.drops - 1)
                left = self.in_flight.without(network, bit)
                yield Drop(*envelope), GlobalState(self.rests.of(nodes, fewer, history), left)
            if budgets.duplicates:
                fewer = budgets._replace(duplicates=budgets.duplicates - 1)
                more = self.in_flight.plus(network, (bit,))
                yield Duplicate(*envelope), GlobalState(self.rests.of(nodes, fewer, history), more)

    def _firings(self, rest: Rest) -> Iterator[Outcome]:
        """Yield each firing of a pending timer that the budget allows."""
        nodes, budgets, history = rest.key
        if not budgets.timeouts:
            return
        if budgets.timeouts != UNLIMITED:
            rest = self.rests.of(nodes, budgets._replace(timeouts=budgets.timeouts - 1), history)
        for at, number in enumerate(nodes):
            for timer in self.tables.local_states[number].timers:
                yield from self._happens(rest, at, Fire(self.names[at], timer), timer)

    def _operations_and_crashes(self, rest: Rest) -> Iterator[Outcome]:
        yield from self._operations(rest)
        yield from self._crashes(rest)

    def _operations(self, rest: Rest) -> Iterator[Outcome]:
        """Yield the next operation of each client that is free."""
        for name, todo in self.operations.items():
            local = self.tables.local_states[rest.nodes[self.at[name]]]
            if local.node is not None and local.busy is None and local.done < len(todo):
                number = self.first_op[name] + local.done
                op = Invocation(number, *todo[local.done])
                begun = self.rests.of(rest.nodes, rest.budgets, self._begun(rest, name))
                yield from self._happens(begun, self.at[name], Invoke(name, number), op)

    def _begun(self, rest: Rest, client: str) -> tuple[int, ...]:
        """Return the history once ``client`` has begun its next operation."""
        if self.past is None:
            return ()
        results = {
            name: self.tables.local_states[rest.nodes[self.at[name]]].results
            for name in self.operations
        }
        return self.past.begun(rest.history, client, results)

    def _crashes(self, rest: Rest) -> Iterator[Outcome]:
        """Yield each crash between two events, and each restart."""
        nodes, budgets, history = rest.key
        for at in self.servers:
            if budgets.crashes and self._is_up(rest, at):
                fewer = budgets._replace(crashes=budgets.crashes - 1)
                down = self.tables.crashed(nodes[at])
                yield Crash(self.names[at]), self.rests.moved(rest, at, down, fewer), ()
            if budgets.restarts and not self._is_up(rest, at):
                fewer = budgets._replace(restarts=budgets.restarts - 1)
                before = self.rests.of(nodes, fewer, history)
                yield from self._happens(before, at, Restart(self.names[at]), None)

    def _awaited(self, state: GlobalState) -> bool:
        """Return True if a message is in flight to a node that is up."""
        return any(
            state.network & self._messages_to(at)
            for at in range(len(self.names))
            if self._is_up(state.rest, at)
        )

    def _messages_to(self, at: int) -> int:
        """Return the messages to a node, as bits."""
        for number, bit in self.in_flight.new_bits(self._known_messages):
            self._to[self.at[self.tables.messages[number][1]]] |= bit
            self._known_messages += 1
        return self._to[at]

    def _is_up(self, rest: Rest, at: int) -> bool:
        return self.tables.local_states[rest.nodes[at]].node is not None


def _once(
    known: dict[Rest, list[Outcome]], rest: Rest, find: Callable[[Rest], Iterable[Outcome]]
) -> Iterator[Outcome]:
    """Yield what is ``known`` of the rest, or else what is found; remember it once all has been taken."""
    if rest in known:
        yield from known[rest]
        return
    found = []
    for outcome in find(rest):
        found.append(outcome)
        yield outcome
    known[rest] = found
