"""Judge of 02.4: offset and error of a clock from four timestamps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dscourse.exercises.judges.values import listed, number
from dscourse.exercises.tasks import Wrong
from dscourse.sim.streams import stream

__all__ = ["judge"]

_Rule = Callable[[float, float, float, float], float]
_Exchange = tuple[float, float, float, float, float]  # t1, offset, there, at the server, back

_OFFSETS: tuple[tuple[_Rule, str], ...] = (
    (lambda t1, t2, t3, t4: abs(t2 - t1 + t3 - t4) / 2, "A clock that is behind has an offset below 0."),
    (lambda t1, t2, t3, t4: t1 - t2 + t4 - t3, "The sign is wrong, and it is not halved."),
    (lambda t1, t2, t3, t4: (t1 - t2 + t4 - t3) / 2, "The sign is turned round."),
    (lambda t1, t2, t3, t4: t2 - t1 + t3 - t4, "The two differences must be averaged."),
    (lambda t1, t2, t3, t4: t3 - t4, "That leaves out how long the answer took."),
    (lambda t1, t2, t3, t4: t2 - t1, "That leaves out how long the question took."),
    (lambda t1, t2, t3, t4: (t4 - t1 - t3 + t2) / 2, "The pair is (offset, error), in this order."),
)  # fmt: skip
_ERRORS: tuple[tuple[_Rule, str], ...] = (
    (lambda t1, t2, t3, t4: (t4 - t1) / 2, "The time at the server is known, and no part of the error."),
    (lambda t1, t2, t3, t4: t4 - t1 - t3 + t2, "From the middle, half of that reaches both ends."),
    (lambda t1, t2, t3, t4: t4 - t1, "That is the whole round trip, with the time at the server."),
)  # fmt: skip


def judge(bound: Any) -> Wrong | None:
    for start, true, there, inside, back in _exchanges():
        t1, t2 = start, start + there + true
        times = (t1, t2, t2 + inside, t1 + there + inside + back)
        wrong = _wrong_bound(bound(*times), times, true)
        if wrong:
            shown = ", ".join(f"{time:.13g}" for time in times)
            ways = f"question {there:g} ms, answer {back:g} ms"
            return Wrong(
                f"bound({shown}): {wrong} (Here the server is ahead by {true:g} ms; {ways}.)"
            )
    return None


def _exchanges() -> Iterator[_Exchange]:
    """Yield exchanges, simple ones first: clocks far apart, ways of 0 ms, and any time of day among them."""
    yield from (
        (1_000.0, 7.0, 12.0, 3.0, 5.0), (1_000.0, -40.0, 10.0, 4.0, 10.0), (1_000.0, 0.0, 2.0, 1.0, 30.0),
        (0.0, 5.0, 0.0, 3.0, 20.0), (0.0, -5.0, 20.0, 0.0, 0.0), (50.0, 3.0, 0.0, 2.0, 0.0),
        (100.0, -250.0, 8.0, 2.0, 4.0), (500.0, 3_600_000.0, 7.0, 1.0, 9.0), (86_400_000.0, 12.0, 3.0, 0.5, 2.0),
    )  # fmt: skip
    draws = stream(2, "exchanges")
    for turn in range(300):
        largest = (3, 4, 10)[turn % 3]  # powers of ten, in ms
        start, offset = (10 ** (largest * draws.random()) - 1 for _ in range(2))
        there, inside, back = (10 ** (min(largest, 5) * draws.random()) - 1 for _ in range(3))
        sign = 1 if draws.random() < 0.5 else -1
        start, offset, there, inside, back = (
            round(ms, 3) for ms in (start, sign * offset, there, inside, back)
        )
        yield start, offset, there, inside, back


def _wrong_bound(answer: Any, times: tuple[float, ...], true: float) -> str | None:
    """Return the fault of (offset, error), or None."""
    both = listed(answer)
    if both is None or len(both) != 2:
        return f"it must return a pair (offset, error), not {answer!r:.60}."
    offset, error = map(number, both)
    if offset is None or error is None:
        return f"offset and error must be finite numbers, not {answer!r:.60}."
    t1, t2, t3, t4 = times
    slack = 1e-9 + 1e-14 * max(map(abs, times))
    middle, half = ((t2 - t1) + (t3 - t4)) / 2, ((t4 - t1) - (t3 - t2)) / 2
    if abs(offset - middle) > slack:
        why = _slip(_OFFSETS, offset, times)
        return f"the middle of what is possible is {middle:.10g}, not {offset:.10g}.{why}"
    if abs(offset - true) > error + slack:
        return f"an error of {error:.10g} is too small a claim: the truth is {abs(offset - true):.10g} ms away."
    if error > half + slack:
        why = _slip(_ERRORS, error, times)
        return f"an error of {error:.10g} holds, but {half:.10g} is enough.{why}"
    if error < half - slack:
        return (
            f"the error is {half:.10g}, not {error:.10g}: had one way taken no time, the truth would be "
            f"{half:.10g} ms from the middle."
        )
    return None


def _slip(rules: tuple[tuple[_Rule, str], ...], value: float, times: tuple[float, ...]) -> str:
    """Return the explanation of the known mistake that gives this value; empty for an unknown one."""
    t1, t2, t3, t4 = times
    return next((f" {why}" for rule, why in rules if abs(value - rule(t1, t2, t3, t4)) < 1e-9), "")
