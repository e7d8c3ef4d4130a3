"""Judge of 09.6: a circuit breaker that lets one probe through."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from dscourse.breaker import CircuitBreaker, CircuitState, ConsecutiveFailures, Permit
from dscourse.exercises.tasks import Wrong, plain

__all__ = ["LINES", "judge"]

LINES = 3_000_000

_OPEN_MS = 1_000
_LENGTH, _LONG, _SAMPLES = 8, 60, 300
_LONGEST, _LONGEST_SAMPLES = 300, 10
_STARTS_MS = (0, 1_700_006_399_990, -5_000.5)  # the second is just before midnight
_WAITS = {
    "wait 999.5": 999.5,
    "wait 1000.25": 1_000.25,
    "wait 3.5": 3.5,
    "wait 450": 450,
}  # no sum is 1,000
_STEPS = {
    "ask": "a caller asks", "good": "the oldest call ends well", "bad": "the oldest call fails",
    "last good": "the newest call ends well", "last bad": "the newest call fails",
} | {name: f"{ms:,} ms pass" for name, ms in _WAITS.items()}  # fmt: skip


class _Run:
    """The learner's breaker beside the reference one, and the calls in flight."""

    def __init__(self, theirs: Any, now_ms: float) -> None:
        self.theirs, self.now_ms, self.probed_ms = theirs, now_ms, now_ms
        self.ours = CircuitBreaker(ConsecutiveFailures(2), open_ms=_OPEN_MS)
        self.calls: list[Permit] = []
        self.steps: list[str] = []

    def takes(self, step: str) -> bool:
        """Return True if this step is possible: there is a call that can end, or a probe ends within a second."""
        if step in _WAITS:
            probing = self.ours.state is CircuitState.HALF_OPEN
            return not probing or self.now_ms + _WAITS[step] - self.probed_ms < _OPEN_MS
        return step == "ask" or bool(self.calls)

    def take(self, step: str) -> str | None:
        """Take a step, and return the fault of the learner's breaker, if any."""
        step = step.removeprefix("last ") if len(self.calls) == 1 else step
        self.steps.append(step)
        if step in _WAITS:
            self.now_ms += _WAITS[step]
            return None
        if step == "ask":
            return self._ask()
        permit, ok = self.calls.pop(-1 if "last" in step else 0), "good" in step
        self.ours.record(permit, self.now_ms, ok)
        if self.theirs is not None:
            self.theirs.record(self.now_ms, ok)
        self.calls = [call for call in self.calls if call.stay == self.ours.stay]
        return None

    def _ask(self) -> str | None:
        before = self.ours.state
        permit = self.ours.allow(self.now_ms)
        if permit is not None:
            self.calls.append(permit)
            self.probed_ms = self.now_ms
        if self.theirs is None:
            return None
        theirs = plain(self.theirs.allow(self.now_ms))
        if not isinstance(theirs, bool):
            return f"`allow` must return True or False, not {theirs!r:.40}"
        if theirs == (permit is not None):
            return None
        return f"you {'allow' if theirs else 'refuse'} this call, but {_reason(self.ours, before)}"


def _reason(ours: CircuitBreaker, before: CircuitState) -> str:
    if ours.state is CircuitState.CLOSED:
        return "the circuit is closed"
    if ours.state is CircuitState.OPEN:
        return "the circuit is open, and its time is not over"
    return "it is the one probe" if before is CircuitState.OPEN else "the one probe is in flight"


def judge(breaker: Any) -> Wrong | None:
    """Judge every script of eight steps, then longer random ones, at two times of day; and two breakers side by side.

    Each script runs on a new breaker from its first step on, so that an answer is never copied: it may hold a lock.
    """
    if not isinstance(breaker, type):
        return Wrong("`OneProbe` must be a class.")
    return _shared(breaker) or _judge_scripts(breaker) or _side_by_side(breaker)


def _judge_scripts(breaker: Any) -> Wrong | None:
    shortest: tuple[list[str], str] | None = None
    for script in _scripts():
        for start_ms in _STARTS_MS if len(script) > _LENGTH else _STARTS_MS[:2]:
            found = _fault(breaker, script, start_ms)
            if found and (shortest is None or len(found[0]) < len(shortest[0])):
                shortest = _shrunk(breaker, found, start_ms)
        if shortest and len(script) > _LENGTH:
            break
    return Wrong(f"{_in_words(shortest[0])}: {shortest[1]}.") if shortest else None


def _fault(breaker: Any, script: Sequence[str], start_ms: float) -> tuple[list[str], str] | None:
    """Return the steps up to the first fault of a new breaker, with the fault; impossible steps are left out."""
    run = _Run(breaker(), start_ms)
    for step in script:
        fault = run.take(step) if run.takes(step) else None
        if fault is not None:
            return run.steps, fault
    return None


def _shrunk(breaker: Any, found: tuple[list[str], str], start_ms: float) -> tuple[list[str], str]:
    """Return a script with a fault from which hardly a step can be left out."""
    for index in reversed(range(len(found[0]))):
        steps = found[0]
        found = _fault(breaker, steps[:index] + steps[index + 1 :], start_ms) or found
    return found


def _scripts() -> Iterator[Sequence[str]]:
    """Yield every possible script of eight steps in which calls end in their order, then long random ones."""
    yield from _continued([])
    draws = random.Random(1)
    for _ in range(_SAMPLES):
        yield draws.choices([*_STEPS, "ask", "ask"], k=_LONG)
    for _ in range(_LONGEST_SAMPLES):
        yield draws.choices([*_STEPS, "ask", "ask"], k=_LONGEST)


def _continued(script: list[str]) -> Iterator[Sequence[str]]:
    if len(script) == _LENGTH:
        yield script
        return
    run = _Run(None, 0)
    for step in script:
        run.take(step)
    steps = ["ask", "good", "bad"]
    if run.ours.state is not CircuitState.CLOSED:
        steps += [wait for wait in list(_WAITS)[:2] if not script[-1].startswith("wait")]
    for step in steps:
        if run.takes(step):
            yield from _continued([*script, step])


def _shared(breaker: Any) -> Wrong | None:
    """Judge that one breaker does not open another."""
    one, other, alone = breaker(), breaker(), breaker()
    allowed = plain(alone.allow(10))
    for _ in range(2):
        one.allow(0)
    for _ in range(2):
        one.record(5, False)
    if allowed and not plain(other.allow(10)):
        return Wrong(
            "There are two breakers. Two calls through one of them fail, and the other refuses a call: the state "
            "belongs to the object, not to the class."
        )
    return None


def _side_by_side(breaker: Any) -> Wrong | None:
    """Judge two breakers that are used by turns, on different scripts; each alone is right."""
    draws = random.Random(2)
    for start_ms in _STARTS_MS:
        one, other = _Run(breaker(), start_ms), _Run(breaker(), start_ms)
        for step in draws.choices([*_STEPS, "ask", "ask"], k=2 * _LONGEST):
            run = draws.choice((one, other))
            fault = run.take(step) if run.takes(step) else None
            if fault is not None:
                return Wrong(
                    f"Two breakers are used by turns, and one of them goes wrong: {fault}. What a breaker knows "
                    "belongs in its own attributes."
                )
    return None


def _in_words(script: Sequence[str]) -> str:
    text = ", ".join(_STEPS[step] for step in script)
    return f"Limit 2, open for 1,000 ms. {text[0].upper()}{text[1:]}"
