"""Judge of 07.6: heartbeats on which φ errs and a fixed time-out does not."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from dscourse.detectors import FixedTimeout, PhiAccrual
from dscourse.exercises.judges.values import listed, number
from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]


def judge(arrivals: Any) -> Wrong | None:
    times = [number(one) for one in listed(arrivals, most=101) or [None]]
    arrivals = [one for one in times if one is not None]
    if len(arrivals) < len(times):
        return Wrong("`arrivals` must be a list of times in ms, as in [100, 200, 300].")
    if not 2 <= len(arrivals) <= 100:
        many = "More than 100" if len(arrivals) > 100 else len(arrivals)
        return Wrong(f"{many} heartbeats: give from 2 to 100.")
    if any(b < a for a, b in pairwise(arrivals)) or arrivals[0] < 0:
        return Wrong(
            "Times must not be negative, and none may be before the one that stands before it."
        )
    phi, fixed = PhiAccrual(8, 100, 10, 0, 100), FixedTimeout(100, 3)
    by_phi, by_fixed = 0, 0
    for now in arrivals:
        by_phi += phi.suspects(now)
        by_fixed += fixed.suspects(now)
        phi.heartbeat(now)
        fixed.heartbeat(now)
    if by_fixed:
        return Wrong(
            f"The fixed time-out of 300 ms is wrong as well, {by_fixed} times: no gap may be as long as that."
        )
    if not by_phi:
        return Wrong(
            f"φ is never wrong on these: at the end it takes gaps of {phi.usual[0]:.0f} ms, give or take "
            f"{phi.usual[1]:.0f} ms, for usual."
        )
    return None
