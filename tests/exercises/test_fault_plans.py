"""The random plans that judge answers and fill panels have faults that outlast the time-outs of what they try."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from dscourse.exercises import all_exercises
from dscourse.exercises.judges import hunt
from dscourse.exercises.tasks import make
from dscourse.experiments.consistency_models import faulted_world
from dscourse.experiments.whole_system import SUSPICION_MS, storm
from dscourse.protocols.sequential_store import SequentialStore
from dscourse.sim import At, Budget, Restart, lasting, random_plan

quorum_store = importlib.import_module("dscourse.exercises.03_cap.03_4_two_flaws_in_a_quorum_store")

PLANS: dict[str, tuple[Callable[[], list[list[At]]], float, int]] = {
    "03": (
        lambda: [random_plan(seed, quorum_store._NODES, quorum_store._BUDGET) for seed in range(60)], 100, 5,
    ),
    "15": (lambda: [storm(seed, 6, 400) for seed in range(1, 13)], SUSPICION_MS, 6),
}  # fmt: skip
HUNTING = ("01.6", "01.7", "01.8", "02.7", "03.7", "05.8", "06.7", "08.7", "10.7", "11.7")


def _lasting(plans: list[list[At]], timeout_ms: float) -> Counter[str]:
    """The number of plans with faults shorter, longer and several times longer than the time-out."""
    return Counter(
        shorter=sum(len(lasting(plan, 0)) > len(lasting(plan, timeout_ms)) for plan in plans),
        longer=sum(bool(lasting(plan, timeout_ms)) for plan in plans),
        several_times_longer=sum(bool(lasting(plan, 1.9 * timeout_ms)) for plan in plans),
    )


@pytest.mark.parametrize("chapter", PLANS)
def test_faults_are_shorter_and_longer_than_the_timeout_and_every_server_restarts(
    chapter: str,
) -> None:
    make, timeout_ms, servers = PLANS[chapter]
    plans = make()
    seen = _lasting(plans, timeout_ms)
    assert min(seen.values()) >= len(plans) / 10, seen
    restarted = {
        entry.fault.node for plan in plans for entry in plan if isinstance(entry.fault, Restart)
    }
    assert len(restarted) == servers


@pytest.mark.once
@pytest.mark.parametrize("name", HUNTING)
def test_a_whole_node_is_tried_under_short_and_long_faults_and_restarts(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[tuple[float, list[At]]] = []

    def recorded(seed: int, nodes: Iterable[str], budget: Budget) -> list[At]:
        plan = random_plan(seed, nodes, budget)
        tried.append((budget.timeout_ms, plan))
        return plan

    monkeypatch.setattr(hunt, "random_plan", recorded)
    exercise = all_exercises()[name]
    assert exercise.judge(make(exercise, exercise.solution)) is None
    seen = sum((_lasting([plan], timeout_ms) for timeout_ms, plan in tried), Counter())
    assert min(seen[kind] for kind in ("shorter", "longer", "several_times_longer")) >= 3, seen
    faults = [entry.fault for _, plan in tried for entry in plan]
    assert any(isinstance(fault, Restart) for fault in faults) or name == "02.7"


def test_the_worlds_of_the_models_have_faults_longer_than_a_client_waits() -> None:
    given_up = [faulted_world(SequentialStore, seed).history.unknown for seed in range(20)]
    assert sum(bool(ops) for ops in given_up) > 3


def test_the_praise_for_the_store_tells_how_many_plans_it_was_tried_under() -> None:
    praise = all_exercises()["03.4"].praise
    assert (
        f"under {quorum_store._PLANS - 1} random fault plans" in praise
    )  # the first plan is empty
