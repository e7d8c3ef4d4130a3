"""A state of a group of nodes, and the faults that may still come."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["UNLIMITED", "Budgets", "State"]

UNLIMITED = -1


class Budgets(NamedTuple):
    """How many crashes, restarts, dropped and duplicated messages, and time-outs may still come."""

    crashes: int = 0
    restarts: int = 0
    drops: int = 0
    duplicates: int = 0
    timeouts: int = UNLIMITED


class State(NamedTuple):
    """Numbers: each node as it is, the messages in flight (sorted), the faults left, and the history if kept."""

    places: tuple[int, ...]
    network: tuple[int, ...]
    budgets: Budgets
    history: tuple[int, ...] = ()
