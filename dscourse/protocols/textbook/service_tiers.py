"""A service in tiers, each of which calls the next and retries when the call takes too long.

Source:        Beyer, Jones, Petoff and Murphy (eds.), "Site Reliability Engineering", 2016, chapter 22, "Addressing
               Cascading Failures": what retries at several levels do to the lowest one.
Assumes:       that a failed call is a rare accident, which an immediate retry corrects. Messages may be lost,
               repeated and late. Restarts: a node that crashes loses its jobs. Its calls carry the durable number of
               its start, so an answer to a call from before the crash is ignored.
Promises:      `answered_once`: every request of a user ends once, as answered or as failed.
Not promised:  that the service recovers once the cause of the slowness is gone. Requests whose users have given up
               are still served, ahead of those that wait, and each of them is sent several times.
Departs:       nothing: this is the version to break. `dscourse.protocols.service_tiers` has the remedies.
Size:          2 messages per tier and request; with a attempts in each of k tiers, up to a ** k back-end calls.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace

from dscourse.breaker import Retries, RetryAtOnce
from dscourse.core.copying import copy_state
from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Node
from dscourse.protocols.tier_messages import (
    Answer,
    ArrivalDue,
    Call,
    CallTimeout,
    Ended,
    Job,
    RetryDue,
    ServiceDone,
    Started,
)

__all__ = ["Back", "Tier", "Users", "answered_once"]


class Tier(Node):
    """A tier that answers a call by calling the next tier, and retries by the policy ``retries``.

    Each attempt may take ``timeout_ms``. ``calls_ms`` are the times of its calls to the next tier. ValueError for a
    time-out that is not positive.
    """

    def __init__(
        self, id: str, to: str, retries: Retries | None = None, timeout_ms: float = 1_000.0
    ) -> None:
        super().__init__(id, [to])
        if not 0 < timeout_ms < float("inf"):
            raise ValueError(f"timeout_ms={timeout_ms!r}: a time above 0 is required")
        self.to, self.timeout_ms = to, timeout_ms
        self.retries: Retries = copy_state(retries or RetryAtOnce(3))
        self.jobs: dict[int, Job] = {}
        self.begun = 0
        self.start = 1
        self.calls_ms: list[float] = []

    def on_start(self, log: Sequence[object]) -> None:
        self.start = 1 + len(log)
        self.write(Started())

    def on_call(self, sender: str, call: Call) -> None:
        self._begin(sender, call)

    def on_answer(self, sender: str, answer: Answer) -> None:
        job = self.jobs.get(answer.job)
        call = answer.start, answer.attempt
        if job is not None and job.under_way and call == (self.start, job.attempt):
            self.cancel_timer(CallTimeout(answer.job, answer.attempt))
            self._end_attempt(job, answer.ok)

    def on_call_timeout(self, timer: CallTimeout) -> None:
        self._end_attempt(self.jobs[timer.job], False)

    def on_retry_due(self, timer: RetryDue) -> None:
        self._attempt(self.jobs[timer.job])

    def _begin(self, caller: str, call: Call) -> None:
        self.begun += 1
        self.retries.first()
        self._attempt(Job(self.begun, caller, call, self.now))

    def _attempt(self, job: Job) -> None:
        """Call the next tier."""
        job = Job(job.number, job.caller, job.call, job.began_ms, job.attempt + 1, True, job.permit)
        self.jobs[job.number] = job
        self.calls_ms.append(self.now)
        patience = self._patience_ms(job)
        self.send(self.to, Call(job.number, job.attempt, patience, self.start))
        self.set_timer(CallTimeout(job.number, job.attempt), patience)

    def _patience_ms(self, job: Job) -> float:
        """Return how long to wait for the answer to an attempt that begins now, in ms."""
        return self.timeout_ms

    def _end_attempt(self, job: Job, ok: bool) -> None:
        """End the attempt in progress: close the job, or wait for its next attempt."""
        wait = None if ok else self.retries.wait_ms(job.attempt)
        if wait is None:
            self._close(job, ok)
        else:
            self.jobs[job.number] = replace(job, under_way=False)
            self.set_timer(RetryDue(job.number), wait)

    def _close(self, job: Job, ok: bool) -> None:
        """Forget the job, and report its outcome."""
        self.jobs.pop(job.number, None)
        self._end(job, ok)

    def _end(self, job: Job, ok: bool) -> None:
        """Answer the caller."""
        self.send(job.caller, job.call.answer(ok))


class Users(Tier):
    """Users that make a new request after each random time in ``every_ms``, until ``until_ms``: an open workload."""

    def __init__(
        self, id: str, to: str, every_ms: tuple[float, float] = (40.0, 60.0), until_ms: float = 60_000.0,
        retries: Retries | None = None, timeout_ms: float = 1_000.0,
    ) -> None:  # fmt: skip
        super().__init__(id, to, retries or RetryAtOnce(1), timeout_ms)
        self.every_ms, self.until_ms = every_ms, until_ms
        self.ended: list[Ended] = []

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        self.set_timer(ArrivalDue(), self.every_ms)

    def on_arrival_due(self, timer: ArrivalDue) -> None:
        if self.now < self.until_ms:
            self._begin(self.id, Call(0, 0, self.timeout_ms))
            self.set_timer(timer, self.every_ms)

    def _end(self, job: Job, ok: bool) -> None:
        self.ended.append(Ended(job.number, job.began_ms, self.now, ok))


class Back(Node):
    """A back end that serves calls in the order of arrival, ``servers`` at a time, each for a time in ``service_ms``.

    ``arrived`` counts the calls that arrived, ``begun`` those that it has begun to serve, and ``wasted`` those of
    them that had waited in the queue for as long as their callers wait. The way to the back end, and the time for
    which it was paused, are not counted. ValueError for fewer than 1 server.
    """

    def __init__(
        self, id: str, servers: int = 4, service_ms: tuple[float, float] = (100.0, 140.0)
    ) -> None:
        super().__init__(id)
        if servers < 1:
            raise ValueError(f"servers={servers}: at least 1 server is required")
        self.servers, self.service_ms = servers, service_ms
        self.queue: deque[tuple[str, Call, float]] = deque()
        self.busy = 0
        self.arrived = self.begun = self.wasted = 0

    def on_call(self, sender: str, call: Call) -> None:
        self.arrived += 1
        self.queue.append((sender, call, self.now))
        self._serve()

    def on_service_done(self, timer: ServiceDone) -> None:
        self.busy -= 1
        self.send(timer.caller, timer.call.answer(True))
        self._serve()

    def _serve(self) -> None:
        """Assign waiting calls to free servers."""
        while self.queue and self.busy < self.servers:
            caller, call, came_ms = self.queue.popleft()
            late = self.now - came_ms >= call.left_ms
            if late and self._drops_late():
                continue
            self.busy += 1
            self.begun += 1
            self.wasted += late
            self.set_timer(ServiceDone(self.begun, caller, call), self.service_ms)

    def _drops_late(self) -> bool:
        """Return whether to drop a call that has waited in the queue for as long as its caller waits."""
        return False


def answered_once(users: Users) -> Verdict:
    """Judge that every request since the last start of the users has ended once, or is in progress.

    >>> users = Users("users", "front")
    >>> answered_once(users)
    answered once
    >>> users.begun, users.ended = 2, [Ended(1, 0, 5, True), Ended(1, 0, 9, False)]
    >>> answered_once(users)
    violated: answered once; request 1 of users has ended 2 times
    >>> users.ended = [Ended(1, 0, 5, True)]
    >>> answered_once(users)
    violated: answered once; request 2 of users has not ended and is not in progress
    >>> users.ended = [Ended(1, 0, 5, True), Ended(2, 0, 5, True), Ended(3, 0, 5, True)]
    >>> answered_once(users)
    violated: answered once; request 3 of users has ended and was never made
    """
    ends = Counter(end.job for end in users.ended)
    wrong = ""
    for job in sorted({*ends, *users.jobs, *range(1, users.begun + 1)}):
        fault = ""
        if ends[job] > 1:
            fault = f"has ended {ends[job]} times"
        elif not 1 <= job <= users.begun:
            fault = f"{'has ended' if ends[job] else 'is in progress'} and was never made"
        elif ends[job] and job in users.jobs:
            fault = "has ended and is still in progress"
        elif not ends[job] and job not in users.jobs:
            fault = "has not ended and is not in progress"
        wrong = wrong or (fault and f"request {job} of {users.id} {fault}")
    return unless("answered once", wrong)
