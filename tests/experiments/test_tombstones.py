"""Chapter 05: outages after which a deleted value is back, and those of them that were recorded."""

from __future__ import annotations

import pytest
from scipy.special import bdtr, bdtrc

from dscourse import datasets, sweep
from dscourse.experiments.tombstones import (
    OUTAGES,
    REPLICAS,
    longest_outage_ms,
    recorded_share,
    stays_deleted,
    tombstone_world,
)
from dscourse.protocols.anti_entropy import contents
from dscourse.protocols.eventual_store import EventualStore
from dscourse.protocols.textbook.eventual_store import ForgetsInTimeStore
from dscourse.sim import At, Crash, Recover, Restart, random_plan
from tests.effort import once

TWICE = [At(100, Crash("n3")), At(450, Restart("n3")), At(500, Crash("n3")), At(800, Recover())]
ONCE = [At(100, Crash("n3")), At(480, Restart("n3"))]
LONG = [At(100, Crash("n3")), At(800, Recover())]


def holders(store: type[EventualStore], plan: list[At]) -> list[str]:
    """The replicas that hold the deleted milk in the end."""
    return [
        name
        for name, data in contents(tombstone_world(store, plan).nodes).items()
        if data.get("cart")
    ]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [(TWICE, ["n1", "n2", "n3"]), (LONG, ["n1", "n2", "n3"]), (ONCE, []), ([], [])],
)
def test_a_value_comes_back_if_a_replica_missed_the_tombstone_for_as_long_as_it_was_kept(
    plan: list[At], expected: list[str]
) -> None:
    assert holders(ForgetsInTimeStore, plan) == expected
    assert holders(EventualStore, plan) == []


@pytest.mark.parametrize(("plan", "expected"), [(TWICE, False), (ONCE, True), (LONG, None)])
def test_a_plan_with_a_longer_outage_is_not_judged(plan: list[At], expected: bool | None) -> None:
    assert stays_deleted(plan) is expected


def test_the_longest_outage_is_of_one_node_at_a_time() -> None:
    assert longest_outage_ms(TWICE) == 350
    assert longest_outage_ms([At(0, Crash("a")), At(5, Crash("a")), At(9, Restart("a"))]) == 9
    assert longest_outage_ms([At(9, Restart("a")), At(20, Recover())]) == 0


def test_no_random_outage_is_longer_than_is_allowed() -> None:
    plans = [random_plan(seed, REPLICAS, OUTAGES) for seed in range(300)]
    assert 350 < max(map(longest_outage_ms, plans)) <= 400


@once
def test_of_the_recorded_seeds_each_fails_and_its_neighbours_do_not() -> None:
    recorded = {int(seed) for seed in datasets.load("worlds/failing")["seed"]}
    some = sorted(recorded)[::20]
    for seed in [near for one in some for near in (one - 1, one, one + 1)]:
        assert stays_deleted(random_plan(seed, REPLICAS, OUTAGES)) is (seed not in recorded)


def test_the_search_shrinks_a_recorded_seed_to_two_short_outages() -> None:
    first = int(datasets.load("worlds/failing")["seed"][0])
    survey = sweep.search(stays_deleted, REPLICAS, OUTAGES, [first])
    assert survey.failed == 1
    kinds = [type(entry.fault) for entry in survey.plan]
    assert kinds == [Crash, Restart, Crash]
    assert longest_outage_ms([*survey.plan, At(800, Recover())]) <= 400


def test_the_limits_of_a_share_are_those_at_which_the_count_would_be_a_surprise_of_2_5_percent() -> (
    None
):
    assert recorded_share(300).high == pytest.approx(1 - 0.025 ** (1 / 300))
    share = recorded_share(100_000)
    assert share.failed > 0
    assert bdtr(share.failed, share.worlds, share.high) == pytest.approx(0.025)
    assert bdtrc(share.failed - 1, share.worlds, share.low) == pytest.approx(0.025)
