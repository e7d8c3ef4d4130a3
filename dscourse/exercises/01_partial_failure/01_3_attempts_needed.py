"""Judge of 01.3: how many attempts get an answer in 99.9 % of the calls."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges.values import number, whole
from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_LOSS = 0.2
_WHY = {
    5: "An attempt needs two messages, and either may be lost: 0.2 to the power of 5 counts the requests only.",
    6: "Six retries are seven attempts: the first one counts too.",
    8: "An attempt is unanswered with probability 1 - 0.8 * 0.8; adding 0.2 and 0.2 counts twice the attempts "
    "in which both messages would be lost.",
    16: "0.64 to the power of n is the probability that all n attempts are answered; one answer is enough.",
}


def _success(attempts: int) -> float:
    """Return the probability that one of the attempts gets an answer; each message is lost with probability 0.2."""
    return float(1 - (1 - (1 - _LOSS) ** 2) ** attempts)


def judge(answer: Any) -> Wrong | None:
    attempts = whole(answer)
    if attempts is None or attempts < 1:
        is_part = (number(answer) or 0) > 1
        round_up = " A part of an attempt cannot be made: round up." if is_part else ""
        return Wrong(
            f"{answer!r} is no number of attempts: it must be a whole number, 1 or more.{round_up}"
        )
    if attempts > 10_000:
        return Wrong(
            f"{attempts} attempts are far more than enough: {100 * _success(100):.4f} % are answered after 100."
        )
    why = f" {_WHY[attempts]}" if attempts in _WHY else ""
    share = 100 * _success(attempts)
    if share < 99.9:
        return Wrong(
            f"With {attempts} attempts {share:.2f} % of the calls are answered: too few.{why}"
        )
    if 100 * _success(attempts - 1) >= 99.9:
        return Wrong(
            f"{attempts} attempts are enough ({share:.3f} %), but fewer are enough too.{why}"
        )
    return None
