"""The experiments of chapter 07: simulated heartbeats, and a longer wait never costs mistakes."""

from __future__ import annotations

import numpy as np
import pytest

from dscourse.detectors import PhiAccrual
from dscourse.experiments.failure_detectors import (
    INTERVAL_MS,
    SETTINGS,
    arriving,
    curve_of,
    phi_run,
    slowing,
    wrongly_suspected,
)


def test_heartbeats_of_a_good_network_are_punctual_and_none_is_missing() -> None:
    heard = arriving(200, loss=0, jitter=0)
    assert len(heard) == 200
    assert np.diff(heard.arrived_ms) == pytest.approx(INTERVAL_MS)


def test_more_jitter_and_more_loss_make_longer_gaps() -> None:
    calm, shaky, lossy = (
        np.diff(arriving(2_000, *how).arrived_ms) for how in ((0, 5), (0, 50), (30, 5))
    )
    assert calm.std() < shaky.std()
    assert calm.max() < lossy.max()
    assert len(lossy) == pytest.approx(1_400, rel=0.05)


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_more_patient_setting_is_slower_and_makes_no_more_mistakes(kind: str) -> None:
    found = [curve_of(kind, 20, 40, setting) for setting in SETTINGS[kind][0]]
    assert [one.detection_ms for one in found] == sorted(one.detection_ms for one in found)
    mistakes = [one.mistakes for one in found]
    assert mistakes == sorted(mistakes, reverse=True)
    assert mistakes[0] > 100
    assert mistakes[-1] == 0


def test_phi_grows_after_a_crash_and_the_crash_is_found_at_the_threshold() -> None:
    run = phi_run(PhiAccrual(8, 100, 10, 0, INTERVAL_MS), 0, 0, 5_000)
    assert (run.mistakes, run.wrong_ms) == (0, 0.0)
    crossed = run.times_ms[run.phi >= 8][0]
    assert 0 <= crossed - (5_000 + run.found_ms) <= 10


def test_lost_heartbeats_are_mistaken_for_a_crash() -> None:
    run = phi_run(PhiAccrual(1, 100, 1, 0, INTERVAL_MS), 30, 0, 9_000)
    assert 0 < run.mistakes <= 90
    assert 0 < run.wrong_ms < 9_000


def test_a_detector_that_leaves_out_suspected_gaps_does_not_learn_a_slower_sender() -> None:
    heard = slowing(seed=1)
    never, bounded = (
        wrongly_suspected(PhiAccrual(8, 100, 10, 0, 100, outage_ms=ms), heard) for ms in (0, 1_000)
    )
    assert sum(never[300:]) > 600
    assert sum(bounded[300:]) < 10
    assert not any(never[:300])
