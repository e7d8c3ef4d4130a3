"""Judge of 07.5: a φ detector that copes with outages and with new nodes."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

from dscourse.detectors import TextbookPhi
from dscourse.exercises.tasks import Wrong, by_name

__all__ = ["LINES", "NAMES", "judge"]

LINES = 1_000_000
NAMES = by_name(TextbookPhi, deque, math)


def judge(detector: Any) -> Wrong | None:
    if not (isinstance(detector, type) and issubclass(detector, TextbookPhi)):
        return Wrong("`SteadyPhi` must be a class derived from TextbookPhi.")
    return _judge_young(detector) or _judge_outage(detector) or _judge_slower(detector)


def _judge_young(kind: Any) -> Wrong | None:
    one = kind(8, 100, 10)
    one.heartbeat("a", 0)
    if one.suspects("a", 1_100):
        return Wrong(
            "After a single heartbeat the node is suspected 1,100 ms later, though heartbeats may come every second."
        )
    if not one.suspects("a", 60_000):
        return Wrong(
            "A node that has sent one heartbeat and died is not suspected a minute later: φ is "
            f"{one.phi('a', 60_000):g}. Assume something before there are gaps."
        )
    return None


def _judge_outage(kind: Any) -> Wrong | None:
    one = kind(8, 100, 10)
    times = [*range(0, 5_000, 100), *range(25_000, 27_000, 100)]
    for now in times:
        one.heartbeat("a", now)
    late = next((ms for ms in range(100, 60_000, 100) if one.suspects("a", times[-1] + ms)), None)
    if late is None or late > 3_000:
        after = "not within a minute" if late is None else f"only after {late:,} ms"
        return Wrong(
            f"Beats every 100 ms, an outage of 20 s, beats for 2 s, a crash: suspected {after}. The outage "
            "is still in the window."
        )
    return None


def _judge_slower(kind: Any) -> Wrong | None:
    """Judge a slowing sender: gaps that grow gradually from 100 to 200 ms must be learnt."""
    one = kind(8, 100, 10)
    now, wrong = 0.0, 0
    for number in range(1_000):
        gap = 100 + min(number, 800) / 8 + 8 * (number % 3)
        if number > 100 and one.suspects("a", now + gap):
            wrong += 1
        now += gap
        one.heartbeat("a", now)
    if wrong > 5:
        return Wrong(
            f"The gaps grow from 100 to 200 ms over 800 heartbeats, and the node is wrongly suspected {wrong} times: "
            "what is no outage must still be learnt."
        )
    return None
