"""The steps of a group of nodes: deliveries, time-outs, operations and faults, each with the state after it."""

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
from dscourse.explore.past import Past, first_numbers
from dscourse.explore.state import UNLIMITED, GlobalState
from dscourse.explore.tables import After, Event, Tables
from dscourse.node import Client, Invocation

__all__ = ["Transitions"]

React = Callable[[int, Event], list[After]]


class Transitions:
    """The steps that the ``bounds`` allow. ``react`` gives the outcomes of an event in a local state.

    Clients carry out their ``operations`` one after the other, and do not crash.
    """

    def __init__(
        self,
        tables: Tables,
        operations: Mapping[str, Sequence[tuple[Any, ...]]],
        bounds: Bounds,
        past: Past | None,
        react: React,
    ) -> None:
        self.tables, self.operations, self.past = tables, operations, past
        self.names = list(tables.born)
        self.at = {name: index for index, name in enumerate(self.names)}
        self.servers = [
            n for n, node in enumerate(tables.born.values()) if not isinstance(node, Client)
        ]
        self.crashes_allowed = bounds.crashes > 0
        self.copies, self.synchronous = bounds.copies, bounds.synchronous
        self.first_op = first_numbers(operations)
        self._react = react

    def from_state(self, state: GlobalState) -> Iterator[tuple[Step, GlobalState]]:
        """Yield every step that may come next. All nodes start first, in any order."""
        if not self.all_started(state):
            for at, name in enumerate(self.names):
                if not self._started(state, at):
                    yield from self._happens(state, at, Start(name), None)
            return
        yield from self._arrivals(state)
        yield from self._network_faults(state)
        if not (self.synchronous and self._awaited(state)):
            yield from self._timers(state)
        yield from self._operations(state)
        yield from self._crashes(state)

    def _happens(
        self, state: GlobalState, at: int, step: Any, event: Event
    ) -> Iterator[tuple[Step, GlobalState]]:
        """Yield the event at a node, whole; and cut short by a crash, if there may be one."""
        budgets = state.budgets
        for after in self._react(state.nodes[at], event):
            network = self._with(state.network, after.sent)
            if after.cut is None:
                yield step, self._settled(_moved(state, at, after.local, network))
            elif budgets.crashes and at in self.servers:
                fewer = budgets._replace(crashes=budgets.crashes - 1)
                moved = _moved(state, at, after.local, network)._replace(budgets=fewer)
                yield CrashDuringStep(step, after.cut), self._settled(moved)

    def _arrivals(self, state: GlobalState) -> Iterator[tuple[Step, GlobalState]]:
        """Yield each arrival of a message; at a node that is down it is lost."""
        for number in dict.fromkeys(state.network):
            sender, to, message = self.tables.messages[number]
            left = _without(state.network, number)
            gone = GlobalState(state.nodes, left, state.budgets, state.history)
            if self._is_up(state, self.at[to]):
                yield from self._happens(gone, self.at[to], Deliver(sender, to, message), number)
            else:
                yield Deliver(sender, to, message), gone

    def _network_faults(self, state: GlobalState) -> Iterator[tuple[Step, GlobalState]]:
        """Yield each drop and duplication of a message that the budgets allow."""
        budgets = state.budgets
        for number in dict.fromkeys(state.network):
            envelope = self.tables.messages[number]
            if budgets.drops:
                fewer = budgets._replace(drops=budgets.drops - 1)
                left = _without(state.network, number)
                yield Drop(*envelope), state._replace(network=left, budgets=fewer)
            if budgets.duplicates:
                fewer = budgets._replace(duplicates=budgets.duplicates - 1)
                more = self._with(state.network, (number,))
                yield Duplicate(*envelope), state._replace(network=more, budgets=fewer)

    def _timers(self, state: GlobalState) -> Iterator[tuple[Step, GlobalState]]:
        """Yield each firing of a pending timer that the budget allows."""
        budgets = state.budgets
        if not budgets.timeouts:
            return
        after = state
        if budgets.timeouts != UNLIMITED:
            after = state._replace(budgets=budgets._replace(timeouts=budgets.timeouts - 1))
        for at, number in enumerate(state.nodes):
            for timer in self.tables.local_states[number].timers:
                yield from self._happens(after, at, Fire(self.names[at], timer), timer)

    def _operations(self, state: GlobalState) -> Iterator[tuple[Step, GlobalState]]:
        """Yield the next operation of each client that is free."""
        for name, todo in self.operations.items():
            local = self.tables.local_states[state.nodes[self.at[name]]]
            if local.node is not None and local.busy is None and local.done < len(todo):
                number = self.first_op[name] + local.done
                op = Invocation(number, *todo[local.done])
                begun = state._replace(history=self._begun(state, name))
                yield from self._happens(begun, self.at[name], Invoke(name, number), op)

    def _begun(self, state: GlobalState, client: str) -> tuple[int, ...]:
        """Return the history once ``client`` has begun its next operation."""
        if self.past is None:
            return ()
        results = {
            name: self.tables.local_states[state.nodes[self.at[name]]].results
            for name in self.operations
        }
        return self.past.begun(state.history, client, results)

    def _crashes(self, state: GlobalState) -> Iterator[tuple[Step, GlobalState]]:
        """Yield each crash between two events, and each restart."""
        budgets = state.budgets
        for at in self.servers:
            if budgets.crashes and self._is_up(state, at):
                fewer = budgets._replace(crashes=budgets.crashes - 1)
                down = _moved(state, at, self.tables.crashed(state.nodes[at]), state.network)
                yield Crash(self.names[at]), self._settled(down._replace(budgets=fewer))
            if budgets.restarts and not self._is_up(state, at):
                fewer = budgets._replace(restarts=budgets.restarts - 1)
                yield from self._happens(
                    state._replace(budgets=fewer), at, Restart(self.names[at]), None
                )

    def _settled(self, state: GlobalState) -> GlobalState:
        """Without the messages to nodes that are down for good: they cannot matter any more."""
        if not self.crashes_allowed or state.budgets.restarts or not self.all_started(state):
            return state
        kept = tuple(
            number
            for number in state.network
            if self._is_up(state, self.at[self.tables.messages[number][1]])
        )
        return state if kept == state.network else state._replace(network=kept)

    def _with(self, network: tuple[int, ...], sent: Iterable[int]) -> tuple[int, ...]:
        """Return the messages in flight with these, up to the number of copies that are kept."""
        if not sent:
            return network
        more = sorted((*network, *sent))
        if self.copies is not None:
            more = [
                one for n, one in enumerate(more) if n < self.copies or more[n - self.copies] != one
            ]
        return tuple(more)

    def _awaited(self, state: GlobalState) -> bool:
        """Return True if a message is in flight to a node that is up."""
        return any(
            self._is_up(state, self.at[self.tables.messages[number][1]]) for number in state.network
        )

    def _is_up(self, state: GlobalState, at: int) -> bool:
        return self.tables.local_states[state.nodes[at]].node is not None

    def _started(self, state: GlobalState, at: int) -> bool:
        """Return True unless the node is in its initial local state, whose number is its own."""
        return state.nodes[at] != at

    def all_started(self, state: GlobalState) -> bool:
        return min(state.nodes) >= len(self.names)


def _moved(state: GlobalState, at: int, local: int, network: tuple[int, ...]) -> GlobalState:
    """Return the state with another local state of one node, and with these messages in flight.

    The constructor takes a third of the time that `_replace` does, and this is called for nearly every step.
    """
    nodes = (*state.nodes[:at], local, *state.nodes[at + 1 :])
    return GlobalState(nodes, network, state.budgets, state.history)


def _without(network: tuple[int, ...], message: int) -> tuple[int, ...]:
    at = network.index(message)
    return (*network[:at], *network[at + 1 :])
