"""Judge of 07.4: a φ that stays finite far in the tail."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

from dscourse.detectors import Normal
from dscourse.exercises.judges.values import number
from dscourse.exercises.tasks import Wrong, by_name, plain

__all__ = ["NAMES", "judge"]

NAMES = by_name(math)

_DEVIATIONS = (
    -6.0, -2.0, 0.0, 1.0, 3.0, 5.0, 7.0, 8.5, 9.0, 12.0, 20.0, 30.0, 37.0, 40.0, 60.0, 200.0,
)  # fmt: skip


_RANDOM_CASES = 300
_USUAL = ((1_000, 100), (50, 4), (200, 75), (30_000, 0.5))  # mean and deviation, in ms


def judge(phi: Any) -> Wrong | None:
    for mean, deviation, y in [*_grid(), *_random_cases()]:
        wrong = _judge_one(phi, mean + deviation * y, mean, deviation, y)
        if wrong is not None:
            return wrong
    return None


def _grid() -> Iterator[tuple[float, float, float]]:
    """Yield each mean and deviation at each distance."""
    for mean, deviation in _USUAL:
        yield from ((mean, deviation, y) for y in _DEVIATIONS)


def _random_cases() -> Iterator[tuple[float, float, float]]:
    """Yield means and deviations of many magnitudes, and distances that are densest near 8 deviations."""
    draw = random.Random(1)
    for count in range(_RANDOM_CASES):
        mean = 10 ** draw.uniform(-3, 6)
        deviation = mean * 10 ** draw.uniform(-3, 1)
        y = draw.uniform(*((-6, 7.9), (7.9, 9.5), (9.5, 38), (38, 200))[count % 4])
        yield mean, deviation, y


def _judge_one(phi: Any, elapsed: float, mean: float, deviation: float, y: float) -> Wrong | None:
    call = f"phi({elapsed:g}, {mean:g}, {deviation:g})"
    exact = Normal().phi(elapsed, mean, deviation)
    found = phi(elapsed, mean, deviation)
    value = number(found)
    if value is None and isinstance(plain(found), float) and math.isinf(found):
        return Wrong(
            f"{call} is infinite, {y:g} deviations after the mean. It is {exact:.5g}: the "
            "probability became 0 before "
            "its logarithm was taken."
        )
    if value is None:
        return Wrong(f"{call} gives {found!r}: it must be a number.")
    if exact > 1e-12 and abs(value - exact * math.log(10)) <= 1e-6 * value:
        return Wrong(
            f"{call} gives {value:.6g}, the natural logarithm; with base 10 it is {exact:.6g}."
        )
    if abs(value - exact) > max(1e-6 * exact, 1e-12):
        return Wrong(
            f"{call} gives {value:.6g}; -log10 of the normal tail {y:g} deviations after the mean is {exact:.6g}."
        )
    return None
