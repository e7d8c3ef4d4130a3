"""The experiment of chapter 15: the contribution of each part in a storm."""

from __future__ import annotations

import pytest

from dscourse.experiments.score_card import NEVER, Goals, Score, combine, missed
from dscourse.experiments.scores import lost, score, stale_reads
from dscourse.experiments.whole_system import (
    KINDS,
    NAMES,
    RACKS,
    RINGS,
    card,
    rated,
    storm_world,
    two_clients,
)
from dscourse.node import Node, cluster
from dscourse.placement import RackRing, Ring, over_racks
from dscourse.protocols.textbook.ring_store import TimestampStore
from dscourse.sim import At, Crash, Pause, Recover, SetClock, World
from tests.effort import once

CALM = Score(100, 0.0, 0.0, 0, 10, 20, 8)


@once
def test_more_faults_and_a_rack_without_power_cost_answers() -> None:
    calm, faulty, dark = (rated(faults=n, outage_ms=ms) for n, ms in ((0, 0), (8, 0), (8, 400)))
    assert calm.unanswered == 0 < faulty.unanswered < dark.unanswered


@once
def test_racks_in_the_ring_keep_answers_that_a_plain_ring_loses() -> None:
    plain, spread = (rated(outage_ms=400, ring=ring) for ring in RINGS.values())
    assert spread.unanswered < plain.unanswered


@once
def test_each_part_that_is_missing_shows() -> None:
    cards = {name: rated(kind, outage_ms=400) for name, kind in KINDS.items()}
    full = cards["all parts"]
    assert full.lost == 0
    assert cards["strict quorums"].stale == 0 < full.stale < 0.01  # stand-ins are no homes
    assert full.converged_ms < NEVER == cards["no repair at all"].converged_ms
    for name in ("timestamps", "textbook"):
        assert cards[name].stale > 0 < cards[name].lost
    assert cards["timestamps"].converged_ms < NEVER == cards["textbook"].converged_ms
    assert cards["no anti-entropy"].messages < full.messages
    assert rated(outage_ms=400, attempts=1).unanswered > full.unanswered


def test_a_newer_write_with_an_older_time_stamp_is_lost() -> None:
    plan = [At(0, SetClock("n1", skew_ms=400)), At(600, Pause("n1"))]
    later = [("write", "x", "eggs"), ("read", "x")]
    world = two_clients(plan, TimestampStore, later)
    assert [op.outcome() for op in world.history] == ["ok", "ok", "ok ('milk',)"]
    assert lost(world.history, world) == [1]
    logs = {name: world.log(name) for name in world.nodes}
    assert stale_reads(world.history, logs) == [3]
    repaired = two_clients(plan, later=later)
    assert [op.outcome() for op in repaired.history] == ["ok", "ok", "ok ('milk', 'eggs')"]


def test_nothing_to_score_is_an_error() -> None:
    with pytest.raises(ValueError, match="no operation was begun"):
        score(World(cluster(Node, 1)), 0)
    with pytest.raises(ValueError, match="no scores"):
        combine([])


def test_many_runs_as_one() -> None:
    other = Score(300, 0.04, 0.0, 2, NEVER, 50, 12)
    both = combine([CALM, other])
    assert both == Score(400, 0.03, 0.0, 2, NEVER, 50, 11)
    assert missed(both, Goals(unanswered=0.03)) == ["lost writes", "equal after", "messages"]
    assert "2 writes lost, never equal" in str(both)
    with pytest.raises(LookupError, match="'hope' is no measure"):
        CALM.describe("hope")


def test_cards_are_the_same_again() -> None:
    assert score(storm_world(seed=3), 1_200) == card(seed=3)


def test_racks_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="racks is empty"):
        RackRing({})
    with pytest.raises(ValueError, match="it has one rack"):
        RackRing({"north": ["a"], "south": ["a"]})
    with pytest.raises(ValueError, match="count=7"):
        RackRing(RACKS).preference("x", 7)


def test_a_rule_of_ones_own_takes_the_place_of_the_racks() -> None:
    plain = Ring(NAMES, virtual_nodes=16)
    ring = RackRing(RACKS, virtual_nodes=16, rule=lambda order, rack_of: order)
    assert ring.preference("cart 3", 4) == plain.preference("cart 3", 4)
    assert over_racks([], {}) == ()


def test_two_clients_agree_on_a_calm_day() -> None:
    assert [op.outcome() for op in two_clients().history] == ["ok", "ok ('milk',)"]
    down = [At(300, Crash("n1")), At(300, Crash("n2")), At(695, Recover())]
    assert [op.outcome() for op in two_clients(down).history] == ["ok", "ok"]
