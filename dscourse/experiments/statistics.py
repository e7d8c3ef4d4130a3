"""Statistics that several chapters report."""

from __future__ import annotations

import math
from collections.abc import Iterable

__all__ = ["percentile"]


def percentile(samples: Iterable[float], share: float) -> float:
    """Return the smallest sample that at least ``share`` (0 to 1) of the samples do not exceed.

    ValueError without samples, or for a share outside 0 to 1.

    >>> percentile([30.0, 10.0, 20.0, 40.0], 0.5), percentile(range(1, 21), 0.9)
    (20.0, 18)
    """
    ordered = sorted(samples)
    if not ordered:
        raise ValueError("no samples: a percentile needs at least 1")
    if not 0 <= share <= 1:
        raise ValueError(f"share={share!r}: a number from 0 to 1 is required")
    return ordered[max(0, math.ceil(round(len(ordered) * share, 9)) - 1)]
