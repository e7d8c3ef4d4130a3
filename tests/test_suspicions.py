"""The spans in which a detector suspects, against the detector's own answer at every ms."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from dscourse.detectors import (
    AdaptiveTimeout,
    Detector,
    FixedTimeout,
    PhiAccrual,
    simulated,
    suspicions,
)

MAKERS: list[Callable[[], Detector]] = [
    lambda: FixedTimeout(100, 1.2),
    lambda: AdaptiveTimeout(100, 5, 20),
    lambda: PhiAccrual(1, 20, 5, 0, 100),
]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("seed", range(5))
def test_the_detector_suspects_within_the_spans_and_nowhere_else(
    make: Callable[[], Detector], seed: int
) -> None:
    heard = simulated(seed, count=30, loss=0.2)
    arrivals = list(zip(heard.arrived_ms.tolist(), heard.number.tolist(), strict=True))
    spans = suspicions(make(), arrivals, until_ms=4_000)
    assert spans
    assert all(a < b for a, b in spans)
    assert all(first[1] < second[0] for first, second in itertools.pairwise(spans))
    detector, left = make(), list(arrivals)
    for now in range(4_000):
        while left and left[0][0] <= now:
            detector.heartbeat(*left.pop(0))
        assert detector.suspects(now) == any(start <= now < end for start, end in spans), now
