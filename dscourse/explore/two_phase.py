"""Two-phase commit as a bare table of steps: an example of a model that has no nodes.

Source: Gray and Lamport, "Consensus on transaction commit", TODS 31(1), 2006, appendix (the TLA+ module TwoPhase).
Resource managers decide alone to prepare or to abort, a transaction manager collects their votes, and messages are
never lost, only read whenever it suits.

>>> from dscourse.explore import explore_model
>>> explore_model(TwoPhase(5), always=[consistent])
holds (8,832 states, 58,145 steps, depth 16, all of them)
>>> explore_model(AlikeManagers(5), always=[consistent]).states
314
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["AlikeManagers", "TwoPhase", "TwoPhaseState", "consistent"]


class TwoPhaseState(NamedTuple):
    """The resource managers' states, the transaction manager's state and knowledge, and all messages sent."""

    managers: tuple[str, ...]
    decision: str
    prepared: frozenset[int]
    messages: frozenset[object]


class TwoPhase:
    """The model for a number of resource managers."""

    def __init__(self, managers: int) -> None:
        self.managers = range(managers)

    def initial(self) -> list[TwoPhaseState]:
        return [TwoPhaseState(("working",) * len(self.managers), "init", frozenset(), frozenset())]

    def next(self, state: TwoPhaseState) -> Iterator[tuple[object, TwoPhaseState]]:
        yield from self._transaction_manager(state)
        managers, decision, prepared, messages = state
        for manager in self.managers:
            for step, new_state, sent in self._manager(state, manager):
                changed = (*managers[:manager], new_state, *managers[manager + 1 :])
                said = messages | sent if sent else messages  # a set that is hashed already
                yield (step, manager), TwoPhaseState(changed, decision, prepared, said)

    def _transaction_manager(self, state: TwoPhaseState) -> Iterator[tuple[object, TwoPhaseState]]:
        if state.decision != "init":
            return
        for manager in self.managers:
            if manager in state.messages:
                yield ("vote counted", manager), state._replace(prepared=state.prepared | {manager})
        if len(state.prepared) == len(self.managers):
            yield (
                "commit",
                state._replace(decision="committed", messages=state.messages | {"commit"}),
            )
        yield "abort", state._replace(decision="aborted", messages=state.messages | {"abort"})

    def _manager(
        self, state: TwoPhaseState, manager: int
    ) -> Iterator[tuple[str, str, set[object]]]:
        if state.managers[manager] == "working":
            yield "prepares", "prepared", {manager}
            yield "aborts", "aborted", set()
        if "commit" in state.messages:
            yield "hears commit", "committed", set()
        if "abort" in state.messages:
            yield "hears abort", "aborted", set()


class AlikeManagers(TwoPhase):
    """The same model, in which states that differ only by a permutation of the managers are counted once."""

    def representative(self, state: TwoPhaseState) -> TwoPhaseState:
        """Return the state with its managers sorted by all that is known of each."""
        known = sorted(
            (state.managers[one], one in state.prepared, one in state.messages)
            for one in self.managers
        )
        decided = {one for one in state.messages if isinstance(one, str)}
        return TwoPhaseState(
            tuple(manager for manager, _, _ in known),
            state.decision,
            frozenset(one for one in self.managers if known[one][1]),
            frozenset(one for one in self.managers if known[one][2]) | decided,
        )


def consistent(state: TwoPhaseState) -> bool:
    """No manager has committed while another one has aborted."""
    return not {"committed", "aborted"} <= set(state.managers)
