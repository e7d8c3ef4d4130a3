"""Judge of 09.8: a whole circuit breaker, under plans of calls by several threads through two breakers."""

from __future__ import annotations

import asyncio
import random
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from dscourse.exercises.tasks import Wrong, plain
from dscourse.show.table import table

__all__ = ["LINES", "judge"]

LINES = 5_000_000

_PLANS = 500


class _EmptyError(OSError):
    """An error that is false, as one with an empty list of causes may be."""

    def __bool__(self) -> bool:
        return False


_THREADS: tuple[tuple[Any, ...], ...] = (
    ("t1", "t2", "t3", "t4"), ("t1", "t2"), (0, 1, "1", ""), tuple(range(140_000, 140_012)), (("a", 1), ("a", 2)),
)  # fmt: skip
_ERRORS: tuple[BaseException | None, ...] = (
    None, None, None, ConnectionResetError("reset"), TimeoutError("late"), TimeoutError("late"), _EmptyError(),
    KeyError("no such page"), asyncio.CancelledError(),
)  # fmt: skip
_SETTINGS: tuple[tuple[int, float, tuple[type[BaseException], ...]], ...] = (
    (2, 1_000, (OSError,)),
    (1, 200, (TimeoutError, ConnectionError)),
    (3, 30_000, (OSError,)),
    (1, 45, (ConnectionError, TimeoutError, asyncio.CancelledError)),
    (7, 300_000, (OSError, asyncio.CancelledError)),
)
_BARRIER_S = 1.0  # a machine under load starts a thread late


@dataclass(frozen=True)
class _Call:
    """A call by a thread: it begins, and ends so many ms later (None: never) with this error, or with none."""

    thread: Any
    begin_ms: float
    lasts_ms: float | None
    error: BaseException | None
    second: bool = False  # through the second breaker

    def __str__(self) -> str:
        end = "never ends"
        if self.lasts_ms is not None:
            how = "is good" if self.error is None else f"raises {_outcome(self)}"
            end = f"{how} after {self.lasts_ms:,} ms"
        through = " through the second breaker" if self.second else ""
        return f"{_name(self.thread)} calls{through} at {self.begin_ms:,} ms and {end}"


def _name(thread: Any) -> str:
    """Return a thread's name, or its identity in other words."""
    return thread if isinstance(thread, str) and thread.isidentifier() else f"thread {thread!r}"


def _outcome(call: _Call) -> str:
    if call.lasts_ms is None:
        return ""
    return "good" if call.error is None else type(call.error).__name__.strip("_")


class _Reference:
    """A breaker that keeps the promises of the text, without locks."""

    def __init__(
        self, limit: int, open_ms: float, failures: tuple[type[BaseException], ...]
    ) -> None:
        self.limit, self.open_ms, self.failures = limit, open_ms, failures
        self.state, self.stay, self.since_ms, self.bad = "closed", 0, 0.0, 0
        self.inside: dict[Any, list[int]] = {}

    def enter(self, thread: Any, now_ms: float) -> tuple[bool, str]:
        """Return whether the thread may call, and why."""
        stack = self.inside.setdefault(thread, [])
        if stack:
            stack.append(-1)
            return True, f"{_name(thread)} is in a call already, and this one belongs to it"
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

    def leave(self, thread: Any, now_ms: float, error: BaseException | None) -> None:
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
    """Judge 500 plans of calls, from the shortest on, and a race; the first plan that fails is made smaller."""
    if not isinstance(breaker, type):
        return Wrong("`Breaker` must be a class.")
    for number, plan in enumerate(sorted(map(_plan, range(_PLANS)), key=len)):
        settings = _SETTINGS[number % len(_SETTINGS)]
        start_ms = (0, 86_400_000, -7_000)[number % 3]

        def fault(
            calls: Sequence[_Call], settings: Any = settings, start_ms: float = start_ms
        ) -> str | None:
            return _fault(breaker, settings, start_ms, calls)

        scaled = [_scaled(call, settings[1]) for call in plan]
        if fault(scaled):
            return _shown(_shrunk(scaled, fault), settings, fault)
    return _race(breaker)


def _plan(seed: int) -> list[_Call]:
    """Return 2 to 90 calls, in thousandths of the open time; some are made within another one of their thread."""
    draws = random.Random(seed)
    threads = draws.choice(_THREADS)
    healthy = draws.choice((0.0, 0.0, 0.5))
    calls, now = [], 0.0
    for _ in range(draws.choice((draws.randint(2, 20), draws.randint(2, 20), 90))):
        now += draws.choice((0, 1, 3, 8, 8, 310, 470, 985, 1_013, 1_270))
        lasts = draws.choice(
            (0, 5, 5, 5, 21, 21, 330, 1_090, 2_700, 6_100, draws.randint(5_000, 12_000), None)
        )
        error = None if draws.random() < healthy else draws.choice(_ERRORS)
        calls.append(_Call(draws.choice(threads), now, lasts, error, draws.random() < 0.15))
    return calls


def _scaled(call: _Call, open_ms: float) -> _Call:
    factor = open_ms / 1_000
    lasts_ms = None if call.lasts_ms is None else round(call.lasts_ms * factor, 1)
    return replace(call, begin_ms=round(call.begin_ms * factor, 1), lasts_ms=lasts_ms)


def _fault(
    breaker: Any, settings: tuple[int, float, Any], start_ms: float, calls: Sequence[_Call]
) -> str | None:
    """Return the first difference from what is promised in a run of these calls, in words.

    A call within another one of its thread ends before it does: the outer call is held until then.
    """
    limit, open_ms, failures = settings
    theirs = [breaker(limit, open_ms, failures), breaker(limit + 1, open_ms, failures)]
    ours = [_Reference(*settings), _Reference(limit + 1, open_ms, failures)]
    inside: dict[tuple[bool, Any], list[int]] = {}
    ended: dict[int, _Call] = {}
    for at_ms, number, what, call in _events(calls):
        now_ms = start_ms + at_ms
        stack = inside.setdefault((call.second, call.thread), [])
        if what == "enter":
            right, why = ours[call.second].enter(call.thread, now_ms)
            answer = plain(theirs[call.second].enter(call.thread, now_ms))
            if not isinstance(answer, bool):
                return f"`enter` must return True or False, not {answer!r:.40}."
            if answer != right:
                return f"At {at_ms:,} ms {_name(call.thread)} is {'allowed' if answer else 'refused'}, but {why}."
            if right:
                stack.append(number)
        elif number in stack:
            ended[number] = call
            while stack and stack[-1] in ended:
                error = ended[stack.pop()].error
                ours[call.second].leave(call.thread, now_ms, error)
                theirs[call.second].leave(call.thread, now_ms, error)
    return None


def _events(calls: Sequence[_Call]) -> list[tuple[float, int, str, _Call]]:
    """Return the calls' beginnings and ends, in the order of their times."""
    begins = [(call.begin_ms, number, "enter", call) for number, call in enumerate(calls)]
    ends = [
        (call.begin_ms + call.lasts_ms, number, "leave", call)
        for number, call in enumerate(calls)
        if call.lasts_ms is not None
    ]
    return sorted(begins + ends, key=lambda event: event[:3])


class _Instant(float):
    """A time whose first use in a thread waits a moment for another thread to use it too."""

    barrier: Any = None
    waited: Any = None

    def _meet(self) -> None:
        if not getattr(self.waited, "done", False):
            self.waited.done = True
            with suppress(threading.BrokenBarrierError):  # the other thread may wait for a lock
                self.barrier.wait(_BARRIER_S)

    def __sub__(self, other: float) -> float:
        self._meet()
        return float(self) - other

    def __lt__(self, other: float) -> bool:
        self._meet()
        return float(self) < other

    def __ge__(self, other: float) -> bool:
        self._meet()
        return float(self) >= other

    def __gt__(self, other: float) -> bool:
        self._meet()
        return float(self) > other

    def __le__(self, other: float) -> bool:
        self._meet()
        return float(self) <= other


def _race(breaker: Any) -> Wrong | None:
    """Judge that of two threads that enter an open breaker at the same time, when its time is over, one may call."""
    if sys.platform == "emscripten":
        print("A browser has no threads: two callers at the same moment were not tried.")
        return None
    circuit = breaker(1, 1_000, (OSError,))
    circuit.enter("t0", 0)
    circuit.leave("t0", 5, OSError("down"))
    now_ms = _Instant(2_000)
    now_ms.barrier, now_ms.waited = threading.Barrier(2), threading.local()
    allowed: list[str] = []

    def enter(name: str) -> None:
        if circuit.enter(name, now_ms):
            allowed.append(name)

    both = [threading.Thread(target=enter, args=(name,), daemon=True) for name in ("t1", "t2")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(10)
    if len(allowed) == 1:
        return None
    how = "both may call" if allowed else "neither may call"
    return Wrong(
        f"limit 1, open for 1,000 ms. The open time is over, two threads enter at one moment, and {how}: between "
        "looking at the state and changing it, another thread may do the same. Let one lock cover both."
    )


def _shrunk(calls: Sequence[_Call], fault: Callable[[Sequence[_Call]], str | None]) -> list[_Call]:
    """Return a plan with a fault from which hardly a call can be left out."""
    rest = list(calls)
    for index in reversed(range(len(rest))):
        less = rest[:index] + rest[index + 1 :]
        if fault(less):
            rest = less
    return rest


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
        f"{number}. {_name(call.thread)}": [
            f"{call.begin_ms:,} ms",
            "never" if call.lasts_ms is None else f"{call.begin_ms + call.lasts_ms:,} ms",
            _outcome(call),
        ]
        for number, call in enumerate(calls, start=1)
    }
    return Wrong(
        f"The smallest plan of calls found: {sentence}",
        table(["begins", "ends", "outcome"], rows, sentence=sentence),
    )
