"""A group of nodes as a model: each state with every step that may come next."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from dscourse.core.frozen import renamed
from dscourse.core.properties import View
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
from dscourse.explore.alike import Alike
from dscourse.explore.bounds import Bounds
from dscourse.explore.local_states import Envelope, Event, LocalState, Tables
from dscourse.explore.past import Past, first_numbers
from dscourse.explore.state import UNLIMITED, GlobalState
from dscourse.node import Client, Invocation, Node

__all__ = ["System"]


class System:
    """The model of these nodes; ``operations`` says what each client does, one operation after the other.

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
        born = {node.id: node for node in nodes}
        self.names = list(born)
        self.at = {name: index for index, name in enumerate(self.names)}
        self.servers = [n for n, node in enumerate(nodes) if not isinstance(node, Client)]
        self.operations, self.budgets = operations, bounds.budgets()
        self.copies, self.synchronous = bounds.copies, bounds.synchronous
        self.tables = Tables(born, checks, cuts=bounds.crashes > 0)
        self.first_op = first_numbers(operations)
        self.past = Past(operations) if history else None
        self.alike = Alike(self.tables, alike) if len(alike) > 1 else None
        self._react = self.alike.react if self.alike else self.tables.react

    def initial(self) -> Iterator[GlobalState]:
        """Yield the initial state: no node has started."""
        nodes = tuple(
            self.tables.number(LocalState(name, None, started=False)) for name in self.names
        )
        yield GlobalState(nodes, (), self.budgets, self.past.initial() if self.past else ())

    def next(self, state: GlobalState) -> Iterator[tuple[Step, GlobalState]]:
        """Yield every step that may come next. All nodes start first, in any order."""
        if not self._all_started(state):
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

    def key(self, state: GlobalState) -> Hashable:
        """Equal for states that differ only in the names of nodes that are alike."""
        return self.alike.form(state) if self.alike else state

    def views(self, state: GlobalState) -> Iterator[tuple[int, View]]:
        """Yield the state as properties see it, under each permutation of alike nodes, with its number."""
        if self.alike is None:
            local = [self.tables.local_states[number] for number in state.nodes]
            messages = [self.tables.messages[number] for number in state.network]
            yield 0, self._view(state, local, messages)
            return
        for number in self.alike.distinct(state):
            local, messages = (
                self.alike.local_states(state, number),
                self.alike.messages(state, number),
            )
            yield number, self._view(state, local, messages)

    def _view(
        self, state: GlobalState, nodes: Sequence[LocalState], messages: Sequence[Envelope]
    ) -> View:
        results = {local.name: local.results for local in nodes if local.name in self.operations}
        return View(
            {local.name: local.node for local in nodes if local.node is not None},
            {local.name: local.log for local in nodes},
            results,
            messages,
            [local.error for local in nodes if local.error],
            self.past.history(state.history, results) if self.past else None,
        )

    # --- what was found, in the system itself ----------------------------------------------------

    def certain(self, step: object) -> bool:
        """Return True if the step can be taken under every permutation of alike nodes."""
        return self.alike is None or not isinstance(step, CrashDuringStep)

    def real(
        self, path: Sequence[tuple[Step, GlobalState]], number: int
    ) -> tuple[Step, ...] | None:
        """Return the steps of ``path`` under a permutation of alike nodes; None if the system cannot take them."""
        if self.alike is None:
            return tuple(step for step, _ in path)
        steps = tuple(renamed(step, self.alike.renamings[number]) for step, _ in path)
        here = next(iter(self.initial()))
        self._react = self.tables.react
        try:
            for step, (_, wanted) in zip(steps, path, strict=True):
                form = self.alike.renamed(wanted, number)
                found = (
                    after
                    for own, after in self.next(here)
                    if own == step and self.alike.renamed(after, 0) == form
                )
                after = next(found, None)
                if after is None:
                    return None
                here = after
        finally:
            self._react = self.alike.react
        return steps

    # --- steps -----------------------------------------------------------------------------------

    def _happens(
        self, state: GlobalState, at: int, step: Any, event: Event
    ) -> Iterator[tuple[Step, GlobalState]]:
        """Yield the event at a node, whole; and cut short by a crash, if there may be one."""
        budgets = state.budgets
        for after in self._react(state.nodes[at], event):
            network = self._with(state.network, after.sent)
            if after.cut is None:
                yield step, self._settled(_moved(state, at, after.local)._replace(network=network))
            elif budgets.crashes and at in self.servers:
                fewer = budgets._replace(crashes=budgets.crashes - 1)
                moved = _moved(state, at, after.local)._replace(network=network, budgets=fewer)
                yield CrashDuringStep(step, after.cut), self._settled(moved)

    def _arrivals(self, state: GlobalState) -> Iterator[tuple[Step, GlobalState]]:
        """Yield each arrival of a message; at a node that is down it is lost."""
        for number in dict.fromkeys(state.network):
            sender, to, message = self.tables.messages[number]
            gone = state._replace(network=_without(state.network, number))
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
                down = _moved(state, at, self.tables.crashed(state.nodes[at]))
                yield Crash(self.names[at]), self._settled(down._replace(budgets=fewer))
            if budgets.restarts and not self._is_up(state, at):
                fewer = budgets._replace(restarts=budgets.restarts - 1)
                yield from self._happens(
                    state._replace(budgets=fewer), at, Restart(self.names[at]), None
                )

    def _settled(self, state: GlobalState) -> GlobalState:
        """Without the messages to nodes that are down for good: they cannot matter any more."""
        if not self.budgets.crashes or state.budgets.restarts or not self._all_started(state):
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

    def _all_started(self, state: GlobalState) -> bool:
        return min(state.nodes) >= len(self.names)


def _moved(state: GlobalState, at: int, local: int) -> GlobalState:
    """Return the state with another local state of one node."""
    return state._replace(nodes=(*state.nodes[:at], local, *state.nodes[at + 1 :]))


def _without(network: tuple[int, ...], message: int) -> tuple[int, ...]:
    at = network.index(message)
    return (*network[:at], *network[at + 1 :])
