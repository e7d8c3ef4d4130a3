"""The random plans that judge answers and fill panels have faults that outlast the time-outs of what they try."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from dscourse.exercises import cap_repairs, partial_failure_repairs
from dscourse.experiments.consistency_models import faulted_world
from dscourse.experiments.whole_system import SUSPICION_MS, storm
from dscourse.protocols.sequential_store import SequentialStore
from dscourse.sim import At, Restart, lasting, random_plan


def of_the_store() -> list[list[At]]:
    return [random_plan(seed, cap_repairs._NAMES, cap_repairs._BUDGET) for seed in range(60)]


PLANS: dict[str, tuple[Callable[[], list[list[At]]], float, int]] = {
    "01": (partial_failure_repairs._plans, partial_failure_repairs._TIMEOUT_MS, 1),
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
