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

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

__all__ = ["AlikeManagers", "TwoPhase", "TwoPhaseState", "consistent"]

Steps = Iterator[tuple[object, dict[str, Any]]]


class TwoPhaseState(NamedTuple):
    """The managers' states, the decision, the votes counted, and the messages sent: votes, and the announcement."""

    managers: tuple[str, ...]
    decision: str
    counted: tuple[bool, ...]
    votes: tuple[bool, ...]
    announced: str


class TwoPhase:
    """The model for a number of resource managers."""

    def __init__(self, managers: int) -> None:
        self.managers = range(managers)

    def initial(self) -> list[TwoPhaseState]:
        none = (False,) * len(self.managers)
        return [TwoPhaseState(("working",) * len(self.managers), "init", none, none, "nothing")]

    def processes(self) -> list[Callable[[TwoPhaseState], Steps]]:
        managers = [partial(self._manager, manager=manager) for manager in self.managers]
        return [self._transaction_manager, *managers]

    def _transaction_manager(self, state: TwoPhaseState) -> Steps:
        if state.decision != "init":
            return
        for manager in self.managers:
            if state.votes[manager]:
                yield ("vote counted", manager), {"counted": {manager: True}}
        if all(state.counted):
            yield "commit", {"decision": "committed", "announced": "commit"}
        yield "abort", {"decision": "aborted", "announced": "abort"}

    def _manager(self, state: TwoPhaseState, manager: int) -> Steps:
        if state.managers[manager] == "working":
            yield (
                ("prepares", manager),
                {"managers": {manager: "prepared"}, "votes": {manager: True}},
            )
            yield ("aborts", manager), {"managers": {manager: "aborted"}}
        if state.announced == "commit":
            yield ("hears commit", manager), {"managers": {manager: "committed"}}
        if state.announced == "abort":
            yield ("hears abort", manager), {"managers": {manager: "aborted"}}


class AlikeManagers(TwoPhase):
    """The same model, in which states that differ only by a permutation of the managers are counted once."""

    def representative(self, state: TwoPhaseState) -> TwoPhaseState:
        """Return the state with its managers sorted by all that is known of each."""
        known = sorted(zip(state.managers, state.counted, state.votes, strict=True))
        managers, counted, votes = zip(*known, strict=True)
        return state._replace(managers=managers, counted=counted, votes=votes)


def consistent(state: TwoPhaseState) -> bool:
    """No manager has committed while another one has aborted."""
    return not {"committed", "aborted"} <= set(state.managers)
