"""Small histories of transactions whose anomalies are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.history import History, Op

Step = tuple[str, str, Any]


def of(*transactions: Sequence[Step], ends: Mapping[int, str] | None = None) -> History:
    """Concurrent transactions by their steps, each of a client of its own; all commit but those in ``ends``."""
    number = len(transactions)
    return History(
        Op(
            n,
            f"c{n}",
            "txn",
            None,
            tuple(steps),
            (ends or {}).get(n, "ok"),
            tuple(steps),
            n,
            number + n,
        )
        for n, steps in enumerate(transactions)
    )


def ring(number: int) -> History:
    """Each transaction reads a key before the one before it appends to it."""
    return of(*(
        [("r", f"k{n}", None), ("append", f"k{(n + 1) % number}", n)] for n in range(number)
    ))  # fmt: skip


def skew() -> History:
    """Each of two transactions appends to what the other read."""
    return of([("r", "x", None), ("append", "y", 1)], [("r", "y", None), ("append", "x", 2)])


def fork() -> History:
    """Two readers see two writes in opposite orders."""
    return of(
        [("w", "x", 1)], [("w", "y", 1)],
        [("r", "x", 1), ("r", "y", None)], [("r", "y", 1), ("r", "x", None)],
    )  # fmt: skip
