"""Chapter 05: rumours against published theory, stale reads against closed forms and the simulator."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dscourse.experiments.eventual_consistency import (
    DELAYS,
    missed_by,
    rounds_in_theory,
    rumour_runs,
    share_stale,
    spread,
)
from dscourse.node import cluster
from dscourse.protocols.eventual_store import ContextClient, EventualStore
from dscourse.sim import Exponential, Network, World
from tests.effort import once

# --- the rumour ----------------------------------------------------------------------------------


def test_who_knows_a_rumour_does_not_forget_it_and_all_know_it_in_the_end() -> None:
    counts = spread(50, 2, 0.3)
    assert (np.diff(counts, axis=1) >= 0).all()
    assert (counts[:, 0] == 1).all()
    assert (counts[:, -1] == 50).all()


def test_in_a_round_the_number_of_those_who_know_grows_by_the_fan_out_at_most() -> None:
    counts = spread(300, 3, 0.0)
    assert (counts[:, 1:] <= 4 * counts[:, :-1]).all()
    assert counts[:, 1].max() == 4


@pytest.mark.parametrize("nodes", [64, 256, 1_024])
def test_with_a_fan_out_of_one_it_takes_as_many_rounds_as_pittel_proved(nodes: int) -> None:
    """Pittel 1987: log2 n + ln n + O(1) rounds; the constant is below 2 here."""
    rounds = (spread(nodes, 1, 0.0, runs=60) < nodes).sum(axis=1)
    assert abs(rounds.mean() - rounds_in_theory(nodes, 1, 0.0)) < 2


@pytest.mark.parametrize(("fan_out", "loss"), [(2, 0.0), (4, 0.0), (2, 0.5), (1, 0.5), (3, 0.2)])
def test_the_theory_holds_for_other_fan_outs_and_with_loss(fan_out: int, loss: float) -> None:
    rounds = (spread(400, fan_out, loss, runs=40) < 400).sum(axis=1)
    assert rounds.mean() == pytest.approx(rounds_in_theory(400, fan_out, loss), abs=2, rel=0.1)


def test_when_nearly_all_know_it_those_left_out_are_missed_by_chance() -> None:
    """Demers et al. 1987, section 1.3: with push the share p of the left-out becomes p / e a round."""
    counts = spread(1_000, 1, 0.0, runs=60)
    left = 1_000 - counts
    late = (left[:, :-1] >= 20) & (left[:, :-1] <= 100)
    kept = left[:, 1:][late].sum() / left[:, :-1][late].sum()
    assert kept == pytest.approx(math.exp(-1), rel=0.1)


# --- stale reads ---------------------------------------------------------------------------------


@pytest.mark.parametrize("after_ms", [0, 5, 10, 30])
def test_one_copy_read_misses_the_write_while_its_message_is_under_way(after_ms: int) -> None:
    """N = 2, R = W = 1: both ends are at once, so only the one exponential delay of the write is left."""
    late, write_took, read_took = missed_by(2, 1, 1, 10, "exponential")
    assert (late > after_ms).mean() == pytest.approx(math.exp(-after_ms / 10), abs=0.012)
    assert write_took.max() == read_took.max() == 0


@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize(
    ("replicas", "read", "write"), [(3, 2, 2), (3, 1, 3), (5, 3, 3), (1, 1, 1)]
)
def test_quorums_that_meet_leave_no_read_stale(
    replicas: int, read: int, write: int, delay: str
) -> None:
    late, _, _ = missed_by(replicas, read, write, 10, delay)
    assert (late <= 0).all()


@pytest.mark.parametrize("delay", DELAYS)
def test_both_kinds_of_delay_have_the_same_mean(delay: str) -> None:
    _, write_took, _ = missed_by(2, 1, 2, 10, delay)
    assert write_took.mean() == pytest.approx(20, rel=0.05)  # there and back


def test_a_larger_quorum_makes_fewer_reads_stale_and_takes_longer() -> None:
    stale = {
        (read, write): (missed_by(5, read, write, 10, "exponential")[0] > 5).mean()
        for read in (1, 2)
        for write in (1, 2)
    }
    assert stale[2, 2] < min(stale[1, 2], stale[2, 1]) < stale[1, 1]
    assert missed_by(5, 2, 1, 10, "exponential")[2].min() > 0


@pytest.mark.parametrize(("read", "write"), [(1, 1), (2, 1), (1, 2)])
@once
def test_the_simulated_store_is_as_stale_as_the_model(read: int, write: int) -> None:
    """500 runs each: the read begins 8 ms after the write has ended, as far as the model can know that."""
    late, _, _ = missed_by(3, read, write, 10, "exponential")
    runs = [stale(seed, read, write) for seed in range(500)]
    assert sum(runs) / len(runs) == pytest.approx((late > 8).mean(), abs=0.06)


def stale(seed: int, read: int, write: int) -> bool:
    """True if a read at n3 misses a write at n1 that ended 8 ms before it began."""
    settings = {"interval_ms": 1e5, "patience_ms": 1e4, "read_quorum": read, "write_quorum": write}
    nodes = cluster(EventualStore, ("n1", "n2", "n3"), **settings)
    clients = [ContextClient("c1", "n1", 1e5), ContextClient("c3", "n3", 1e5)]
    world = World([*clients, *nodes], seed, Network(Exponential(10)))
    world.submit("c1", [("write", "x", 1)])
    while not world.history.ok:
        world.step()
    world.submit("c3", [("read", "x")], start_ms=world.now_ms + 8).run(
        until_ms=world.now_ms + 2_000
    )
    return world.history.ok[1].result is None


def test_the_summary_of_a_rumour_is_that_of_its_runs() -> None:
    runs, counts = rumour_runs(60, 2, 0.2), spread(60, 2, 0.2)
    rounds = sorted(int((row < 60).sum()) for row in counts)
    assert runs.rounds == (rounds[0], (rounds[9] + rounds[10]) // 2, rounds[-1])
    assert int((runs.known["first to finish"] < 100).sum()) == rounds[0]
    assert int((runs.known["last to finish"] < 100).sum()) == rounds[-1]
    assert runs.known["median"][runs.half_rounds] >= 50 > runs.known["median"][runs.half_rounds - 1]


def test_reads_are_stale_as_often_as_they_begin_too_early() -> None:
    late = np.array([-1.0, 0.0, 5.0, 10.0])
    assert [share_stale(late, after_ms) for after_ms in (0, 5, 10)] == [50, 25, 0]
