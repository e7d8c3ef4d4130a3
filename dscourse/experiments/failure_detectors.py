"""Chapter 07: φ before and after a crash, and each detector's detection time and mistakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from dscourse.detectors import (
    AdaptiveTimeout,
    Detector,
    Exponential,
    FixedTimeout,
    Heartbeats,
    Logistic,
    Normal,
    PhiAccrual,
    Quality,
    Tail,
    quality,
    simulated,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "CURVE_HOURS",
    "INTERVAL_MS",
    "SETTINGS",
    "TAILS",
    "UNTIL_MS",
    "PhiRun",
    "arriving",
    "curve_of",
    "phi_run",
    "slowing",
    "wrongly_suspected",
]

INTERVAL_MS = 100.0
UNTIL_MS = 12_000.0  # the end of a `phi_run`
TAILS: dict[str, Tail] = {
    "normal": Normal(),
    "exponential": Exponential(),
    "logistic": Logistic(),
}


@lru_cache(maxsize=64)
def arriving(beats: int, loss: int, jitter: int, seed: int = 1) -> Heartbeats:
    """Simulate heartbeats every 100 ms over a network that loses ``loss`` % of them.

    Each is delayed by 5 ms plus an exponentially distributed time of mean ``jitter`` ms.

    >>> len(arriving(1_000, loss=0, jitter=10))
    1000
    """
    import numpy as np

    def delay(draws: np.random.Generator, number: int) -> Floats:
        return 5.0 - max(jitter, 1e-9) * np.log1p(-draws.random(number))

    return simulated(seed, beats, INTERVAL_MS, loss / 100, delay)


# For each kind of detector: the values of its one setting along its curve, and the detector for a value.
SETTINGS: dict[str, tuple[Sequence[float], Callable[[float], Detector]]] = {
    "fixed time-out": (
        (1.2, 1.5, 2, 3, 4, 6, 10),
        lambda misses: FixedTimeout(INTERVAL_MS, misses),
    ),
    "adaptive time-out": (
        (20, 50, 100, 200, 300, 500, 900),
        lambda margin: AdaptiveTimeout(INTERVAL_MS, margin, 100),
    ),
    "φ, normal": (
        (1, 2, 3, 5, 8, 12, 20),
        lambda phi: PhiAccrual(phi, 100, 5, 0, INTERVAL_MS, Normal()),
    ),
    "φ, exponential": (
        (0.5, 0.7, 1, 1.3, 1.7, 2.5, 4),
        lambda phi: PhiAccrual(phi, 100, 5, 0, INTERVAL_MS, Exponential()),
    ),
}
_BEATS = 1_100
_WARM = 100
CURVE_HOURS = (_BEATS - _WARM) * INTERVAL_MS / 3_600_000  # the time that `curve_of` observes


@lru_cache(maxsize=512)
def curve_of(kind: str, loss: int, jitter: int, setting: float, seed: int = 1) -> Quality:
    """Measure one detector on 1,000 heartbeats over a network with this loss (%) and jitter (ms)."""
    return quality(SETTINGS[kind][1](setting), arriving(_BEATS, loss, jitter, seed), _WARM)


def slowing(seed: int, before: int = 300, after: int = 700, slow_ms: float = 250.0) -> Heartbeats:
    """Simulate a sender whose interval grows from 100 ms to ``slow_ms`` at a stroke, and a network with jitter.

    >>> heard = slowing(seed=1)
    >>> round(heard.sent_ms[299] - heard.sent_ms[298]), round(heard.sent_ms[300] - heard.sent_ms[299])
    (100, 250)
    """
    import numpy as np

    gaps = np.concatenate([np.full(before, INTERVAL_MS), np.full(after, slow_ms)])
    sent: Floats = np.cumsum(gaps)
    draws = np.random.Generator(np.random.PCG64(seed))
    arrived: Floats = sent + 5.0 + draws.exponential(10, len(sent))
    number = np.arange(1, len(sent) + 1)
    order = np.argsort(arrived, kind="stable")
    return Heartbeats(number[order], sent[order], arrived[order])


def wrongly_suspected(detector: Detector, heartbeats: Heartbeats) -> list[bool]:
    """Return, for each heartbeat, whether the detector suspected its sender when it arrived."""
    found = []
    for now in heartbeats.arrived_ms.tolist():
        found.append(detector.suspects(now))
        detector.heartbeat(now)
    return found


@dataclass(frozen=True, slots=True)
class PhiRun:
    """The course of φ over 12 s in which the node crashes, and the wrong suspicions before the crash."""

    times_ms: Floats
    phi: Floats
    found_ms: (
        float  # from the crash to its suspicion; not positive if the node was suspected already
    )
    mistakes: int
    wrong_ms: float  # in all


def phi_run(detector: PhiAccrual, loss: int, jitter: int, crash_ms: float, seed: int = 1) -> PhiRun:
    """Sample φ every 10 ms for 12 s on heartbeats of `arriving` that stop at ``crash_ms``."""
    import numpy as np

    heard = arriving(120, loss, jitter, seed).arrived_ms
    heard = heard[heard < crash_ms + 5]
    times = np.arange(0.0, UNTIL_MS, 10.0)
    phi = np.empty_like(times)
    mistakes, wrong_ms = 0, 0.0
    edges = [0.0, *heard.tolist(), UNTIL_MS]
    for beat, (start, end) in enumerate(pairwise(edges)):
        if beat:
            detector.heartbeat(start)
        low, high = np.searchsorted(times, (start, end))
        phi[low:high] = detector.phis(times[low:high])
        if beat < len(heard) and detector.deadline < end:
            mistakes += 1
            wrong_ms += end - detector.deadline
    return PhiRun(times, phi, detector.deadline - crash_ms, mistakes, wrong_ms)
