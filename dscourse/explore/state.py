"""A global state of a group of nodes, and the faults that may still come."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["UNLIMITED", "Budgets", "GlobalState", "Rest"]

UNLIMITED = -1


class Budgets(NamedTuple):
    """The remaining numbers of crashes, restarts, dropped and duplicated messages, and time-outs."""

    crashes: int = 0
    restarts: int = 0
    drops: int = 0
    duplicates: int = 0
    timeouts: int = UNLIMITED


class Rest:
    """A global state without its messages in flight: local states by number, the faults left, and a history.

    ``started`` if all nodes are, and ``gone`` are the nodes that are down for good. There is one object for each
    such state, so that a global state is compared and hashed in no time.
    """

    __slots__ = ("budgets", "gone", "history", "nodes", "started")

    def __init__(
        self,
        nodes: tuple[int, ...],
        budgets: Budgets,
        history: tuple[int, ...],
        *,
        started: bool,
        gone: tuple[int, ...],
    ) -> None:
        self.nodes, self.budgets, self.history = nodes, budgets, history
        self.started, self.gone = started, gone

    @property
    def key(self) -> tuple[tuple[int, ...], Budgets, tuple[int, ...]]:
        """Its local states, the faults left, and its history."""
        return self.nodes, self.budgets, self.history


class GlobalState(NamedTuple):
    """The messages in flight, as bits (see `in_flight`), and all the rest."""

    rest: Rest
    network: int
