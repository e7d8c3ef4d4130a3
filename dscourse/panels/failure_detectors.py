"""The panels of chapter 07: φ over time with its threshold, and what each detector pays for being quick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.show.curves import LiveCurves
from dscourse.show.words import count

__all__ = [
    "INTERVAL_MS", "SETTINGS", "TAILS", "arriving", "curve_of", "phi_frame", "phi_over_time", "trade_off",
    "trade_off_frame",
]  # fmt: skip

INTERVAL_MS = 100.0
TAILS: dict[str, Tail] = {
    "normal": Normal(),
    "exponential": Exponential(),
    "logistic": Logistic(),
}
Floats = NDArray[np.float64]
_SHOWN = 20.0  # φ above this is drawn at the upper edge


@lru_cache(maxsize=64)
def arriving(beats: int, loss: int, jitter: int, seed: int = 1) -> Heartbeats:
    """Heartbeats every 100 ms over a network that loses ``loss`` % and takes 5 ms and, at random, ``jitter`` ms more.

    >>> len(arriving(1_000, loss=0, jitter=10))
    1000
    """

    def delay(draws: np.random.Generator, number: int) -> Floats:
        return 5.0 - max(jitter, 1e-9) * np.log1p(-draws.random(number))

    return simulated(seed, beats, INTERVAL_MS, loss / 100, delay)


# --- φ over time ---------------------------------------------------------------------------------

_UNTIL_MS = 12_000.0


def phi_frame(
    tail: str, threshold: float, window: int, deviation: int, pause: int, loss: int, jitter: int, crash: float
) -> Frame:  # fmt: skip
    """φ of a node that crashes, every 10 ms for twelve seconds."""
    detector = PhiAccrual(threshold, window, deviation, pause, INTERVAL_MS, TAILS[tail])
    heard = arriving(120, loss, jitter).arrived_ms
    heard = heard[heard < crash * 1_000 + 5]
    times = np.arange(0.0, _UNTIL_MS, 10.0)
    phi = np.empty_like(times)
    mistakes, wrong_ms = 0, 0.0
    edges = [0.0, *heard.tolist(), _UNTIL_MS]
    for place, (start, end) in enumerate(pairwise(edges)):
        if place:
            detector.heartbeat(start)
        low, high = np.searchsorted(times, (start, end))
        phi[low:high] = detector.phis(times[low:high])
        if place < len(heard) and detector.deadline < end:
            mistakes += 1
            wrong_ms += end - detector.deadline
    found_ms = detector.deadline - crash * 1_000
    sentence = _told(crash, found_ms, mistakes, wrong_ms, threshold)
    lines = {"φ": np.minimum(phi, _SHOWN).tolist(), "threshold": [threshold] * len(times)}
    seconds = (times / 1_000).tolist()
    return Frame.of(_PHI.draw(seconds, lines, sentence=sentence, verticals={"crash": crash}))


_PHI = LiveCurves(xlabel="time (s)", ylabel="φ", limits=(-0.4, _SHOWN + 0.4))


def _told(crash: float, found_ms: float, mistakes: int, wrong_ms: float, threshold: float) -> str:
    if found_ms <= 0:
        found = "already suspected when it comes"
    elif crash * 1_000 + found_ms > _UNTIL_MS:
        found = f"suspected after {found_ms:,.0f} ms, which is beyond the picture"
    else:
        found = f"suspected after {found_ms:,.0f} ms"
    wrong = count(mistakes, "wrong suspicion")
    text = (
        f"Threshold {threshold:g}: crash at {crash:g} s, {found}; {wrong} in the {crash:g} s before"
    )
    return text + (f", {wrong_ms:,.0f} ms in all." if mistakes else ".")


def phi_over_time() -> Panel:
    """Threshold, window, deviation and pause of a φ accrual detector; loss and jitter of the network; a crash."""
    controls: dict[str, Any] = {
        "tail": choice("gaps are", list(TAILS)),
        "threshold": slider("threshold φ", "", 8.0, 0.5, 16.0, 0.5),
        "window": slider("window of gaps", "", 100, 1, 200),
        "deviation": slider("least deviation", "ms", 10, 1, 200),
        "pause": slider("pause allowed", "ms", 0, 0, 3_000, 50),
        "loss": slider("loss", "%", 5, 0, 60),
        "jitter": slider("jitter", "ms", 15, 0, 100),
        "crash": slider("crash at", "s", 9.0, 0.5, 11.0, 0.5),
    }
    return Panel(controls, phi_frame, "φ over time")


# --- the trade-off -------------------------------------------------------------------------------

# Each kind of detector with its one knob: the values that make a curve, and how a detector is made of one.
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
_NOTHING = 0.5  # mistakes that are drawn where there was none, because the axis is logarithmic


@lru_cache(maxsize=512)
def curve_of(kind: str, loss: int, jitter: int, setting: float) -> Quality:
    """The quality of one detector on 1,000 heartbeats of a network with this loss (%) and jitter (ms)."""
    return quality(SETTINGS[kind][1](setting), arriving(_BEATS, loss, jitter), _WARM)


def trade_off_frame(kind: str, place: int, loss: int, jitter: int) -> Frame:
    """Detection time against mistakes, for every setting of every detector, with one of them marked."""
    values, _ = SETTINGS[kind]
    xs, ys = {}, {}
    hours = (_BEATS - _WARM) * INTERVAL_MS / 3_600_000
    for name, (settings, _) in SETTINGS.items():
        found = [curve_of(name, loss, jitter, setting) for setting in settings]
        xs[name] = [max(one.detection_ms, 1.0) for one in found]
        ys[name] = [max(one.mistakes, _NOTHING) / hours for one in found]
    chosen = curve_of(kind, loss, jitter, values[place - 1])
    sentence = (
        f"{loss} % loss, jitter {jitter} ms; {kind} at {_setting(kind, values[place - 1])}: a crash is suspected "
        f"after {chosen.detection_ms:,.0f} ms on average, {chosen.longest_ms:,.0f} ms at worst; "
        f"{count(chosen.mistakes, 'wrong suspicion')} in {hours * 60:.1f} minutes ({chosen.per_hour:,.0f} an hour), "
        f"{chosen.mistake_ms:.0f} ms long on average; the answer is right {100 * chosen.accuracy:.2f} % of the time."
    )
    ring = {"chosen": (xs[kind][place - 1], ys[kind][place - 1])}
    return Frame.of(_TRADE.draw(xs, ys, sentence=sentence, points=ring))


_TRADE = LiveCurves(
    xlabel="a crash is suspected after (ms, mean)",
    ylabel="wrong suspicions an hour",
    log="xy",
)


def _setting(kind: str, value: float) -> str:
    if kind.startswith("φ"):
        return f"φ = {value:g}"
    return f"{value:g} intervals" if kind.startswith("fixed") else f"{value:g} ms margin"


def trade_off() -> Panel:
    """Loss and jitter, and one setting of one detector to be marked among all."""
    controls: dict[str, Any] = {
        "kind": choice("detector", list(SETTINGS), "φ, normal"),
        "place": slider("its setting", "", 5, 1, 7),
        "loss": slider("loss", "%", 20, 0, 60),
        "jitter": slider("jitter", "ms", 40, 0, 100),
    }
    return Panel(controls, trade_off_frame, "Quick or right")
