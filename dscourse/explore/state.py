"""A global state of a group of nodes, and the faults that may still come."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["UNLIMITED", "Budgets", "GlobalState"]

UNLIMITED = -1


class Budgets(NamedTuple):
    """The remaining numbers of crashes, restarts, dropped and duplicated messages, and time-outs."""

    crashes: int = 0
    restarts: int = 0
    drops: int = 0
    duplicates: int = 0
    timeouts: int = UNLIMITED


class GlobalState(NamedTuple):
    """Numbers: the local state of each node, the messages in flight (sorted), the faults left, and a history."""

    nodes: tuple[int, ...]
    network: tuple[int, ...]
    budgets: Budgets
    history: tuple[int, ...] = ()
