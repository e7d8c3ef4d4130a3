"""The recorded runs of the front page: each is what Python gives for the same gestures."""

from __future__ import annotations

from random import Random

import pytest

from website.live import diagram, recorded

DATA = recorded()


def test_every_set_of_lost_messages_is_recorded_and_judged() -> None:
    assert len(DATA["runs"]) == 2 ** len(DATA["messages"])
    for key, run in DATA["runs"].items():
        lost = len(key.split())
        assert f"{lost} lost" in run["sentence"] or not lost
        assert run["outcome"].startswith("✓" if not lost else "✗")


def test_the_deeds_are_done_by_their_par_and_not_with_fewer() -> None:
    for number, task in enumerate(DATA["runs"][""]["tasks"]):
        sizes = [
            len(key.split()) for key, run in DATA["runs"].items() if run["tasks"][number]["done"]
        ]
        assert min(sizes) == task["par"]


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_the_gestures_does_not_matter(seed: int) -> None:
    draws, touched = Random(seed), diagram()
    chosen = draws.sample(range(6), draws.randint(1, 6))
    for at in chosen:
        ids = {arrow["name"]: arrow["id"] for arrow in touched.layout_data["arrows"]}
        touched.touch("lose", ids[DATA["messages"][at]])
    run = DATA["runs"][" ".join(map(str, sorted(chosen)))]
    assert touched.verdict_card == run["verdict_card"]
    assert touched.sentence == run["sentence"]
    assert sorted(touched.code.splitlines()) == sorted(run["code"].splitlines())
