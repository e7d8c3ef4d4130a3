"""The panel of chapter 09: its sentence agrees with its runs, and each control has the effect in its name."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dscourse.experiments.circuit_breakers import BREAKERS, RETRIES, service
from dscourse.panels.circuit_breakers import trouble, trouble_frame
from tests.show.drawing import faults

DEFAULT: dict[str, Any] = trouble().values


def sentence(**values: Any) -> str:
    return trouble_frame(**{**DEFAULT, **values}).sentence


def share(**values: Any) -> int:
    """The share of answered requests, in %."""
    found = re.search(r"\((\d+) %\)", sentence(**values))
    assert found is not None
    return int(found[1])


def calls(**values: Any) -> int:
    found = re.search(r"called ([\d,]+) times?,", sentence(**values))
    assert found is not None
    return int(found[1].replace(",", ""))


@pytest.mark.parametrize("retries", RETRIES)
@pytest.mark.parametrize("breaker", BREAKERS)
def test_without_trouble_everything_is_answered_once(breaker: str, retries: str) -> None:
    values = {"lost": 0, "late": 0, "breaker": breaker, "retries": retries}
    assert share(**values) == 100
    assert calls(**values) == 600
    assert "back in 0.0 s" in sentence(**values)


def test_the_sentence_says_what_the_nodes_of_the_run_say() -> None:
    world = service(**DEFAULT)
    users, front = world.nodes["users"], world.nodes["front"]
    ok = sum(end.ok for end in users.ended)  # type: ignore[attr-defined]
    assert f"{ok} of {len(users.ended)} requests are answered" in sentence()  # type: ignore[attr-defined]
    assert calls() == len(front.calls_ms)  # type: ignore[attr-defined]
    assert f"refuses {front.refused} calls" in sentence()  # type: ignore[attr-defined]


def test_retries_at_once_keep_the_service_down_and_every_breaker_brings_it_back() -> None:
    assert "does not come back" in sentence(breaker="none")
    assert "does not come back" in sentence(breaker="none", retries="2 with jitter")
    assert "is back in" in sentence(breaker="none", retries="10 % budget")
    assert "is back in" in sentence(breaker="textbook")
    assert "is back in" in sentence(breaker="repaired")


def test_the_repaired_breaker_sends_less_into_the_trouble_than_the_textbook() -> None:
    assert calls(breaker="repaired") < calls(breaker="textbook") < calls(breaker="none")


def test_more_probes_send_more_into_the_trouble() -> None:
    assert calls(probes=1) < calls(probes=10)


def test_a_longer_open_time_refuses_more() -> None:
    assert share(open_s=12.0) < share(open_s=0.5)


def test_a_threshold_above_what_the_failures_reach_never_opens() -> None:
    assert "opens 0 times and refuses 0 calls" in sentence(lost=30, late=0, threshold=30)


@pytest.mark.parametrize("late", [0, 1_500])
@pytest.mark.parametrize("lost", [0, 100])
@pytest.mark.parametrize("breaker", BREAKERS)
def test_nothing_overlaps(lost: int, late: int, breaker: str) -> None:
    values = {**DEFAULT, "lost": lost, "late": late, "breaker": breaker, "open_s": 0.5}
    assert faults(trouble_frame(**values).picture) == []
