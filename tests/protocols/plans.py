"""Fault plans for the worlds of these tests: every role restarts, and faults outlast the protocol's time-outs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dscourse.sim import At, Budget, random_plan

__all__ = ["STOPS", "faults_everywhere"]

STOPS = ("pause", "crash", "crash_during", "restarts")


def faults_everywhere(
    seed: int, servers: Iterable[str], clients: Iterable[str], budget: Budget
) -> list[At]:
    """Return faults of any kind at servers and on the links between them; clients pause, crash and restart.

    The links of clients stay as they are: a client's request reaches a server at most once.
    """
    at_clients = replace(budget, faults=3, menu=STOPS)
    plan = random_plan(seed, servers, budget) + random_plan(1_000_000 + seed, clients, at_clients)
    return sorted(plan, key=lambda entry: entry.ms)
