"""Judge of 08.6: the longest lease that is safe at a given clock drift."""

from __future__ import annotations

import math
from typing import Any

from dscourse.exercises.tasks import Wrong, plain

__all__ = ["judge"]


def judge(lease: Any) -> Wrong | None:
    for silence, drift in ((1_000, 0.0), (1_000, 0.1), (300, 0.05), (5_000, 0.5), (200, 0.01)):
        answer = plain(lease(silence, drift))
        exact = silence * (1 - drift) / (1 + drift)
        if (
            not isinstance(answer, int | float)
            or isinstance(answer, bool)
            or not math.isfinite(answer)
        ):
            return Wrong(f"lease({silence}, {drift}) gives {answer!r}: it must be a number of ms.")
        if answer > exact * (1 + 1e-9):
            slow, fast = answer / (1 - drift), silence / (1 + drift)
            return Wrong(
                f"lease({silence}, {drift}) gives {answer:g}. On the slowest clock it lasts {slow:.0f} ms, and "
                f"on the fastest one a voter waits only {fast:.0f}: two leaders for {slow - fast:.0f} ms."
            )
        if answer < 0.9 * exact:
            return Wrong(
                f"lease({silence}, {drift}) gives {answer:g}: that is safe, but {exact:.0f} would be as well."
            )
    return None
