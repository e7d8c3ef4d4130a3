"""Judge of 08.6: the longest lease that is safe at a given clock drift."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges.values import number
from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_CASES = (
    (1_000, 0.0), (1_000, 0.1), (300, 0.05), (5_000, 0.5), (200, 0.01), (60, 0.25), (40_000, 0.001), (7.5, 0.9),
    (3_600_000, 0.02), (0.5, 0.1),
)  # fmt: skip
_ROUNDED = 1e-6  # of a number with 32 bits
_ROUNDED_MS = 1.0  # a lease rounded down to whole ms is long enough


def judge(lease: Any) -> Wrong | None:
    for silence, drift in _CASES:
        wrong = _mistake(f"lease({silence}, {drift})", lease(silence, drift), silence, drift)
        if wrong is not None:
            return Wrong(wrong)
    return None


def _mistake(call: str, answer: Any, silence: float, drift: float) -> str | None:
    ms = number(answer)
    if ms is None:
        return f"{call} gives {answer!r:.40}: it must be a number of ms."
    exact = silence * (1 - drift) / (1 + drift)
    if ms > exact * (1 + _ROUNDED):
        slow, fast = ms / (1 - drift), silence / (1 + drift)
        return (
            f"{call} gives {ms:g}. On the slowest clock it lasts {slow:.1f} ms, and on the fastest one a voter waits "
            f"only {fast:.1f}: two leaders for {slow - fast:.1f} ms."
        )
    if ms < exact * (1 - 1e-9) - min(_ROUNDED_MS, exact / 20):
        return f"{call} gives {ms:g}: that is safe, but {exact:.1f} would be as well."
    return None
