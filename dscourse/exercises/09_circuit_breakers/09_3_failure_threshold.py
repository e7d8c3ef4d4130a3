"""Judge of 09.3: a threshold of consecutive failures."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges.values import whole
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.circuit_breakers import calls_before_it_opens

__all__ = ["judge"]

_SHARE, _A_DAY, _EVERY_MS, _MOST_MS = 0.1, 1_728_000, 50, 500
_LARGEST = 1_000


def judge(threshold: Any) -> Wrong | None:
    limit = whole(threshold)
    if limit is None or limit < 1:
        return Wrong(f"`threshold` must be a whole number, 1 or more, not {threshold!r:.40}.")
    a_day = _A_DAY / calls_before_it_opens(_SHARE, limit) if limit < _LARGEST else 0.0
    if a_day > 1:
        return Wrong(
            f"After {limit} failures in a row the circuit opens {a_day:,.1f} times a day on average, "
            f"although the service is well: {limit} of the calls that fail anyway come one after the other."
        )
    if limit * _EVERY_MS > _MOST_MS:
        return Wrong(
            f"When the service dies, {limit:,} calls must fail first. At 20 calls per second that takes "
            f"{limit * _EVERY_MS:,} ms."
        )
    return None
