"""Heartbeats to touch: they are dragged late or lost, and φ and the suspicions of two detectors follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import ClassVar

from dscourse.core.wording import count
from dscourse.detectors import Detector, FixedTimeout, Heartbeats, PhiAccrual, suspicions
from dscourse.show.heartbeats import (
    ARRIVED_Y,
    PHI_MOST,
    SENT_Y,
    Beat,
    heartbeats,
    phi_y,
    time_scale,
    time_x,
)
from dscourse.show.picture import Picture
from dscourse.touch.boards.arrivals import LEAST_PHI, Arrivals
from dscourse.touch.boards.board import Board
from dscourse.touch.boards.board_handles import Drag, Field, Gesture, Handle, Track

__all__ = ["HeartbeatBoard"]

_INTERVAL_MS, _MISSES = 100.0, 3
_STEP_MS = 5.0  # between two values of φ that are drawn


class HeartbeatBoard(Board[Arrivals]):
    """Heartbeats whose arrivals are dragged; below them φ, its threshold, and the suspicions of two detectors.

    The detectors are a `PhiAccrual` over the normal distribution, whose threshold is dragged too, and a
    `FixedTimeout` of three intervals. A click on the sender's line lets it crash.

    >>> from dscourse.detectors import simulated
    >>> board = HeartbeatBoard(simulated(1, count=9), until_ms=1_000)
    >>> board.touch("arrive", 3, 250)
    >>> board.refusal
    'heartbeat 3 cannot arrive at 250 ms: it is sent at 300 ms'
    """

    GESTURES: ClassVar[frozenset[str]] = frozenset({
        "arrive", "lose", "crash", "stay_up", "suspect_from",
    })  # fmt: skip

    def __init__(self, heard: Heartbeats, until_ms: float) -> None:
        start = Arrivals.of(heard, until_ms)
        self._home = {beat.number: beat.arrives_ms for beat in start.beats}
        hint = "Drag an arrow's head or the end of the threshold. Click an arrow's head, or the upper line."
        super().__init__(start, "Heartbeats to touch", hint)

    def draw(self, state: Arrivals) -> tuple[Picture, Sequence[Handle]]:
        """Return the heartbeats with φ and the suspicions, and a handle for each that is sent."""
        found = {
            name: suspicions(detector, state.heard, state.until_ms)
            for name, detector in detectors(state.threshold).items()
        }
        words = " ".join(_sentence(name, spans, state) for name, spans in found.items())
        lost = sum(beat.arrives_ms is None for beat in state.sent)
        sentence = f"{count(len(state.sent), 'heartbeat')}, {lost} lost. {words}"
        picture = heartbeats(
            state.sent, phi_curve(state), state.threshold, found, until_ms=state.until_ms,
            crash_ms=state.crash_ms, sentence=sentence,
        )  # fmt: skip
        return picture, list(self._handles(state))

    def _handles(self, state: Arrivals) -> Iterator[Handle]:
        low, until = 0.0, state.until_ms
        times = Track("x", time_x(low, until), time_scale(until), low, until, "ms", 10.0)
        yield _sender(state, times)
        for beat in state.sent:
            yield _beat_handle(beat, self._home[beat.number], times)
        yield _threshold(state)


def detectors(threshold: float) -> dict[str, Detector]:
    """Return fresh detectors by name."""
    return {
        f"φ = {threshold:g}": PhiAccrual(threshold, 100, 10, 0, _INTERVAL_MS),
        f"{_MISSES} intervals": FixedTimeout(_INTERVAL_MS, _MISSES),
    }


def phi_curve(state: Arrivals) -> tuple[list[float], list[float]]:
    """Return φ over time: times (ms), and values of at most what is drawn."""
    import numpy as np

    detector = PhiAccrual(state.threshold, 100, 10, 0, _INTERVAL_MS)
    times: list[float] = []
    values: list[float] = []
    arrivals = [at for at, _ in state.heard]
    for number, (start, end) in enumerate(pairwise([0.0, *arrivals, state.until_ms])):
        if number:  # not before the first arrival
            detector.heartbeat(start)
        some = np.append(np.arange(start, end, _STEP_MS), end)
        times += some.tolist()
        values += detector.phis(some).clip(0, PHI_MOST).tolist()
    return times, values


def _sentence(name: str, spans: Sequence[tuple[float, float]], state: Arrivals) -> str:
    """Return in words the wrong suspicions of a detector, and when it suspects a crash."""
    crash = state.until_ms if state.crash_ms is None else state.crash_ms
    wrong = [min(end, crash) - start for start, end in spans if start < crash]
    text = f"{name}: {count(len(wrong), 'wrong suspicion')}"
    text += f" of {sum(wrong):,.0f} ms in all" if wrong else ""
    if state.crash_ms is None:
        return f"{text}."
    if not spans or spans[-1][1] < state.until_ms:
        return f"{text}; the crash is not suspected within the picture."
    if spans[-1][0] <= crash:
        return f"{text}; the node is suspected already when it crashes."
    return f"{text}; the crash is suspected after {spans[-1][0] - crash:,.0f} ms."


# --- handles -------------------------------------------------------------------------------------


def _sender(state: Arrivals, times: Track) -> Handle:
    """Return the handle of the sender's line, on which it crashes."""
    left, right = (time_x(ms, state.until_ms) for ms in (0, state.until_ms))
    up = [] if state.crash_ms is None else [Gesture("the node does not crash", "stay_up")]
    return Handle(
        key="sender",
        label="the sender's line",
        shape={"tag": "line", "x1": left, "y1": SENT_Y, "x2": right, "y2": SENT_Y},
        gestures=[
            Gesture("the node crashes", "crash", (), Field("at (ms)", state.until_ms / 2)),
            *up,
        ],
        back=up[0] if up else None,
        clicked_on=times,
    )


def _beat_handle(beat: Beat, home: float | None, times: Track) -> Handle:
    at = beat.sent_ms if beat.arrives_ms is None else beat.arrives_ms
    middle = (SENT_Y + ARRIVED_Y) / 2
    back = Gesture("let it arrive as at first", "arrive", (beat.number, home))
    lose = Gesture("lose it", "lose", (beat.number,))
    field = Field("at (ms)", at)
    now = "lost" if beat.arrives_ms is None else f"arrives at {at:,g} ms"
    return Handle(
        key=f"heartbeat {beat.number}",
        label=f"heartbeat {beat.number}, sent at {beat.sent_ms:,g} ms, {now}",
        shape={
            "tag": "circle", "r": 9, "cx": round(times.zero + at * times.scale, 1),
            "cy": middle if beat.arrives_ms is None else ARRIVED_Y,
        },
        gestures=[Gesture("let it arrive at this time", "arrive", (beat.number,), field), lose, back],
        delete=lose,
        back=None if beat.arrives_ms == home else back,
        drag=Drag("arrive", (beat.number,), times, at, (times.zero + beat.sent_ms * times.scale, SENT_Y)),
    )  # fmt: skip


def _threshold(state: Arrivals) -> Handle:
    """Return the handle at the right end of the threshold's line."""
    scale = phi_y(1) - phi_y(0)
    track = Track("y", phi_y(LEAST_PHI), scale, LEAST_PHI, PHI_MOST, "", 0.5)
    x, y = time_x(state.until_ms, state.until_ms), phi_y(state.threshold)
    field = Field("threshold of φ", state.threshold)
    return Handle(
        key="threshold",
        label=f"threshold of φ, {state.threshold:g}",
        shape={"tag": "circle", "cx": x, "cy": round(y, 1), "r": 8},
        gestures=[Gesture("suspect from this φ on", "suspect_from", (), field)],
        back=Gesture("as at first", "suspect_from", (8.0,)) if state.threshold != 8 else None,
        drag=Drag("suspect_from", (), track, state.threshold),
    )
