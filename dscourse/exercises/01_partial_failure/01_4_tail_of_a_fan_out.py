"""Judge of 01.4: the share of pages that wait for a slow server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_MISTAKEN: tuple[tuple[Callable[[float, int], float], str], ...] = (
    (lambda share, servers: share * servers, "Adding counts a page with two slow servers twice."),
    (lambda share, servers: share**servers, "That is how often all of them are slow at once."),
    (lambda share, servers: (1 - share) ** servers, "That is the share of pages that are fast."),
)


def judge(function: Any) -> Wrong | None:
    for share, servers in ((0.01, 100), (0.01, 1), (0.0, 50), (1.0, 3), (0.5, 2), (0.001, 2000)):
        answer = function(share, servers)
        wanted = 1 - (1 - share) ** servers
        if not _close(answer, wanted):
            why = [why for rule, why in _MISTAKEN if _close(answer, rule(share, servers))]
            return Wrong(
                f"slow_share({share}, {servers}) returned {answer!r}; it should be {wanted:.6g}. "
                f"{''.join(why)}".rstrip()
            )
    return None


def _close(answer: Any, wanted: float) -> bool:
    return isinstance(answer, int | float) and abs(answer - wanted) <= 1e-9
