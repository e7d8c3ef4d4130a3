"""The panels of chapter 07: φ over time with its threshold, and each detector's speed against its mistakes."""

from __future__ import annotations

from typing import Any

from dscourse.core.wording import count
from dscourse.detectors import PhiAccrual
from dscourse.experiments.failure_detectors import (
    CURVE_HOURS,
    INTERVAL_MS,
    SETTINGS,
    TAILS,
    UNTIL_MS,
    arriving,
    curve_of,
    phi_run,
)
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.show.curves import LiveCurves
from dscourse.touch import HeartbeatBoard

__all__ = ["heartbeats_to_touch", "phi_frame", "phi_over_time", "trade_off", "trade_off_frame"]

_SHOWN = 20.0  # φ above this is drawn at the upper edge


def phi_frame(
    tail: str, threshold: float, window: int, deviation: int, pause: int, loss: int, jitter: int, crash: float,
    seed: int = 1,
) -> Frame:  # fmt: skip
    """Draw φ of a node that crashes, every 10 ms for 12 s."""
    detector = PhiAccrual(threshold, window, deviation, pause, INTERVAL_MS, TAILS[tail])
    run = phi_run(detector, loss, jitter, crash * 1_000, seed)
    sentence = _sentence(crash, run.found_ms, run.mistakes, run.wrong_ms, threshold)
    lines = {"φ": run.phi.clip(max=_SHOWN).tolist(), "threshold": [threshold] * len(run.phi)}
    seconds = (run.times_ms / 1_000).tolist()
    return Frame.of(_PHI.draw(seconds, lines, sentence=sentence, verticals={"crash": crash}))


_PHI = LiveCurves(xlabel="time (s)", ylabel="φ", limits=(-0.4, _SHOWN + 0.4))


def _sentence(
    crash: float, found_ms: float, mistakes: int, wrong_ms: float, threshold: float
) -> str:
    if found_ms <= 0:
        suspicion = "already suspected when it comes"
    elif crash * 1_000 + found_ms > UNTIL_MS:
        suspicion = f"suspected after {found_ms:,.0f} ms, which is beyond the picture"
    else:
        suspicion = f"suspected after {found_ms:,.0f} ms"
    wrong = count(mistakes, "wrong suspicion")
    text = f"Threshold {threshold:g}: crash at {crash:g} s, {suspicion}; {wrong} in the {crash:g} s before"
    return text + (f", {wrong_ms:,.0f} ms in all." if mistakes else ".")


def phi_over_time() -> Panel:
    """Build the panel: the settings of a φ accrual detector, the network's loss and jitter, and the crash."""
    controls: dict[str, Any] = {
        "tail": choice("gaps are", list(TAILS)),
        "threshold": slider("threshold φ", "", 8.0, 0.5, 16.0, 0.5),
        "window": slider("window of gaps", "", 100, 1, 100),
        "deviation": slider("least deviation", "ms", 10, 1, 200),
        "pause": slider("pause allowed", "ms", 0, 0, 3_000, 50),
        "loss": slider("loss", "%", 5, 0, 60),
        "jitter": slider("jitter", "ms", 15, 0, 100),
        "crash": slider("crash at", "s", 9.0, 0.5, 11.0, 0.5),
        "seed": slider("seed", "", 1, 1, 20),
    }
    return Panel(controls, phi_frame, "φ over time")


def heartbeats_to_touch() -> HeartbeatBoard:
    """Build the board: 24 heartbeats of which none is lost, with a jitter of 10 ms, over 2.5 s."""
    return HeartbeatBoard(arriving(24, loss=0, jitter=10), until_ms=2_500)


_NOTHING = 0.5  # stands for 0 mistakes, which a logarithmic axis cannot show


def trade_off_frame(kind: str, setting: int, loss: int, jitter: int, seed: int = 1) -> Frame:
    """Draw detection time against mistakes for every setting of every detector, and mark the chosen one."""
    values, _ = SETTINGS[kind]
    xs, ys = {}, {}
    for name, (settings, _) in SETTINGS.items():
        qualities = [curve_of(name, loss, jitter, setting, seed) for setting in settings]
        xs[name] = [max(one.detection_ms, 1.0) for one in qualities]
        ys[name] = [max(one.mistakes, _NOTHING) / CURVE_HOURS for one in qualities]
    chosen = curve_of(kind, loss, jitter, values[setting - 1], seed)
    minutes = CURVE_HOURS * 60
    sentence = (
        f"{loss} % loss, jitter {jitter} ms; {kind} at {_setting(kind, values[setting - 1])}: a crash is suspected "
        f"after {chosen.detection_ms:,.0f} ms on average, {chosen.longest_ms:,.0f} ms at worst; "
        f"{count(chosen.mistakes, 'wrong suspicion')} in {minutes:.1f} minutes ({chosen.per_hour:,.0f} per hour), "
        f"{chosen.mistake_ms:.0f} ms long on average; the answer is right {100 * chosen.accuracy:.3f} % of the time."
    )
    ring = {"chosen": (xs[kind][setting - 1], ys[kind][setting - 1])}
    return Frame.of(_TRADE.draw(xs, ys, sentence=sentence, x_limits=_DETECTION_MS, points=ring))


_TRADE = LiveCurves(
    xlabel="a crash is suspected after (ms, mean)",
    ylabel="wrong suspicions per hour",
    log="xy",
    limits=(12, 50_000),  # at every setting
)
_DETECTION_MS = (12, 3_000)


def _setting(kind: str, value: float) -> str:
    if kind.startswith("φ"):
        return f"φ = {value:g}"
    return f"{value:g} intervals" if kind.startswith("fixed") else f"{value:g} ms margin"


def trade_off() -> Panel:
    """Build the panel: a detector, the setting to mark, and the network's loss and jitter."""
    controls: dict[str, Any] = {
        "kind": choice("detector", list(SETTINGS), "φ, normal"),
        "setting": slider("its setting", "", 5, 1, 7),
        "loss": slider("loss", "%", 20, 0, 60),
        "jitter": slider("jitter", "ms", 40, 0, 100),
        "seed": slider("seed", "", 1, 1, 20),
    }
    return Panel(controls, trade_off_frame, "Quick or right")
