"""Judge of 07.3: a threshold of φ between wrong and late suspicions."""

from __future__ import annotations

from typing import Any

from dscourse.detectors import PhiAccrual, quality
from dscourse.exercises.judges.values import number
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.failure_detectors import INTERVAL_MS, arriving

__all__ = ["judge"]

_LOSS, _JITTER, _BEATS = 20, 40, 3_100
_MOST_MISTAKES, _MOST_MS = 12, 480.0


def judge(threshold: Any) -> Wrong | None:
    given, threshold = threshold, number(threshold)
    if threshold is None or not 0.1 <= threshold <= 100:
        return Wrong(f"`threshold` must be a number from 0.1 to 100, not {given!r}.")
    detector = PhiAccrual(threshold, 100, 5, 0, INTERVAL_MS)
    result = quality(detector, arriving(_BEATS, _LOSS, _JITTER), 100)
    if result.mistakes > _MOST_MISTAKES:
        return Wrong(
            f"With φ = {threshold:g} the node is wrongly suspected {result.mistakes} times in five minutes: "
            "too hasty."
        )
    if result.detection_ms > _MOST_MS:
        return Wrong(
            f"With φ = {threshold:g} there are only {result.mistakes} mistakes, but a crash is suspected after "
            f"{result.detection_ms:.0f} ms: too late."
        )
    return None
