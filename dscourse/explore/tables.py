"""The tables behind a global state: each local state of a node, each message, and the results of handlers.

What a handler does depends on its node's local state and the event alone. It is run once for each such pair and
remembered, and that is why many global states can be looked at in little time.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.core.frozen import frozen
from dscourse.core.value_errors import NotAValueError
from dscourse.explore.local_states import LocalState
from dscourse.node import Client, Effect, Invocation, Message, Node, Send, Timer, take_effects

__all__ = ["After", "Envelope", "Event", "ImpureError", "Tables"]

Envelope = tuple[str, str, Message]  # sender, receiver, message
Event = int | Timer | Invocation | None  # a message by its number, a timer, an operation, a start


class ImpureError(Exception):
    """A handler did not do the same twice, or changed what is not its own."""


class After(NamedTuple):
    """The outcome of an event at a node: the local state and the messages sent, by number.

    ``cut`` is the number of effects after which the node crashed; None if all of them happened.
    """

    local: int
    sent: tuple[int, ...]
    cut: int | None


class Tables:
    """Local states and messages by number, and the result of each event in each local state.

    ``cuts``: also what a crash leaves after each number of a handler's effects. ``checks``: run each handler twice.
    """

    def __init__(self, born: Mapping[str, Node], checks: bool, cuts: bool) -> None:
        self.born, self.checks, self.cuts = born, checks, cuts
        self.local_states: list[LocalState] = []
        self.messages: list[Envelope] = []
        self._numbers: dict[Hashable, int] = {}
        self._reactions: dict[tuple[int, Hashable], list[After]] = {}

    def number(self, local: LocalState) -> int:
        """Return the number of a local state; equal ones have one number."""
        number = self._numbers.setdefault(local.key(), len(self.local_states))
        if number == len(self.local_states):
            self.local_states.append(local)
        return number

    def message(self, envelope: Envelope) -> int:
        """Return the number of a message in flight; equal messages have one number."""
        number = self._numbers.setdefault(("message", frozen(envelope)), -1 - len(self.messages))
        if number == -1 - len(self.messages):
            self.messages.append(envelope)
        return -1 - number

    def react(self, number: int, event: Event) -> list[After]:
        """Return the outcome of the event in this state, then of a crash after each number of effects."""
        named = ("operation", event.id) if isinstance(event, Invocation) else event
        outcomes = self._reactions.get((number, named))
        if outcomes is None:
            outcomes = self._react(self.local_states[number], event)
            self._reactions[number, named] = outcomes
        return outcomes

    def crashed(self, number: int) -> int:
        """Return the number of the local state after a crash."""
        return self.number(self.local_states[number].crashed())

    def _react(self, local: LocalState, event: Event) -> list[After]:
        try:
            node, effects = self._run(local, event)
        except ImpureError:
            raise
        except NotAValueError as error:
            raise NotAValueError(f"{local.name} at {self._named(event)}: {error}") from error
        except Exception as error:
            broken = replace(local, error=f"{local.name} raised {type(error).__name__}: {error}")
            return [After(self.number(broken), (), None)]
        outcomes = [self._after(local, node, event, effects, None)]
        if not self.cuts or isinstance(node, Client):
            return outcomes
        for cut in range(len(effects)):
            after = self._after(local, node, event, effects, cut)
            if (after.local, after.sent) not in [(one.local, one.sent) for one in outcomes]:
                outcomes.append(after)
        return outcomes

    def _run(self, local: LocalState, event: Event) -> tuple[Node, list[Effect]]:
        """Return the node after its handler, and the effects for which the handler asked."""
        node, effects = self._call(local, event)
        if self.checks:
            before = local.key()
            again, others = self._call(local, event)
            if (frozen(node), frozen(effects)) != (frozen(again), frozen(others)):
                raise ImpureError(f"{local.name} did not do the same twice at {self._named(event)}")
            if local.key() != before:
                raise ImpureError(
                    f"{local.name} changed what it shares with another at {self._named(event)}"
                )
        return node, effects

    def _call(self, local: LocalState, event: Event) -> tuple[Node, list[Effect]]:
        node = self._node(local)
        if event is None:
            node.on_start(local.log)
        elif isinstance(event, int):
            sender, _, message = self.messages[event]
            handle_message(node, sender, message)
        elif isinstance(event, Timer):
            handle_timer(node, event)
        else:
            assert isinstance(node, Client)
            node.on_invoke(event)
        effects = take_effects(node)
        for effect in effects:
            if isinstance(effect, Send) and effect.to not in self.born:
                raise LookupError(
                    f"it sends to {effect.to!r}: the nodes are {', '.join(self.born)}"
                )
        return node, effects

    def _node(self, local: LocalState) -> Node:
        """Return the node that an event finds here: as given at its first start, as made again after a crash."""
        if local.node is not None:
            return local.node.clone()
        born = self.born[local.name]
        return born.fresh() if local.started else born.clone()

    def _named(self, event: Event) -> str:
        return repr(
            self.messages[event][2]
            if isinstance(event, int)
            else "its start"
            if event is None
            else event
        )

    def _after(
        self,
        local: LocalState,
        node: Node,
        event: Event,
        effects: Sequence[Effect],
        cut: int | None,
    ) -> After:
        """Return the local state and messages after the first ``cut`` effects and a crash, or after all effects."""
        if isinstance(event, Timer):
            local = local.without_timer(event)
        if isinstance(event, Invocation):
            local = replace(local, done=local.done + 1, busy=event.id)
        local = replace(local, node=node, started=True)
        sent = []
        for effect in effects if cut is None else effects[:cut]:
            if isinstance(effect, Send):
                sent.append(self.message((local.name, effect.to, effect.message)))
            else:
                local = local.after(effect)
        return After(self.number(local if cut is None else local.crashed()), tuple(sent), cut)
