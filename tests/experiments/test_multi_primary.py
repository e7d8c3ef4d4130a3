"""The experiment of chapter 11: the fates of writes, counted in another way."""

from __future__ import annotations

import pytest

from dscourse.experiments.multi_primary import (
    RULES,
    cart_world,
    fates,
    lost_share,
    shared_primary,
    writers_world,
)
from dscourse.protocols.conflict_rules import HybridLast, LastWriterWins, ObservedCart, Siblings
from dscourse.protocols.context_client import ContextClient
from dscourse.protocols.eventual_store import EventualStore
from dscourse.protocols.stores import StoreClient

# --- what survives -------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES.values())
def test_every_write_is_acknowledged_and_has_one_fate(rule: type[LastWriterWins]) -> None:
    world = writers_world(rule, writers=3, skew_ms=50)
    assert len(fates(world)) == len(world.history) == len(world.history.ok) == 30


@pytest.mark.parametrize("rule", [LastWriterWins, HybridLast])
def test_one_write_is_there_at_the_end_of_last_writer_wins(rule: type[LastWriterWins]) -> None:
    for seed in range(20):
        assert list(fates(writers_world(rule, 3, 80, seed=seed)).values()).count("kept") == 1


def test_siblings_lose_nothing() -> None:
    for seed in range(20):
        assert "lost" not in fates(writers_world(Siblings, 4, 300, seed=seed)).values()


@pytest.mark.parametrize("seed", range(10))
def test_without_skew_the_times_alone_say_which_writes_are_lost(
    seed: int,
) -> None:
    """Lost: the other writes before it has arrived (20 ms), and its own user not before that has arrived here."""
    world = writers_world(LastWriterWins, 2, 0, 20, 100, seed)
    begun = [(world.trace[op.invoked].time_ms, op.process, op.value) for op in world.history]
    fate_of = fates(world)
    for ms, user, value in begun:
        later = [(time, other != user) for time, other, _ in begun if time > ms]
        remote_ms = min((time for time, apart in later if apart), default=1e9)
        own = min((time for time, apart in later if not apart), default=1e9)
        assert (fate_of[str(value)] == "lost") is (remote_ms < ms + 20 and own >= remote_ms + 20)


def test_a_clock_that_is_fast_by_the_whole_run_makes_the_other_lose_nearly_all() -> None:
    assert lost_share(LastWriterWins, 1_000, runs=10) > 0.45
    assert lost_share(HybridLast, 1_000, runs=10) < 0.2
    assert lost_share(Siblings, 1_000, runs=10) == 0


def test_the_share_grows_with_the_skew_and_with_the_rate() -> None:
    by_skew = [lost_share(LastWriterWins, skew, runs=10) for skew in (0, 50, 100, 200, 400)]
    assert by_skew == sorted(by_skew)
    assert lost_share(LastWriterWins, 0, 50, runs=10) > lost_share(LastWriterWins, 0, 200, runs=10)


@pytest.mark.parametrize("added", ["pen", "book"])
def test_an_addition_that_the_remover_had_not_seen_stays(added: str) -> None:
    reads = [op.result for op in cart_world(ObservedCart, added).history if op.f == "read"]
    assert reads == [(added,), (added,)]


def test_two_users_at_one_primary_need_contexts() -> None:
    assert shared_primary(StoreClient, Siblings) == ("eggs",)
    assert shared_primary(ContextClient, EventualStore) == ("eggs", "milk")
