"""Judge of 01.3: how many attempts get an answer in 99.9 % of the calls."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_LOSS = 0.2


def _success(attempts: int) -> float:
    """Return the probability that one of the attempts gets an answer; each message is lost with probability 0.2."""
    return float(1 - (1 - (1 - _LOSS) ** 2) ** attempts)


def judge(answer: Any) -> Wrong | None:
    if isinstance(answer, bool) or not isinstance(answer, int) or answer < 1:
        return Wrong(f"{answer!r} is no number of attempts: it must be a whole number, 1 or more.")
    share = 100 * _success(answer)
    if share < 99.9:
        return Wrong(f"With {answer} attempts {share:.2f} % of the calls are answered: too few.")
    if 100 * _success(answer - 1) >= 99.9:
        return Wrong(f"{answer} attempts are enough ({share:.3f} %), but fewer are enough too.")
    return None
