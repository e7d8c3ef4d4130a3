"""Judge of 07.5: a φ detector that copes with outages and with new nodes."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

from dscourse.detectors import TextbookPhi
from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import distinct
from dscourse.exercises.tasks import Wrong, by_name

__all__ = ["LINES", "NAMES", "judge"]

LINES = 1_000_000
NAMES = by_name(TextbookPhi, deque, math)


def judge(detector: Any) -> Wrong | None:
    if not (isinstance(detector, type) and issubclass(detector, TextbookPhi)):
        return Wrong("`SteadyPhi` must be a class derived from TextbookPhi.")
    judges = (
        _judge_young, _judge_outage, _judge_after_outage, _judge_adapting, _judge_slower, _judge_two_nodes,
        _judge_windows, _judge_many_outages, _judge_young_outage,
    )  # fmt: skip
    return next((wrong for one in judges if (wrong := one(detector)) is not None), None)


def _judge_young(kind: Any) -> Wrong | None:
    one = kind(8, 100, 100)
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
    for now in range(1_000, 30_000, 1_000):
        if one.suspects("a", now):
            return Wrong(
                "A new node sends a heartbeat every second, and is suspected when its heartbeat "
                f"arrives at {now:,} ms."
            )
        one.heartbeat("a", now)
    return None


_BEFORE, _AFTER = range(0, 5_000, 100), range(25_000, 27_000, 100)


def _judge_outage(kind: Any) -> Wrong | None:
    one = kind(8, 100, 10)
    for now in (*_BEFORE, *_AFTER):
        one.heartbeat("a", now)
    late = next((ms for ms in range(100, 60_000, 100) if one.suspects("a", _AFTER[-1] + ms)), None)
    if late is None or late > 3_000:
        after = "not within a minute" if late is None else f"only after {late:,} ms"
        return Wrong(
            f"Beats every 100 ms, an outage of 20 s, beats for 2 s, a crash: suspected {after}. The outage "
            "is still in the window."
        )
    return None


def _judge_after_outage(kind: Any) -> Wrong | None:
    """Judge a node that is back: its heartbeats count, the first one after the outage too."""
    one = kind(8, 100, 10)
    for now in _BEFORE:
        one.heartbeat("a", now)
    for now in _AFTER:
        if now > _AFTER[0] and one.suspects("a", now):
            return Wrong(
                f"After an outage of 20 s the node sends a heartbeat every 100 ms again, and is still suspected "
                f"{now - _AFTER[0]:,} ms after its return: note the time of every heartbeat, also of "
                "one that ends an outage."
            )
        one.heartbeat("a", now)
    return None


def _suspected_after(one: Any, node: str, last: float, step: float) -> float:
    """Return how long after its last heartbeat the node is suspected; infinite if not within 2,000 steps."""
    return next(
        (n * step for n in range(1, 2_001) if one.suspects(node, last + n * step)), math.inf
    )


def _judge_many_outages(kind: Any) -> Wrong | None:
    """Judge twelve nodes with intervals of four magnitudes, each with three outages, short and long."""
    one, lengths = kind(8, 100, 1), (12, 2_000, 40)
    for number, node in enumerate(AWKWARD):
        gap = (10, 100, 1_000, 300)[number % 4]
        now, before = 1_000_000.0 + number, 0.0
        for outage in (*lengths, 0):
            beats = 36 if before else 130  # in the end, none of the first estimate is left
            for beat in range(beats):
                one.heartbeat(distinct(node), now + gap * (beat + (0.02 if beat % 2 else 0)))
            last = now + gap * (beats - 0.98)
            found = _suspected_after(one, node, last, gap / 10)
            if not gap <= found <= 20 * gap and not before:
                return Wrong(
                    f"{len(one.last)} nodes of one detector, here a heartbeat every {gap:,} ms: after 130 of "
                    f"them {node!r} crashes, and is suspected {_ms(found)}."
                )
            if before and not found <= 2 * before:
                return Wrong(
                    f"Beats of {node!r} every {gap:,} ms with outages of {lengths[0]}, {lengths[1]:,} and "
                    f"{lengths[2]} intervals: a crash is suspected after {before:,.0f} ms before the first "
                    f"outage, and {_ms(found)} after one: an outage must not change what is usual."
                )
            before = before or found
            now = last + gap * outage
    return None


def _ms(found: float) -> str:
    return "not at all" if math.isinf(found) else f"after {found:,.0f} ms"


def _judge_young_outage(kind: Any) -> Wrong | None:
    """Judge a node whose first outage comes after three heartbeats: it must not become usual either."""
    one = kind(8, 100, 10)
    for now in (0, 1_000, 2_000):
        one.heartbeat("a", now)
    for now in range(600_000, 610_000, 1_000):
        one.heartbeat("a", now)
    found = _suspected_after(one, "a", 609_000, 100)
    if found > 20_000:
        return Wrong(
            "A node sends three heartbeats, one per second, is silent for ten minutes, sends ten more, and "
            f"crashes: it is suspected {_ms(found)}. The outage of a young node must stay out of the window as well."
        )
    return None


def _judge_windows(kind: Any) -> Wrong | None:
    """Judge windows of several sizes: each holds as many gaps as the detector was made for."""
    for window in (5, 80, 300):
        one = kind(8, window, 10)
        for now in range(0, 40_000, 100):
            one.heartbeat("a", now)
        if len(one.gaps["a"]) != window:
            return Wrong(
                f"With a window of {window}, {len(one.gaps['a'])} gaps of a are kept after 400 heartbeats: "
                "use self.window."
            )
    return None


def _judge_adapting(kind: Any) -> Wrong | None:
    """Judge quick heartbeats: φ must follow them, whatever was assumed at first."""
    one = kind(8, 100, 10)
    for now in range(0, 5_000, 10):
        one.heartbeat("a", now)
    late = next((ms for ms in range(10, 60_000, 10) if one.suspects("a", 4_990 + ms)), None)
    if late is None or late > 500:
        after = "not within a minute" if late is None else f"only after {late:,} ms"
        return Wrong(
            f"After 500 heartbeats 10 ms apart the node dies, and is suspected {after}: φ must "
            "follow the gaps, and no "
            "fixed time may stand for it."
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


def _judge_two_nodes(kind: Any) -> Wrong | None:
    one = kind(8, 50, 10)
    for now in range(0, 20_000, 100):
        one.heartbeat("a", now)
        if now % 500 == 0:
            one.heartbeat("b", now)
    if len(one.gaps["a"]) > 50:
        return Wrong(f"With a window of 50, {len(one.gaps['a'])} gaps of a are kept.")
    if not one.suspects("a", 19_900 + 450) or one.suspects("b", 19_500 + 450):
        return Wrong(
            "Node a sends a heartbeat every 100 ms, node b every 500 ms. After 450 ms of silence "
            "a must be suspected and "
            "b must not: keep the gaps of each node apart."
        )
    return None
