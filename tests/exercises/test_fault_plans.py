"""The random plans that judge answers and fill panels have faults that outlast the time-outs of what they try."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable

import pytest

from dscourse.exercises import all_exercises
from dscourse.exercises.judges import payments
from dscourse.experiments.consistency_models import faulted_world
from dscourse.experiments.whole_system import SUSPICION_MS, storm
from dscourse.protocols.sequential_store import SequentialStore
from dscourse.sim import At, Restart, lasting, random_plan

quorum_store = importlib.import_module("dscourse.exercises.03_cap.03_4_two_flaws_in_a_quorum_store")


def of_the_store() -> list[list[At]]:
    return [random_plan(seed, quorum_store._NODES, quorum_store._BUDGET) for seed in range(60)]


PLANS: dict[str, tuple[Callable[[], list[list[At]]], float, int]] = {
    "01": (payments.plans, payments.TIMEOUT_MS, 1),
    "03": (of_the_store, 100, 5),
    "15": (lambda: [storm(seed, 6, 400) for seed in range(1, 13)], SUSPICION_MS, 6),
}


@pytest.mark.parametrize("chapter", PLANS)
def test_faults_are_shorter_and_longer_than_the_timeout_and_every_server_restarts(
    chapter: str,
) -> None:
    make, timeout_ms, servers = PLANS[chapter]
    plans = make()
    seen = Counter(
        shorter=sum(len(lasting(plan, 0)) > len(lasting(plan, timeout_ms)) for plan in plans),
        longer=sum(bool(lasting(plan, timeout_ms)) for plan in plans),
        several_times_longer=sum(bool(lasting(plan, 1.9 * timeout_ms)) for plan in plans),
    )
    assert min(seen.values()) >= len(plans) / 10, seen
    restarted = {
        entry.fault.node for plan in plans for entry in plan if isinstance(entry.fault, Restart)
    }
    assert len(restarted) == servers


def test_the_worlds_of_the_models_have_faults_longer_than_a_client_waits() -> None:
    given_up = [faulted_world(SequentialStore, seed).history.unknown for seed in range(20)]
    assert sum(bool(ops) for ops in given_up) > 3


def test_the_praise_for_the_store_tells_how_many_plans_it_was_tried_under() -> None:
    praise = all_exercises()["03.4"].praise
    assert (
        f"under {quorum_store._PLANS - 1} random fault plans" in praise
    )  # the first plan is empty
