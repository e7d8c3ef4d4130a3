"""The panels of chapter 14: elections with and without a spread, leases under drift, and Raft by hand."""

from __future__ import annotations

import re
from statistics import median

import pytest

from dscourse import checkers
from dscourse.panels.consensus import (
    KINDS,
    LONGEST_MS,
    READS,
    decided,
    drawn,
    election_frame,
    election_panel,
    election_times,
    lease_panel,
    lease_world,
    nine_in_ten,
    paxos_player,
    paxos_world,
    raft_player,
    raft_world,
    share_over,
    stall,
)
from dscourse.protocols.paxos import Accept, Accepted, Paxos, Prepare, Promise, Propose
from dscourse.protocols.raft import Raft
from dscourse.sim import Crash


def test_a_spread_of_time_outs_ends_elections() -> None:
    spread, same = election_times(150, 150, 15), election_times(150, 1, 15)
    assert 150 < spread[len(spread) // 2] < 350
    assert same[len(same) // 2] == LONGEST_MS
    assert list(spread) == sorted(spread)


def test_nine_in_ten_are_over_by_the_eighteenth_of_twenty() -> None:
    assert (nine_in_ten(range(1, 21)), nine_in_ten([5.0])) == (18, 5.0)


def test_pre_vote_costs_about_one_round_trip() -> None:
    raft, asks_first = (election_times(150, 150, 15, 5, kind, 200) for kind in KINDS)
    assert 20 < median(asks_first) - median(raft) < 40


def test_an_election_that_is_not_over_is_not_drawn_or_told_as_over() -> None:
    assert share_over((200.0, LONGEST_MS), LONGEST_MS) == 50
    frame = election_frame("Raft", 1, 150, 150, 15)
    assert "half of 20 elections are over after more than 1,500 ms" in frame.sentence


def test_one_node_needs_nobody_and_stays_without_a_leader() -> None:
    assert set(election_times(150, 150, 15, nodes=1)) == {LONGEST_MS}


def test_leases_hold_as_long_as_clocks_do() -> None:
    def judged(reads: str, drift: float) -> bool | None:
        world = lease_world(reads, drift)
        return checkers.linearizable(world.history, checkers.CasRegister()).ok

    assert [judged(reads, 0.0) for reads in READS] == [True, True, True]
    assert [judged(reads, 0.9) for reads in READS] == [True, True, False]
    assert judged("by lease", 0.05) is True


def test_a_way_to_read_that_is_not_known_is_refused() -> None:
    with pytest.raises(LookupError, match="reads='aloud': it must be one of through the log"):
        lease_world("aloud")


def test_the_player_begins_with_a_leader_and_shows_the_invariants() -> None:
    world = raft_world()
    assert sum(isinstance(one, Raft) and one.role == "leader" for one in world.nodes.values()) == 1
    assert drawn(world).sentence == (
        "n5 leads term 1. n1, n2, n3, n4, n5: 3 entries, 3 committed. "
        "Holds: one leader a term, logs match, what is committed agrees."
    )
    world.apply(Crash("n5"))
    assert drawn(world).sentence.startswith("Nobody leads. n1, n2, n3, n4, n5: 3 entries")
    player = raft_player()
    while "All three writes are committed" not in player.sentence:
        player.happen()
        assert "Does not hold" not in player.sentence


def test_the_panels_tell_what_they_show() -> None:
    assert re.search(r"half of 20 elections are over after \d+ ms", election_panel().sentence)
    panel = lease_panel()
    panel.set(drift=90)
    assert "not linearizable" in panel.sentence
    panel.set(reads="by question")
    assert "the history is linearizable" in panel.sentence


def test_a_scheduler_keeps_paxos_from_deciding_as_long_as_it_likes() -> None:
    world = paxos_world().run(until_ms=0)
    for _ in range(300):
        world.step(stall(world))
    nodes = [node for node in world.nodes.values() if isinstance(node, Paxos)]
    assert decided(world) is None
    assert min(node.ballot.round for node in nodes[:2]) > 30
    assert not world.trace.kinds("drop")


def test_a_value_is_decided_before_anybody_knows() -> None:
    player = paxos_player()

    def deliver(kind: type, to: str) -> None:
        wanted = (one for one in player.world.pending() if isinstance(one.what, kind))
        player.happen(next(one.id for one in wanted if one.node == to))

    for kind, to in ((Propose, "a"), (Prepare, "c"), (Promise, "a")):
        deliver(kind, to)
    assert "Nothing is decided; the highest ballot is 1a." in player.sentence
    deliver(Accept, "c")
    assert "Decided: x. Known at: no node yet." in player.sentence
    deliver(Accepted, "a")
    assert "Decided: x. Known at: a." in player.sentence


def test_without_such_a_scheduler_the_player_comes_to_a_decision() -> None:
    player = paxos_player()
    assert "Nothing is decided; the highest ballot is 0." in player.sentence
    for _ in range(40):
        waiting = player.world.pending()
        wanted = [event for event in waiting if event.kind == "deliver"] or waiting
        player.happen(wanted[0].id)
        if "Decided" in player.sentence:
            break
    assert "Decided: x." in player.sentence
