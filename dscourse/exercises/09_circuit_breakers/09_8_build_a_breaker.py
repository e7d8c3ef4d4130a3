"""Judge of 09.8: a whole circuit breaker, under plans of calls by several threads."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.exercises.tasks import Wrong, plain
from dscourse.show.table import table

__all__ = ["LINES", "judge"]

LINES = 5_000_000

_PLANS = 400
_THREADS = ("t1", "t2", "t3", "t4")
_ERRORS: tuple[Exception | None, ...] = (
    None, None, ConnectionResetError("reset"), TimeoutError("late"), TimeoutError("late"), KeyError("no such page"),
)  # fmt: skip
_SETTINGS = (
    (2, 1_000, (OSError,)),
    (1, 200, (TimeoutError, ConnectionError)),
    (3, 30_000, (OSError,)),
)


@dataclass(frozen=True)
class _Call:
    """A call by a thread: it begins, and ends so many ms later (None: never) with this error, or with none."""

    thread: str
    begin_ms: float
    lasts_ms: float | None
    error: Exception | None

    def __str__(self) -> str:
        end = "never ends"
        if self.lasts_ms is not None:
            how = f"raises {type(self.error).__name__}" if self.error else "is good"
            end = f"{how} after {self.lasts_ms:,} ms"
        return f"{self.thread} calls at {self.begin_ms:,} ms and {end}"


class _Reference:
    """A breaker that keeps the promises of the text, without locks."""

    def __init__(self, limit: int, open_ms: float, failures: tuple[type[Exception], ...]) -> None:
        self.limit, self.open_ms, self.failures = limit, open_ms, failures
        self.state, self.stay, self.since_ms, self.bad = "closed", 0, 0.0, 0
        self.inside: dict[str, list[int]] = {}

    def enter(self, thread: str, now_ms: float) -> tuple[bool, str]:
        """Return whether the thread may call, and why."""
        stack = self.inside.setdefault(thread, [])
        if stack:
            stack.append(-1)
            return True, f"{thread} is in a call already, and this one belongs to it"
        if self.state != "closed":
            over = now_ms - self.since_ms >= self.open_ms
            if not over:
                why = "open" if self.state == "open" else "half-open, and its probe is in flight"
                return False, f"the circuit is {why}"
            given_up = self.state == "half-open"
            self._go("half-open", now_ms)
            stack.append(self.stay)
            why = (
                "the probe before it has not ended in time" if given_up else "the open time is over"
            )
            return True, f"it is the probe: {why}"
        stack.append(self.stay)
        return True, "the circuit is closed"

    def leave(self, thread: str, now_ms: float, error: Exception | None) -> None:
        stay = self.inside[thread].pop()
        if stay != self.stay:
            return
        self.bad = self.bad + 1 if isinstance(error, self.failures) else 0
        if self.state == "half-open":
            self._go("open" if self.bad else "closed", now_ms)
        elif self.bad == self.limit:
            self._go("open", now_ms)

    def _go(self, state: str, now_ms: float) -> None:
        self.state, self.since_ms, self.bad = state, now_ms, 0
        self.stay += 1


def judge(breaker: Any) -> Wrong | None:
    """Judge 400 plans of calls, from the shortest on; the first that fails is made as small as possible."""
    if not isinstance(breaker, type):
        return Wrong("`Breaker` must be a class.")
    for number, plan in enumerate(sorted(map(_plan, range(_PLANS)), key=len)):
        settings = _SETTINGS[number % len(_SETTINGS)]
        start_ms = 0 if number % 2 else 86_400_000

        def fault(
            calls: Sequence[_Call], settings: Any = settings, start_ms: int = start_ms
        ) -> str | None:
            return _fault(breaker, settings, start_ms, calls)

        scaled = [_scaled(call, settings[1]) for call in plan]
        if fault(scaled):
            return _shown(_shrunk(scaled, fault), settings, fault)
    return None


def _plan(seed: int) -> list[_Call]:
    """Return 2 to 20 calls, in thousandths of the open time; some are made within another one of their thread."""
    draws = random.Random(seed)
    calls, now = [], 0.0
    for _ in range(draws.randint(2, 20)):
        now += draws.choice((1, 3, 8, 8, 310, 470, 985, 1_013, 1_270))
        lasts = draws.choice((5, 5, 5, 21, 21, 330, 1_090, None))
        calls.append(_Call(draws.choice(_THREADS), now, lasts, draws.choice(_ERRORS)))
    return calls


def _scaled(call: _Call, open_ms: float) -> _Call:
    factor = open_ms / 1_000
    lasts_ms = None if call.lasts_ms is None else round(call.lasts_ms * factor, 1)
    return _Call(call.thread, round(call.begin_ms * factor, 1), lasts_ms, call.error)


def _fault(
    breaker: Any, settings: tuple[int, float, Any], start_ms: float, calls: Sequence[_Call]
) -> str | None:
    """Return the first difference from what is promised in a run of these calls, in words.

    A call within another one of its thread ends before it does: the outer call is held until then.
    """
    limit, open_ms, failures = settings
    theirs, ours = breaker(limit, open_ms, failures), _Reference(*settings)
    bystander = breaker(limit, open_ms, failures)
    events = sorted(
        [(call.begin_ms, number, "enter", call) for number, call in enumerate(calls)]
        + [
            (call.begin_ms + call.lasts_ms, number, "leave", call)
            for number, call in enumerate(calls)
            if call.lasts_ms is not None
        ],
        key=lambda event: event[:3],
    )
    inside: dict[str, list[int]] = {name: [] for name in _THREADS}
    ended: dict[int, tuple[float, _Call]] = {}
    for at_ms, number, what, call in events:
        now_ms = start_ms + at_ms
        stack = inside[call.thread]
        if what == "enter":
            right, why = ours.enter(call.thread, now_ms)
            answer = plain(theirs.enter(call.thread, now_ms))
            if not isinstance(answer, bool):
                return f"`enter` must return True or False, not {answer!r:.40}."
            if answer != right:
                return f"At {at_ms:,} ms {call.thread} is {'allowed' if answer else 'refused'}, but {why}."
            if right:
                stack.append(number)
        elif number in stack:
            ended[number] = (now_ms, call)
            while stack and stack[-1] in ended:
                error = ended[stack.pop()][1].error
                ours.leave(call.thread, now_ms, error)
                theirs.leave(call.thread, now_ms, error)
    if plain(bystander.enter("t1", start_ms)) is not True:
        return "A second breaker, through which nobody has called, refuses its first call."
    return None


def _shrunk(calls: Sequence[_Call], fault: Callable[[Sequence[_Call]], str | None]) -> list[_Call]:
    """Return a plan with a fault from which no call can be left out."""
    for index in range(len(calls)):
        less = [*calls[:index], *calls[index + 1 :]]
        if fault(less):
            return _shrunk(less, fault)
    return list(calls)


def _shown(
    calls: Sequence[_Call], settings: tuple[int, float, Any], fault: Callable[[Sequence[_Call]], str | None]
) -> Wrong:  # fmt: skip
    limit, open_ms, failures = settings
    names = ", ".join(kind.__name__ for kind in failures)
    why = fault(calls) or ""
    sentence = (
        f"limit {limit}, open for {open_ms:,} ms, failures: {names}. "
        f"{'; '.join(map(str, calls))}. {why}"
    )
    rows = {
        f"{number}. {call.thread}": [
            f"{call.begin_ms:,} ms",
            "never" if call.lasts_ms is None else f"{call.begin_ms + call.lasts_ms:,} ms",
            "" if call.lasts_ms is None else type(call.error).__name__ if call.error else "good",
        ]
        for number, call in enumerate(calls, start=1)
    }
    return Wrong(
        f"The smallest plan of calls found: {sentence}",
        table(["begins", "ends", "outcome"], rows, sentence=sentence),
    )
