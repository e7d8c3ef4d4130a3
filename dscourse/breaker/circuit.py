"""A circuit breaker: after too many bad calls it refuses further ones for a while, then lets a few through as a test.

It is a plain object that never reads a clock: the caller passes the time, in ms, so that one breaker serves a
simulated node, a real server and a test. A caller asks `CircuitBreaker.allow` for a permit and returns it with the
outcome. A permit belongs to one stay in one state, and its outcome counts in no other: a call sent while the circuit
was closed says nothing about a service that has had a minute to recover.

Source: Nygard, "Release It!", 2007, chapter "Stability Patterns". States and names are his; permits, the limit on
probes and slow calls are as in resilience4j.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from dscourse.breaker.tripping import ConsecutiveFailures, Rule

__all__ = ["TRANSITIONS", "CircuitBreaker", "CircuitState", "Event", "Permit"]


class CircuitState(Enum):
    """The states of a circuit breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


CLOSED, OPEN, HALF_OPEN = CircuitState  # module-level names: looked up at every call
FOREVER = float("inf")


class Event(Enum):
    """The events that move a circuit breaker from one state to another, in words."""

    TRIPPED = "too many bad calls"
    WAITED = "open time is over"
    RECOVERED = "all probes were good"
    RELAPSED = "a probe was bad, or late"


TRANSITIONS: dict[tuple[CircuitState, Event], CircuitState] = {
    (CLOSED, Event.TRIPPED): OPEN,
    (OPEN, Event.WAITED): HALF_OPEN,
    (HALF_OPEN, Event.RECOVERED): CLOSED,
    (HALF_OPEN, Event.RELAPSED): OPEN,
}


class Permit(NamedTuple):
    """The right to make one call: the stay in a state in which it was given, and the start time."""

    stay: int
    began_ms: float


@dataclass(slots=True)
class CircuitBreaker:
    """A circuit breaker: closed, open or half-open.

    ``rule`` decides when the closed circuit trips. The open circuit refuses all calls for ``open_ms``. The half-open
    one lets ``probes`` calls through in all: if all are good it closes; if one is bad, or outcomes are still missing
    after ``open_ms``, it opens again. A call of ``slow_ms`` or longer counts as slow, which is bad; by default no
    call is slow. Raises ValueError for times that are not positive, for fewer than 1 probe, and for a rule that
    counts slow calls (``slow_rate`` below 1) without ``slow_ms``.

    >>> breaker = CircuitBreaker(ConsecutiveFailures(2), open_ms=1_000)
    >>> for at in (0, 10):
    ...     breaker.record(breaker.allow(at), at + 5, ok=False)
    >>> breaker.state, breaker.allow(500)
    (<CircuitState.OPEN: 'open'>, None)
    >>> probe = breaker.allow(1_015)  # its open time is over, and one call may try
    >>> breaker.state, breaker.allow(1_016)
    (<CircuitState.HALF_OPEN: 'half-open'>, None)
    >>> breaker.record(probe, 1_020, ok=True)
    >>> breaker.state
    <CircuitState.CLOSED: 'closed'>
    """

    rule: Rule = field(default_factory=ConsecutiveFailures)
    open_ms: float = 60_000.0
    probes: int = 1
    slow_ms: float | None = None
    state: CircuitState = field(default=CLOSED, init=False)
    stay: int = field(default=0, init=False)
    since_ms: float = field(default=0.0, init=False)
    permits: int = field(default=0, init=False)
    good: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        for name, value in (("open_ms", self.open_ms), ("slow_ms", self.slow_ms)):
            if value is not None and not 0 < value < FOREVER:
                raise ValueError(f"{name}={value!r}: a time above 0, in ms, is required")
        if not isinstance(self.probes, int) or self.probes < 1:
            raise ValueError(
                f"probes={self.probes!r}: without at least 1 probe it would never close"
            )
        if self.slow_ms is None and getattr(self.rule, "slow_rate", 1.0) < 1:
            raise ValueError(
                "slow_rate is below 1 but slow_ms is None: no call would count as slow"
            )
        self.rule = self.rule.fresh()

    def __str__(self) -> str:
        """Return the state in words: "closed", "open" or "half-open"."""
        return str(self.state.value)

    def allow(self, now_ms: float) -> Permit | None:
        """A permit for one call that begins now, or None: do not call. ValueError for a time that is not finite."""
        if not -FOREVER < now_ms < FOREVER:
            raise ValueError(f"now_ms={now_ms!r}: a finite time is required")
        if self.state is CLOSED:
            return Permit(self.stay, now_ms)
        if self._is_over(now_ms):
            self._happened(Event.WAITED if self.state is OPEN else Event.RELAPSED, now_ms)
        if self.state is OPEN or self.permits == self.probes:
            return None
        self.permits += 1
        self.since_ms = now_ms
        return Permit(self.stay, now_ms)

    def record(self, permit: Permit, now_ms: float, ok: bool) -> None:
        """Count the outcome of the call that ``permit`` is for, once; an outcome from an earlier stay is ignored.

        If a clock set back makes a call end before it began, its duration counts as not slow. Raises ValueError for a
        time that is not finite, and in half-open for more outcomes than permits given.
        """
        if not -FOREVER < now_ms < FOREVER:
            raise ValueError(f"now_ms={now_ms!r}: a finite time is required")
        if permit.stay != self.stay:
            return
        if self.state is HALF_OPEN:
            self._require_a_probe()
        slow = self.slow_ms is not None and now_ms - permit.began_ms >= self.slow_ms
        if self.state is CLOSED:
            if self.rule.add(not ok, slow):
                self._happened(Event.TRIPPED, now_ms)
        elif not ok or slow:
            self._happened(Event.RELAPSED, now_ms)
        else:
            self.good += 1
            if self.good == self.probes:
                self._happened(Event.RECOVERED, now_ms)

    def cancel(self, permit: Permit) -> None:
        """Return a permit without an outcome: the call was not made, or says nothing about the service.

        Raises ValueError in half-open if no permit is outstanding: each is returned once, by `record` or `cancel`.
        """
        if permit.stay == self.stay and self.state is HALF_OPEN:
            self._require_a_probe()
            self.permits -= 1

    def _require_a_probe(self) -> None:
        if self.good == self.permits:
            raise ValueError("no probe is under way: each permit is recorded or cancelled once")

    def clone(self) -> CircuitBreaker:
        """Return an independent copy."""
        other = copy.copy(self)
        other.rule = copy.deepcopy(self.rule)
        return other

    def _is_over(self, now_ms: float) -> bool:
        """Return True if the open time is over, or in half-open if outcomes have been missing for as long."""
        self.since_ms = min(self.since_ms, now_ms)  # the clock was set back: wait again
        waits = self.state is OPEN or self.permits == self.probes
        return waits and now_ms - self.since_ms >= self.open_ms

    def _happened(self, event: Event, now_ms: float) -> None:
        """Enter the next state of the table; all counts of the previous state are cleared."""
        self.state = TRANSITIONS[self.state, event]
        self.stay += 1
        self.since_ms = now_ms
        self.permits = self.good = 0
        self.rule = self.rule.fresh()
