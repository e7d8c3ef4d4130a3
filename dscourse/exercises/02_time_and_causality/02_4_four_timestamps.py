"""Judge of 02.4: offset and error of a clock from four timestamps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dscourse.exercises.tasks import Wrong
from dscourse.sim.streams import stream

__all__ = ["judge"]

_Bound = Callable[[float, float, float, float], tuple[float, float]]
_SLIPS: tuple[tuple[_Bound, str], ...] = (
    (lambda t1, t2, t3, t4: (t1 - t2 + t4 - t3, 0.0), "The sign is wrong, and it is not halved"),
    (lambda t1, t2, t3, t4: ((t1 - t2 + t4 - t3) / 2, 0.0), "The sign is turned round"),
    (lambda t1, t2, t3, t4: (t2 - t1 + t3 - t4, 0.0), "The two differences must be averaged"),
    (lambda t1, t2, t3, t4: (t3 - t4, 0.0), "That leaves out how long the answer took"),
    (lambda t1, t2, t3, t4: (t2 - t1, 0.0), "That leaves out how long the question took"),
)


def judge(bound: Any) -> Wrong | None:
    for true, there, inside, back in _exchanges():
        t1 = 1000.0
        t2 = t1 + there + true
        t3 = t2 + inside
        t4 = t1 + there + inside + back
        wrong = _wrong_bound(bound(t1, t2, t3, t4), (t1, t2, t3, t4), true)
        if wrong:
            shown = ", ".join(f"{time:g}" for time in (t1, t2, t3, t4))
            ways = f"question {there:g} ms, answer {back:g} ms"
            return Wrong(
                f"bound({shown}): {wrong} (Here the server is ahead by {true:g} ms; {ways}.)"
            )
    return None


def _exchanges() -> Iterator[tuple[float, float, float, float]]:
    """Yield exchanges as (true offset, delay there, time at the server, delay back); simple ones first."""
    yield from ((7.0, 12.0, 3.0, 5.0), (-40.0, 10.0, 4.0, 10.0), (0.0, 2.0, 1.0, 30.0))
    draws = stream(2, "exchanges")
    for _ in range(200):
        offset, there, inside, back = (draws.random() for _ in range(4))
        yield round(200 * offset - 100), round(40 * there), round(10 * inside), round(40 * back)


def _wrong_bound(answer: Any, times: tuple[float, ...], true: float) -> str | None:
    """Return the fault of (offset, error), or None."""
    if not (isinstance(answer, tuple) and len(answer) == 2):
        return f"it must return a pair (offset, error), not {answer!r}."
    if not all(isinstance(one, int | float) for one in answer):
        return f"offset and error must be numbers, not {answer!r}."
    offset, error = answer
    t1, t2, t3, t4 = times
    middle, half = ((t2 - t1) + (t3 - t4)) / 2, ((t4 - t1) - (t3 - t2)) / 2
    if abs(offset - middle) > 1e-9:
        why = [f" {why}." for rule, why in _SLIPS if abs(offset - rule(t1, t2, t3, t4)[0]) < 1e-9]
        return (
            f"the middle of what is possible is {middle:g}, not {offset:g}.{why[0] if why else ''}"
        )
    if abs(offset - true) > error + 1e-9:
        return f"an error of {error:g} is too small a claim: the truth is {abs(offset - true):g} ms away."
    if abs(error - half) > 1e-9:
        return (
            f"an error of {error:g} holds, but {half:g} is enough."
            if error > half
            else f"the error is {half:g}, not {error:g}."
        )
    return None
