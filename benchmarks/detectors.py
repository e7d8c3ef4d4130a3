"""The φ accrual detector against the package phi-accrual-failure-detector: one heartbeat, and one φ.

Both keep a window of 1,000 gaps, full when the clock starts. Theirs follows Akka, takes its time from the system's
clock, and copies its window at each heartbeat; ours is given the same times. It has exact sums and an exact tail.
"""

from __future__ import annotations

import sys
from importlib.metadata import distribution
from pathlib import Path
from time import time
from typing import Any

from benchmarks.paired import ratios
from dscourse.detectors import PhiAccrual

__all__ = ["run"]

COUNT = 1_000
WINDOW = 1_000
SETTINGS = (8.0, WINDOW, 100, 3_000, 1_000)


def peer() -> Any:
    """A detector of the package, whose modules lie in a folder that cannot be imported by its name."""
    folder = distribution("phi-accrual-failure-detector").locate_file(
        "phi-accrual-failure-detector"
    )
    if str(folder) not in sys.path:
        sys.path.append(str(Path(str(folder))))
    from phi_accrual_failure_detector import PhiAccrualFailureDetector

    return PhiAccrualFailureDetector(*SETTINGS)


def run() -> str:
    """The table: their time over ours (median of nine rounds, and range), and our time."""
    ours, theirs = PhiAccrual(*SETTINGS, start_ms=time() * 1_000), peer()
    for _ in range(WINDOW + 10):
        ours.heartbeat(time() * 1_000)
        theirs.heartbeat()
    jobs = {
        "a heartbeat": (lambda: ours.heartbeat(time() * 1_000), theirs.heartbeat),
        "a phi": (lambda: ours.phi(time() * 1_000), theirs.phi),
    }
    lines = []
    for name, (mine, other) in jobs.items():

        def many(job: Any) -> Any:
            return lambda: [job() for _ in range(COUNT)]

        seconds, found = ratios(many(mine), {"peer": many(other)}, 9)
        lines.append(
            f"{name}: {1e9 * seconds / COUNT:.0f} ns, theirs {found['peer']} times as long"
        )
    return "\n".join(lines)
