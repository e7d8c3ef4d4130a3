"""A service in tiers that stays up when its back end is slow, by measures of each caller and of the back end.

Source:        Nygard, "Release It!", 2007 (circuit breaker, fail fast, shed load); Beyer et al., "Site Reliability
               Engineering", 2016, chapters 21 and 22 (retry budgets, deadlines that are passed on, bounded queues);
               Bronson, Aghayev, Charapko and Zhu, "Metastable Failures in Distributed Systems", HotOS 2021.
Assumes:       messages may be lost, repeated and late. Restarts: as the textbook version, whose tiers count their
               starts on disk; a node that crashes loses the jobs and the circuit breaker that it has. Callers and
               back end need no common clock: a deadline is passed on as the time that is left, and the time on the
               way is not counted, nor that for which a paused node stood still.
Promises:      `answered_once`: every request of a user ends once. Counted from the arrival of a call, a
               `DeadlineTier` makes no attempt, and a `DeadlineBack` begins no service, once the time left is over,
               unless its clock is set meanwhile. A `SheddingBack` has at most ``servers`` + ``room`` calls, a
               `BulkheadTier` ``size`` jobs.
Not promised:  that requests are answered while the back end is overloaded: they fail sooner, so that others succeed.
Departs:       the textbook tiers retry at once and know no deadline. Retry policies are values (`dscourse.breaker`),
               passed to any tier; a remedy that changes how a tier acts is a class here.
Size:          2 messages per tier and request; with a budget of 10 % in each tier, at most 2.2 for the first tier
               in the long run, 2.42 for the second, and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dscourse.breaker import Bulkhead, CircuitBreaker, CircuitState, TextbookBreaker
from dscourse.core.copying import copy_state
from dscourse.protocols.textbook.service_tiers import (
    Back,
    Tier,
    Users,
    answered_once,
)
from dscourse.protocols.tier_messages import (
    Call,
    Job,
)

__all__ = [
    "Back", "BreakerTier", "BulkheadTier", "CarefulTier", "DeadlineBack", "DeadlineTier", "SheddingBack", "Tier",
    "Users", "answered_once", "goodput", "load",
]  # fmt: skip


class BreakerTier(Tier):
    """A tier that calls through a circuit breaker, and fails a job at once if the breaker refuses it.

    ``changes`` are the times in ms at which the breaker changed its state, with the new one; ``refused`` counts the
    jobs that it refused.
    """

    def __init__(
        self, id: str, to: str, breaker: CircuitBreaker | TextbookBreaker | None = None, **settings: Any
    ) -> None:  # fmt: skip
        super().__init__(id, to, **settings)
        self.breaker: CircuitBreaker | TextbookBreaker = copy_state(breaker or CircuitBreaker())
        self.changes: list[tuple[float, CircuitState]] = []
        self.refused = 0

    def _attempt(self, job: Job) -> None:
        permit = self.breaker.allow(self.now)
        self._note()
        if permit is None:
            self.refused += 1
            self._close(job, False)
        else:
            super()._attempt(replace(job, permit=permit))

    def _end_attempt(self, job: Job, ok: bool) -> None:
        if job.permit is not None:
            self.breaker.record(job.permit, self.now, ok)
            self._note()
        super()._end_attempt(job, ok)

    def _note(self) -> None:
        """Note a change of the breaker's state."""
        was = self.changes[-1][1] if self.changes else CircuitState.CLOSED
        if self.breaker.state is not was:
            self.changes.append((self.now, self.breaker.state))


class BulkheadTier(Tier):
    """A tier with at most ``size`` jobs in progress, which fails further ones at once; ``refused`` counts them."""

    def __init__(self, id: str, to: str, size: int = 20, **settings: Any) -> None:
        super().__init__(id, to, **settings)
        self.bulkhead = Bulkhead(size)
        self.refused = 0

    def _begin(self, caller: str, call: Call) -> None:
        if self.bulkhead.enter():
            super()._begin(caller, call)
        else:
            self.refused += 1
            self.send(caller, call.answer(False))

    def _close(self, job: Job, ok: bool) -> None:
        self.bulkhead.leave()
        super()._close(job, ok)


class DeadlineTier(Tier):
    """A tier that waits for an attempt no longer than its caller waits for it, and begins none after that."""

    def _patience_ms(self, job: Job) -> float:
        return min(self.timeout_ms, self._left_ms(job))

    def _attempt(self, job: Job) -> None:
        if self._left_ms(job) > 0:
            super()._attempt(job)
        else:
            self._close(job, False)

    def _left_ms(self, job: Job) -> float:
        """Return the time that the caller still waits, in ms."""
        return job.began_ms + job.call.left_ms - self.now


class CarefulTier(DeadlineTier, BreakerTier):
    """A tier with a deadline and a circuit breaker: a job past its deadline asks for no permit."""


class SheddingBack(Back):
    """A back end that refuses a call at once if ``room`` others are waiting. ValueError for a negative room."""

    def __init__(self, id: str, room: int = 8, **settings: Any) -> None:
        super().__init__(id, **settings)
        if room < 0:
            raise ValueError(f"room={room}: the queue has room for 0 or more calls")
        self.room, self.shed = room, 0

    def on_call(self, sender: str, call: Call) -> None:
        if self.busy == self.servers and len(self.queue) >= self.room:
            self.shed += 1
            self.arrived += 1
            self.send(sender, call.answer(False))
        else:
            super().on_call(sender, call)


class DeadlineBack(Back):
    """A back end that drops calls that have waited in its queue for as long as their callers wait."""

    def _drops_late(self) -> bool:
        return True


def goodput(users: Users, until_ms: float, step_ms: float = 1_000.0) -> list[int]:
    """Return the number of requests answered in each step of ``step_ms``.

    >>> from dscourse.protocols.tier_messages import Ended
    >>> users = Users("users", "front")
    >>> users.ended = [Ended(1, 0, 900, True), Ended(2, 0, 1_100, False), Ended(3, 0, 1_200, True)]
    >>> goodput(users, 3_000)
    [1, 1, 0]
    """
    return _per_step([end.ended_ms for end in users.ended if end.ok], until_ms, step_ms)


def load(caller: Tier, until_ms: float, step_ms: float = 1_000.0) -> list[int]:
    """Return the number of calls that the tier made in each step of ``step_ms``: the load on the next tier.

    >>> middle = Tier("middle", "back")
    >>> middle.calls_ms = [5, 20, 1_000, 9_999]
    >>> load(middle, 3_000)
    [2, 1, 0]
    """
    return _per_step(caller.calls_ms, until_ms, step_ms)


def _per_step(times_ms: Sequence[float], until_ms: float, step_ms: float) -> list[int]:
    if not 0 < step_ms <= until_ms:
        raise ValueError(f"step_ms={step_ms!r}: above 0 and at most {until_ms:g} is required")
    counts = [0] * round(until_ms / step_ms)
    for time in times_ms:
        if time < len(counts) * step_ms:
            counts[int(time / step_ms)] += 1
    return counts
