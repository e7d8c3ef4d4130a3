"""The deeds of chapter 15: each is done with par, by the plan that its answer tells, and not with less."""

from __future__ import annotations

from itertools import combinations

import pytest

from dscourse.experiments.missed_quorum import NODES
from dscourse.touch import Deed
from tests.touch.trials import Touching, diagram_of, touched

DIAGRAM = diagram_of("15")
RUN = DIAGRAM.run
STAND_IN, MISSED, BY_CRASHES = DIAGRAM.deeds

APART: Touching = ("partition", ([["n1", "n2"], ["n3", "n4", "c1", "c2"]], 60.0, 297.0))
CRASHES: list[Touching] = [
    ("crash", ("n1", 60.0)), ("crash", ("n2", 60.0)), ("restart", ("n1", 295.0)), ("restart", ("n2", 295.0)),
]  # fmt: skip
PLANS: dict[str, tuple[Deed, list[Touching]]] = {
    "a crash": (STAND_IN, [("crash", ("n1", 60.0))]),
    "a partition": (MISSED, [APART]),
    "four crashes and restarts": (BY_CRASHES, CRASHES),
}


def test_no_touch_does_no_deed() -> None:
    assert not any(deed.is_done(touched(RUN)) for deed in DIAGRAM.deeds)
    assert len(DIAGRAM.part(RUN.world.trace).kinds("send")) <= 30
    assert [lane["node"] for lane in DIAGRAM.layout_data["lanes"]] == ["c1", "c2", *NODES]


@pytest.mark.parametrize("plan", PLANS)
def test_the_plan_of_the_answer_does_the_deed_with_par(plan: str) -> None:
    deed, touches = PLANS[plan]
    assert len(touches) == deed.par
    assert deed.is_done(touched(RUN, *touches))


@pytest.mark.parametrize("start_ms", [60, 100, 140])
@pytest.mark.parametrize("node", ["n1", "n2", "n3"])
def test_a_crash_or_a_cut_of_one_node_makes_no_read_miss_the_write(
    node: str, start_ms: float
) -> None:
    for one in [
        ("crash", (node, start_ms)),
        ("isolate", (node, start_ms, 297.0)),
        ("pause", (node, start_ms, 297.0)),
    ]:
        assert not MISSED.is_done(touched(RUN, one))


def test_each_crash_and_each_restart_is_needed() -> None:
    for fewer in combinations(CRASHES, 3):
        assert not BY_CRASHES.is_done(touched(RUN, *fewer))


def test_the_card_names_the_nodes_that_acknowledged_the_write() -> None:
    DIAGRAM.touch(APART[0], *APART[1])
    assert "n3 and n4 had the write when it was acknowledged" in DIAGRAM.verdict_card
    DIAGRAM.touch("reset")
