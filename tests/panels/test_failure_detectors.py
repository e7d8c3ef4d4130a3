"""The panels of chapter 07: their sentences report what the detectors do."""

from __future__ import annotations

import random
import re

import pytest

from dscourse.detectors import PhiAccrual
from dscourse.experiments.failure_detectors import (
    CURVE_HOURS,
    INTERVAL_MS,
    SETTINGS,
    arriving,
    curve_of,
)
from dscourse.panels.failure_detectors import phi_over_time, trade_off


def test_the_time_told_is_when_phi_crosses_the_threshold() -> None:
    panel = phi_over_time()
    panel.set(loss=0, jitter=0, crash=5.0, pause=500, threshold=8.0)
    detector = PhiAccrual(8, 100, 10, 500, INTERVAL_MS)
    for now in arriving(120, 0, 0).arrived_ms:
        if now < 5_005:
            detector.heartbeat(now)
    after = detector.deadline - 5_000
    assert f"crash at 5 s, suspected after {after:,.0f} ms; 0 wrong suspicions" in panel.sentence
    assert detector.phi(detector.deadline) == pytest.approx(8)


def test_a_lower_threshold_finds_the_crash_sooner_and_is_wrong_more_often() -> None:
    panel = phi_over_time()
    found = []
    for threshold in (1.0, 12.0):
        panel.set(threshold=threshold, loss=20, jitter=30)
        match = re.search(r"suspected after ([\d,]+) ms; (\d+) wrong", panel.sentence)
        assert match, panel.sentence
        found.append((int(match[1].replace(",", "")), int(match[2])))
    (soon, often), (late, seldom) = found
    assert soon < late
    assert often > seldom


def test_a_long_pause_is_told_to_lie_beyond_the_picture() -> None:
    panel = phi_over_time()
    panel.set(pause=3_000, crash=11.0)
    assert "which is beyond the picture" in panel.sentence


def test_the_panel_tells_the_quality_of_the_chosen_setting() -> None:
    panel = trade_off()
    chosen = curve_of("φ, normal", 20, 40, 8)
    assert (
        f"φ, normal at φ = 8: a crash is suspected after {chosen.detection_ms:,.0f} ms"
        in panel.sentence
    )
    assert f"{chosen.mistakes} wrong suspicion" in panel.sentence
    panel.set(kind="fixed time-out", setting=1)
    assert "fixed time-out at 1.2 intervals" in panel.sentence
    panel.set(kind="adaptive time-out", setting=7)
    assert "adaptive time-out at 900 ms margin" in panel.sentence


def test_the_axes_of_the_trade_off_hold_every_curve() -> None:
    draw = random.Random(1)
    for _ in range(12):
        loss, jitter, seed = (
            draw.randint(0, 60),
            draw.choice((0, 1, 5, 40, 100)),
            draw.randint(1, 20),
        )
        for kind, (settings, _) in SETTINGS.items():
            for setting in (settings[0], settings[-1]):
                one = curve_of(kind, loss, jitter, setting, seed)
                assert 12 < one.detection_ms < 3_000, (kind, loss, jitter, setting, seed)
                assert one.mistakes / CURVE_HOURS < 50_000
