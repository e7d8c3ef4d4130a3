"""The panels of chapter 14: elections, leases, and Raft and Paxos by hand."""

from __future__ import annotations

import re

from dscourse.experiments.consensus import LONGEST_MS, raft_world, share_over
from dscourse.panels.consensus import (
    draw_logs,
    election_frame,
    election_panel,
    lease_panel,
    paxos_explorer,
    raft_explorer,
)
from dscourse.protocols.paxos import Accept, Accepted, Prepare, Promise, ProposalDue
from dscourse.protocols.raft import Raft
from dscourse.sim import Crash


def test_an_election_that_is_not_over_is_not_drawn_or_told_as_over() -> None:
    assert share_over((200.0, LONGEST_MS), LONGEST_MS) == 50
    frame = election_frame("Raft", 1, 150, 150, 15)
    assert "half of 8 elections are over after more than 1,500 ms" in frame.sentence


def test_the_explorer_begins_with_a_leader_and_shows_the_invariants() -> None:
    world = raft_world()
    assert sum(isinstance(one, Raft) and one.role == "leader" for one in world.nodes.values()) == 1
    assert draw_logs(world).sentence == (
        "n5 leads term 1. n1, n2, n3, n4, n5: 3 entries, 3 committed. "
        "Holds: one leader per term, logs match, leaders lack nothing committed, committed entries agree."
    )
    world.apply(Crash("n5"))
    assert draw_logs(world).sentence.startswith("No node leads. n1, n2, n3, n4, n5: 3 entries")
    explorer = raft_explorer()
    assert "committed entries agree" in explorer.verdicts
    while "All three writes are committed" not in explorer.sentence:
        explorer.happen()
        assert "Does not hold" not in explorer.sentence


def test_how_late_a_lease_fails_is_the_luck_of_a_seed_and_what_it_allows_is_not() -> None:
    panel = lease_panel()

    def holds(**settings: int) -> bool:
        panel.set(**settings)
        return "not linearizable" not in panel.sentence

    assert [holds(seed=seed, drift=10) for seed in range(1, 6)] == [True] * 5
    assert [holds(seed=2, drift=50), holds(seed=1, drift=50)] == [False, True]
    assert [holds(seed=1, drift=60), holds(seed=4, drift=70), holds(seed=4, drift=75)] == [
        False,
        True,
        False,
    ]


def test_the_panels_tell_what_they_show() -> None:
    assert re.search(r"half of 20 elections are over after \d+ ms", election_panel().sentence)
    panel = lease_panel()
    panel.set(drift=90)
    assert "not linearizable" in panel.sentence
    panel.set(reads="by read index")
    assert "the history is linearizable" in panel.sentence


def test_a_value_is_decided_before_anybody_knows() -> None:
    explorer = paxos_explorer()

    def deliver(kind: type, to: str) -> None:
        wanted = (one for one in explorer.world.pending() if isinstance(one.what, kind))
        explorer.happen(next(one.id for one in wanted if one.node == to))

    for kind, to in ((ProposalDue, "a"), (Prepare, "c"), (Promise, "a")):
        deliver(kind, to)
    assert "No value is chosen; the highest ballot is 1a." in explorer.sentence
    deliver(Accept, "c")
    assert "Chosen: x. Known at: no node yet." in explorer.sentence
    deliver(Accepted, "a")
    assert "Chosen: x. Known at: a." in explorer.sentence


def test_without_such_a_scheduler_the_explorer_comes_to_a_decision() -> None:
    explorer = paxos_explorer()
    assert "No value is chosen; the highest ballot is 0." in explorer.sentence
    for _ in range(40):
        waiting = explorer.world.pending()
        wanted = [event for event in waiting if event.kind == "deliver"] or waiting
        explorer.happen(wanted[0].id)
        if "Chosen" in explorer.sentence:
            break
    assert "Chosen: x." in explorer.sentence
