"""The messages between the tiers of a service, their timers, and the jobs that they carry out.

Source:        Beyer et al., "Site Reliability Engineering", 2016, chapter 22 (deadlines that callers pass on).
Assumes:       as `service_tiers`. Restarts: a call names the start of its caller, so that an answer to a call from
               before a crash is ignored.
Promises:      nothing: these are values.
Not promised:  order, or delivery.
Departs:       a deadline is passed on as the time that is left, so that clocks need not agree.
Size:          4 numbers per message.
"""

from __future__ import annotations

from dataclasses import dataclass

from dscourse.breaker import Permit
from dscourse.node import Message, Timer

__all__ = [
    "Answer", "ArrivalDue", "Call", "CallTimeout", "Ended", "Job", "RetryDue", "ServiceDone", "Started",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call(Message):
    """Carry out ``job`` of mine, in its attempt ``attempt``; I wait ``left_ms`` for the answer.

    Jobs are numbered from 1 again at each ``start`` of the sender.
    """

    job: int
    attempt: int
    left_ms: float
    start: int = 1

    def answer(self, ok: bool) -> Answer:
        """Return the answer to this call."""
        return Answer(self.job, self.attempt, ok, self.start)

    def __str__(self) -> str:
        return f"call {self.job}, attempt {self.attempt} ({self.left_ms:g} ms left)"


@dataclass(frozen=True, slots=True)
class Answer(Message):
    """This attempt succeeded, or failed."""

    job: int
    attempt: int
    ok: bool
    start: int = 1

    def __str__(self) -> str:
        return f"call {self.job}, attempt {self.attempt}: {'ok' if self.ok else 'failed'}"


@dataclass(frozen=True, slots=True)
class Started:
    """A record: this node has started."""

    def __str__(self) -> str:
        return "started"


@dataclass(frozen=True, slots=True)
class CallTimeout(Timer):
    """The attempt has not been answered in time."""

    job: int
    attempt: int


@dataclass(frozen=True, slots=True)
class RetryDue(Timer):
    """The wait before the next attempt is over."""

    job: int


@dataclass(frozen=True, slots=True)
class ArrivalDue(Timer):
    """The next request arrives."""


@dataclass(frozen=True, slots=True)
class ServiceDone(Timer):
    """A server of the back end has finished call ``number``, counted in the order in which calls began."""

    number: int
    caller: str
    call: Call


@dataclass(frozen=True, slots=True)
class Job:
    """A call that a tier carries out: its caller, its begin, and whether an attempt is in progress."""

    number: int
    caller: str
    call: Call
    began_ms: float
    attempt: int = 0
    under_way: bool = False
    permit: Permit | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The outcome of a user's request, with the times of its begin and end."""

    job: int
    began_ms: float
    ended_ms: float
    ok: bool

    def __str__(self) -> str:
        return f"request {self.job} {'ok' if self.ok else 'failed'}"
