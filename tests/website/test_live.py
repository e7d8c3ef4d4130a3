"""The recorded runs of the front page: each is what Python gives for the same gestures."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from website.live import diagram, recorded


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return recorded()


def test_every_set_of_lost_messages_is_recorded_and_judged(data: dict[str, Any]) -> None:
    assert len(data["runs"]) == 2 ** len(data["messages"])
    for key, run in data["runs"].items():
        lost = len(key.split())
        assert f"{lost} lost" in run["sentence"] or not lost
        assert run["outcome"].startswith("✓" if not lost else "✗")


def test_the_deeds_are_done_by_their_par_and_not_with_fewer(data: dict[str, Any]) -> None:
    for number, task in enumerate(data["runs"][""]["tasks"]):
        sizes = [
            len(key.split()) for key, run in data["runs"].items() if run["tasks"][number]["done"]
        ]
        assert min(sizes) == task["par"]


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_the_gestures_does_not_matter(seed: int, data: dict[str, Any]) -> None:
    draws, touched = Random(seed), diagram()
    chosen = draws.sample(range(6), draws.randint(1, 6))
    for at in chosen:
        ids = {arrow["name"]: arrow["id"] for arrow in touched.layout_data["arrows"]}
        touched.touch("lose", ids[data["messages"][at]])
    run = data["runs"][" ".join(map(str, sorted(chosen)))]
    assert touched.verdict_card == run["verdict_card"]
    assert touched.sentence == run["sentence"]
    assert sorted(touched.code.splitlines()) == sorted(run["code"].splitlines())
