"""Judge of 07.4: a φ that stays finite far in the tail."""

from __future__ import annotations

import math
from typing import Any

from dscourse.detectors import Normal
from dscourse.exercises.tasks import Wrong, by_name

__all__ = ["NAMES", "judge"]

NAMES = by_name(math)

_DEVIATIONS = (
    -6.0, -2.0, 0.0, 1.0, 3.0, 5.0, 7.0, 8.5, 9.0, 12.0, 20.0, 30.0, 37.0, 40.0, 60.0, 200.0,
)  # fmt: skip


def judge(phi: Any) -> Wrong | None:
    for y in _DEVIATIONS:
        elapsed = 1_000 + 100 * y
        exact = Normal().phi(elapsed, 1_000, 100)
        value = phi(elapsed, 1_000, 100)
        if not isinstance(value, int | float) or math.isnan(value):
            return Wrong(f"phi({elapsed:g}, 1000, 100) gives {value!r}: it must be a number.")
        if math.isinf(value):
            return Wrong(
                f"phi({elapsed:g}, 1000, 100) is infinite, {y:g} deviations after the mean. It is {exact:.5g}: the "
                "probability became 0 before its logarithm was taken."
            )
        if abs(value - exact) > max(1e-6 * exact, 1e-12):
            return Wrong(
                f"phi({elapsed:g}, 1000, 100) gives {value:.6g}; -log10 of the normal tail {y:g} deviations "
                f"after the mean is {exact:.6g}."
            )
    return None
