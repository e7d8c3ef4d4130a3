"""Helpers for the tests of the commit protocols: one transaction, its properties, and all its schedules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse.core.verdict import Verdict
from dscourse.explore import Bounds, Exploration, View, explore
from dscourse.node import Node
from dscourse.protocols import atomicity
from dscourse.protocols.atomicity import (
    Outcome,
    commit_needs_every_yes,
    decided_once,
    same_outcome,
)
from dscourse.protocols.transaction_client import TransactionClient

__all__ = ["all_abort", "all_commit", "all_decided", "every_schedule"]


def ac1(view: View) -> Verdict:
    return same_outcome(view.logs)


def ac2(view: View) -> Verdict:
    return decided_once(view.logs)


def ac3(view: View) -> Verdict:
    return commit_needs_every_yes(view.logs)


def all_decided(view: View) -> Verdict:
    """Judge that every participant that is up and has voted yes knows the outcome."""
    return atomicity.all_decided({name: view.logs[name] for name in view.nodes})


def all_commit(view: View) -> bool:
    participants = {name: log for name, log in view.logs.items() if name[0] == "p"}
    return all(participants.values()) and bool(atomicity.all_committed(participants))


def all_abort(view: View) -> bool:
    return all(Outcome(0, False) in log for name, log in view.logs.items() if name[0] == "p")


def every_schedule(
    participants: int, coordinator: type[Node], participant: type[Node], *, also: Sequence[Any] = (),
    sometimes: Sequence[Any] = (), within_reach: Sequence[Any] = (), **limits: Any,
) -> Exploration:  # fmt: skip
    """Explore one transaction over p1, p2, …, coordinated by c, under AC1 to AC3 and the properties ``also``."""
    names = [f"p{n}" for n in range(1, participants + 1)]
    nodes = [TransactionClient("u", "c"), coordinator("c", names)]
    nodes += [
        participant(name, ["c", *(other for other in names if other != name)]) for name in names
    ]
    work = {"u": [("transfer", None, {name: {"x": n} for n, name in enumerate(names)})]}
    bounds = Bounds(**{"budget": 400_000, "copies": 1, **limits})
    return explore(
        nodes, operations=work, always=[ac1, ac2, ac3, *also], sometimes=sometimes,
        within_reach=within_reach, bounds=bounds,
    )  # fmt: skip
