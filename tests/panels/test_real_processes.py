"""The panel of chapter 17: the numbers of its folded answers, and a sentence that agrees with the model."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dscourse.experiments.acknowledgements import WAYS, journal, lost
from dscourse.panels.real_processes import FAILURES, acknowledgement_frame, acknowledgements

DEFAULT: dict[str, Any] = acknowledgements().values
KILLED, POWER = FAILURES
ONE_BY_ONE, GROUPS = "disk, one by one", "disk, in groups"


def sentence(**values: Any) -> str:
    return acknowledgement_frame(**{**DEFAULT, **values}).sentence


def missing(**values: Any) -> int:
    """The number of acknowledged records that are lost."""
    found = re.search(r": ([\d,]+) of [\d,]+ acknowledged records", sentence(**values))
    assert found is not None
    return int(found[1].replace(",", ""))


def half_ms(**values: Any) -> float:
    found = re.search(r"Half took at most ([\d,.]+) ms", sentence(**values))
    assert found is not None
    return float(found[1].replace(",", ""))


def test_answer_1_a_kill_takes_only_what_is_in_the_process() -> None:
    assert [missing(way="process", failure=KILLED, seed=seed) for seed in (1, 2, 3)] == [1, 6, 3]
    for seed in range(1, 21):
        assert all(lost(journal(way, 100, 5, 1_500, seed), 950, False) == 0 for way in WAYS[1:])


def test_answer_2_a_loss_of_power_takes_up_to_a_second() -> None:
    assert missing(at_ms=1_050) == 2
    assert missing(at_ms=1_000) == 90
    assert sentence(at_ms=1_000).count("90 of 90") == 1
    for seed in range(1, 21):
        writes = journal("system", 100, 5, 1_500, seed)
        young = [write for write in writes if 1_400 - 1_005 < write.acknowledged_ms <= 1_400]
        assert 0 < lost(writes, 1_400, True) <= len(young)


def test_answer_3_one_by_one_is_too_slow_above_200_per_second_and_groups_are_not() -> None:
    load = {"at_ms": 1_450, "wait_ms": 5}
    at_180 = [half_ms(way=ONE_BY_ONE, per_second=180, seed=seed, **load) for seed in (1, 2, 3)]
    at_220 = [half_ms(way=ONE_BY_ONE, per_second=220, seed=seed, **load) for seed in (1, 2, 3)]
    assert (min(at_180), max(at_180)) == (pytest.approx(10.9), pytest.approx(26.7))
    assert (min(at_220), max(at_220)) == (pytest.approx(32.1), pytest.approx(119.6))
    grouped = [half_ms(way=GROUPS, per_second=400, seed=seed, **load) for seed in (1, 2, 3)]
    assert max(grouped) < 8


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("failure", FAILURES)
def test_the_sentence_counts_what_the_model_loses(way: str, failure: str) -> None:
    values = {"way": way, "failure": failure, "at_ms": 700, "per_second": 300, "wait_ms": 9}
    writes = journal(way, 300, 9, 1_500, 1)
    assert missing(**values) == lost(writes, 700, failure == POWER)


def test_where_nothing_was_acknowledged_it_says_so() -> None:
    values = {"per_second": 20, "at_ms": 50, "wait_ms": 20, "way": ONE_BY_ONE}
    silent = next(
        seed
        for seed in range(1, 21)
        if journal(ONE_BY_ONE, 20, 20, 1_500, seed)[0].acknowledged_ms > 50
    )
    assert "no record was acknowledged by then, so nothing is lost." in sentence(
        **values, seed=silent
    )
