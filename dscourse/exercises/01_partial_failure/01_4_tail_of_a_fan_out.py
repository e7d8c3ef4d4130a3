"""Judge of 01.4: the share of pages that wait for a slow server."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dscourse.exercises.judges.values import number
from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_CASES = (
    (0.01, 100), (0.01, 1), (0.0, 50), (0.5, 2), (0.001, 900), (0.2, 7), (0.05, 30), (0.999, 3),
    (0.0001, 40),
)  # fmt: skip
_MISTAKEN: tuple[tuple[Callable[[float, int], float], str], ...] = (
    (lambda share, servers: share * servers, "Adding counts a page with two slow servers twice."),
    (
        lambda share, servers: min(1.0, share * servers),
        "Adding counts a page with two slow servers twice; cutting the sum off at 1 does not mend that.",
    ),
    (lambda share, servers: share**servers, "That is how often all of them are slow at once."),
    (
        lambda share, servers: 1 - share**servers,
        "That is how often at least one of them is fast; the page is slow as soon as one is slow.",
    ),
    (lambda share, servers: (1 - share) ** servers, "That is the share of pages that are fast."),
    (
        lambda share, servers: 1 - math.exp(-share * servers),
        "That approximation holds for rare slow answers only.",
    ),
    (lambda share, servers: 100 * (1 - (1 - share) ** servers), "A share lies between 0 and 1."),
    (
        lambda share, servers: 1 - (1 - share) ** 100,
        "That is the share with 100 servers, whatever `servers` is.",
    ),
    (
        lambda share, servers: 1 - 0.99**servers,
        "That is right for a `share` of 0.01 only.",
    ),
    (
        lambda share, servers: round(1 - (1 - share) ** servers, 2),
        "Do not round it: rare cases would vanish.",
    ),
)


def judge(function: Any) -> Wrong | None:
    answers = [(share, servers, function(share, servers)) for share, servers in _CASES]
    for share, servers, answer in answers:
        wanted = 1 - (1 - share) ** servers
        if not _close(answer, wanted):
            return Wrong(
                f"slow_share({share}, {servers}) returned {answer!r:.100}; it should be {wanted:.6g}. "
                f"{_why(answers)}".rstrip()
            )
    return None


def _why(answers: list[tuple[float, int, Any]]) -> str:
    """Return the reason against the mistaken rule that gives all these answers; an empty text if none does."""
    for rule, why in _MISTAKEN:
        if all(_close(answer, rule(share, servers)) for share, servers, answer in answers):
            return why
    return ""


def _close(answer: Any, wanted: float) -> bool:
    value = number(answer)
    return value is not None and math.isclose(value, wanted, rel_tol=1e-6, abs_tol=1e-12)
