"""Judge of 09.6: a circuit breaker that lets one probe through."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from dscourse.breaker import CircuitBreaker, CircuitState, ConsecutiveFailures, Permit
from dscourse.exercises.tasks import Wrong, plain

__all__ = ["LINES", "judge"]

LINES = 5_000_000

_LONGEST = 12
_STEPS = {
    "ask": "a caller asks", "good": "the oldest call ends well", "bad": "the oldest call fails",
    "wait": "1,000 ms pass",
}  # fmt: skip


class _Pair:
    """The learner's breaker beside the reference one, and the calls under way."""

    def __init__(self, theirs: Any) -> None:
        self.theirs = theirs
        self.ours = CircuitBreaker(ConsecutiveFailures(2), open_ms=1_000)
        self.calls: list[Permit] = []
        self.now_ms = 0.0

    def possible(self) -> Iterator[str]:
        """Return the possible next steps.

        A probe ends before more time passes; calls from before the circuit opened are left out.
        """
        yield "ask"
        if self.calls:
            yield from ("good", "bad")
        if self.ours.state is not CircuitState.CLOSED and not self.calls:
            yield "wait"

    def after(self, step: str) -> tuple[_Pair, str | None]:
        """Return the pair after this step, and the fault of the learner's breaker, if any."""
        pair = copy.deepcopy(self)
        if step == "wait":
            pair.now_ms += 1_000
            return pair, None
        if step == "ask":
            return pair, pair.ask()
        permit = pair.calls.pop(0)
        pair.ours.record(permit, pair.now_ms, step == "good")
        pair.theirs.record(pair.now_ms, step == "good")
        pair.calls = [call for call in pair.calls if call.stay == pair.ours.stay]
        return pair, None

    def ask(self) -> str | None:
        before = self.ours.state
        permit = self.ours.allow(self.now_ms)
        theirs = plain(self.theirs.allow(self.now_ms))
        if not isinstance(theirs, bool):
            return f"`allow` must return True or False, not {theirs!r:.40}"
        if permit is not None:
            self.calls.append(permit)
        if theirs == (permit is not None):
            return None
        return f"you {'allow' if theirs else 'refuse'} this call, but {_reason(self.ours, before)}"


def _reason(ours: CircuitBreaker, before: CircuitState) -> str:
    if ours.state is CircuitState.CLOSED:
        return "the circuit is closed"
    if ours.state is CircuitState.OPEN:
        return "the circuit is open, and its time is not over"
    return "it is the one probe" if before is CircuitState.OPEN else "the one probe is under way"


def judge(breaker: Any) -> Wrong | None:
    """Judge every script of up to twelve steps, shortest first; equal states are followed once."""
    if not isinstance(breaker, type):
        return Wrong("`OneProbe` must be a class.")
    level: list[tuple[_Pair, tuple[str, ...]]] = [(_Pair(breaker()), ())]
    for _ in range(_LONGEST):
        following: dict[str, tuple[_Pair, tuple[str, ...]]] = {}
        for pair, script in level:
            for step in pair.possible():
                after, wrong = pair.after(step)
                if wrong is not None:
                    return Wrong(f"{_in_words((*script, step))}: {wrong}.")
                following.setdefault(_identity(after), (after, (*script, step)))
        level = list(following.values())
    return None


def _identity(pair: _Pair) -> str:
    """Return the text that distinguishes one pair from another."""
    return repr((pair.ours, vars(pair.theirs), pair.calls, pair.now_ms))


def _in_words(script: tuple[str, ...]) -> str:
    text = ", ".join(_STEPS[step] for step in script)
    return f"Limit 2, open for 1,000 ms. {text[0].upper()}{text[1:]}"
