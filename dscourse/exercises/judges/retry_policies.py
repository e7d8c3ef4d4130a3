"""A learner's retry policy in a simulated tier: never copied, so that it may hold a lock, and its answers checked."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges.values import listed, number
from dscourse.exercises.tasks import plain

__all__ = ["Watched"]


class Watched:
    """A policy with the methods ``first`` and ``wait_ms``, as a tier calls them.

    ``retries`` lists, for each retry that it allowed, the number of jobs begun by then. ``fault`` is the first
    answer other than a range of waits, in words; such an answer ends the job.

    >>> from dscourse.breaker import RetryAtOnce
    >>> policy = Watched(RetryAtOnce(2))
    >>> policy.first()
    >>> policy.wait_ms(1), policy.wait_ms(2), policy.retries
    ((0.0, 0.0), None, [1])
    """

    def __init__(self, policy: Any) -> None:
        self.policy = policy
        self.jobs = 0
        self.retries: list[int] = []
        self.fault = ""

    def first(self) -> None:
        self.jobs += 1
        self.policy.first()

    def wait_ms(self, attempt: int) -> tuple[float, float] | None:
        answer = plain(self.policy.wait_ms(attempt))
        if answer is None:
            return None
        wait = [number(one) for one in listed(answer, 3) or ()]
        if len(wait) != 2 or wait[0] is None or wait[1] is None or not 0 <= wait[0] <= wait[1]:
            self.fault = self.fault or (
                f"`wait_ms({attempt})` is {answer!r:.60}. Required: two numbers (shortest, longest), in ms, or None."
            )
            return None
        self.retries.append(self.jobs)
        return wait[0], wait[1]

    def clone(self) -> Watched:
        """Return this object: its tier is the only one that uses it."""
        return self
