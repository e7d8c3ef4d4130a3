"""Judge of 16.10: a function that tells the isolation level of a store by running transactions on it."""

from __future__ import annotations

import random
from typing import Any

from dscourse.checkers import transactions
from dscourse.exercises.judges.isolation_levels import NONE, level_named
from dscourse.exercises.judges.unknown_stores import (
    KINDS,
    ScriptError,
    UnknownStore,
    hidden_stores,
)
from dscourse.exercises.tasks import Wrong

__all__ = ["LINES", "NAMES", "judge"]

LINES = 500_000
NAMES = {"transactions": transactions, "random": random}
_ORDER = (NONE, "read uncommitted", "read committed", "snapshot isolation", "serializable")
_WHY = {
    (
        "serializable",
        "snapshot isolation",
    ): "two that read each other's key before either writes its own",
    (
        "serializable",
        "read committed",
    ): "two transactions that read one key and then both append to it",
    (
        "snapshot isolation",
        "read committed",
    ): "two transactions that read one key and then both append to it",
    "read uncommitted": "a transaction that reads a key between another one's write and its commit, or abort",
    NONE: "two transactions that write the same two keys, step by step in turns",
}


def judge(level: Any) -> Wrong | None:
    stores, kinds = hidden_stores(), list(KINDS.values())
    order = list(range(len(stores)))
    random.SystemRandom().shuffle(order)  # so that no answer can rely on the order
    wrong = {number: _judged(level, stores[number], kinds[number]) for number in order}
    return next((wrong[number] for number in sorted(order) if wrong[number]), None)


def _judged(level: Any, store: UnknownStore, wanted: str) -> Wrong | None:
    try:
        given = level(store)
    except ScriptError as error:
        return Wrong(f"`store.run`: {error}.")
    found = level_named(given)
    if found not in _ORDER:
        return Wrong(f"`level` must return one of {', '.join(_ORDER)}, not {given!r:.60}.")
    return None if found == wanted else Wrong(_mistake(found, wanted))


def _mistake(found: str, wanted: str) -> str:
    """Say on what kind of store the answer was wrong, without its name."""
    if _ORDER.index(found) > _ORDER.index(wanted):
        why = (
            _WHY.get((found, wanted)) or _WHY.get(wanted) or _WHY["serializable", "read committed"]
        )
        return f"You took a store for {found} that is not: try {why}."
    return (
        f"You took a store for no more than {found}, and it is {wanted}: no run of it shows an anomaly that {wanted} "
        "forbids. That a transaction waits or is aborted is no anomaly, and nor is what an aborted one has read."
    )
