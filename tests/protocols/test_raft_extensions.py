"""Pre-Vote, CheckQuorum and leadership transfer: the dissertation's requirements, and partitioned networks.

Section 9.6   test_a_candidate_only_increments_its_term_if_a_majority_would_grant_it_their_votes
              test_a_voter_that_heard_a_leader_within_the_shortest_time_out_would_not_vote
              test_a_voter_with_a_longer_log_would_not_vote
              test_a_node_that_comes_back_does_not_disturb
Section 6.2   test_a_leader_steps_down_without_a_successful_round_of_heartbeats_to_a_majority
Section 3.10  test_the_prior_leader_stops_accepting_new_client_requests (and in test_raft_combined)
              test_the_prior_leader_fully_updates_the_targets_log
              test_the_target_starts_an_election_at_once_and_may_disrupt_the_leader
              test_if_the_transfer_does_not_complete_the_prior_leader_aborts_and_resumes
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from dscourse import sim
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.explore import Bounds, View, explore
from dscourse.node import Node, Send, SetTimer, Timer, cluster, take_effects
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_checkquorum import CheckQuorumRaft, QuorumCheckDue
from dscourse.protocols.raft_client import RaftClient
from dscourse.protocols.raft_messages import (
    AppendEntries,
    AppendEntriesReply,
    ElectionTimeout,
    RequestVote,
    RequestVoteReply,
    TermAndVote,
)
from dscourse.protocols.raft_prevote import (
    MinimumElectionTimeout,
    PreVote,
    PreVoteRaft,
    PreVoteReply,
)
from dscourse.protocols.raft_properties import (
    election_safety,
    leader_completeness,
    log_matching,
    state_machine_safety,
)
from dscourse.protocols.raft_snapshots import SnapshotRaft
from dscourse.protocols.raft_store import RaftStore
from dscourse.protocols.raft_transfer import (
    TimeoutNow,
    TransferLeadership,
    TransferLeadershipReply,
    TransferRaft,
    TransferTimeout,
)
from dscourse.replication.raft_log import START, Entry, Position
from tests.effort import once
from tests.protocols.raft_worlds import TIMES
from tests.protocols.steps import effects

NAMES = ("n1", "n2", "n3")
BEGIN = Entry(Position(1, 1), "no-op")


def node(kind: type[Raft], name: str = "n1", **settings: Any) -> Any:
    return kind(name, [other for other in NAMES if other != name], **settings)


def leader(kind: type[Raft], **settings: Any) -> Any:
    """Node n1, elected for term 1, with its first entry committed."""
    one = node(kind, **settings)
    one.start_election()
    handle_message(one, "n2", RequestVoteReply(1, True))
    handle_message(one, "n2", AppendEntriesReply(1, True, Position(1, 1)))
    take_effects(one)
    return one


def safe(view: View) -> bool:
    nodes = view.nodes
    return election_safety(nodes) and log_matching(nodes) and state_machine_safety(nodes)


def a_server_leads_the_second_term(view: View) -> bool:
    return any(one.role == "leader" and one.term == 2 for one in view.nodes.values())


# --- properties of nodes that have compacted their logs ------------------------------------------


class CommitsAlone(SnapshotRaft):
    """Commits every entry at once, without a majority."""

    def advance_commit(self) -> None:
        if self.log.last_index > self.commit_index:
            self.commit_to(self.log.last_index)


@pytest.mark.parametrize("keep", [1, 100])
@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        (state_machine_safety, "a and b have committed different entries at index 1"),
        (leader_completeness, "a has committed index 1 of term 1, and b, the leader of term 2, lacks it"),
    ],
    ids=["state machine safety", "leader completeness"],
)  # fmt: skip
def test_a_snapshot_does_not_hide_that_an_entry_is_committed(
    claim: Callable[[Mapping[str, Any]], Any], wrong: str, keep: int
) -> None:
    def holds(view: View) -> Any:
        return claim(view.nodes)

    found = explore(
        cluster(CommitsAlone, list("abc"), keep=keep), always=[holds], bounds=Bounds(timeouts=2)
    )
    assert found.ok is False
    assert found.reason == f"“holds” does not hold: {wrong}"


# --- Pre-Vote (section 9.6) ----------------------------------------------------------------------


def test_a_candidate_only_increments_its_term_if_a_majority_would_grant_it_their_votes() -> None:
    one = node(PreVoteRaft)
    handle_timer(one, ElectionTimeout())
    assert take_effects(one)[1:] == [Send(name, PreVote(1, START)) for name in ("n2", "n3")]
    handle_message(one, "n3", PreVoteReply(0, 1, False))
    assert one.term == 0
    emitted = effects(one, "n2", PreVoteReply(0, 1, True))
    assert Send("n2", RequestVote(1, START)) in emitted
    assert one.term == 1


def test_a_voter_that_heard_a_leader_within_the_shortest_time_out_would_not_vote() -> None:
    """The first to time out need not wait until the others' own time-outs are over."""
    one = node(PreVoteRaft, "n2", heartbeat_ms=50, election_ms=150)
    assert effects(one, "n3", PreVote(1, START)) == [Send("n3", PreVoteReply(0, 1, True))]
    emitted = effects(one, "n1", AppendEntries(1, START, (BEGIN,), 0))
    assert SetTimer(MinimumElectionTimeout(), 150, 150) in emitted
    ask = PreVote(2, Position(1, 1))
    assert effects(one, "n3", ask) == [Send("n3", PreVoteReply(1, 2, False, "n1"))]
    handle_timer(one, MinimumElectionTimeout())
    assert effects(one, "n3", ask) == [Send("n3", PreVoteReply(1, 2, True))]


def test_a_leader_would_not_vote() -> None:
    one = leader(PreVoteRaft)
    assert effects(one, "n3", PreVote(2, Position(1, 1))) == [
        Send("n3", PreVoteReply(1, 2, False, "n1"))
    ]


def test_a_voter_with_a_longer_log_would_not_vote() -> None:
    one = node(PreVoteRaft, "n2")
    one.on_start([TermAndVote(1, ""), BEGIN])
    take_effects(one)
    assert effects(one, "n3", PreVote(2, START)) == [Send("n3", PreVoteReply(1, 2, False))]
    assert effects(one, "n3", PreVote(2, Position(1, 1))) == [Send("n3", PreVoteReply(1, 2, True))]
    assert effects(one, "n3", PreVote(1, Position(1, 1))) == [Send("n3", PreVoteReply(1, 1, False))]


def test_a_refusal_carries_the_voters_term_and_the_leader_that_it_hears() -> None:
    one = node(PreVoteRaft)
    handle_timer(one, ElectionTimeout())
    handle_message(one, "n2", PreVoteReply(4, 1, False, "n3"))
    assert (one.term, one.role, one.leader) == (4, "follower", "n3")
    handle_timer(one, ElectionTimeout())
    assert Send("n2", PreVote(5, START)) in take_effects(one)


def test_answers_to_an_old_question_do_not_count() -> None:
    one = node(PreVoteRaft)
    handle_timer(one, ElectionTimeout())
    handle_message(one, "n2", AppendEntries(1, START, (), 0))
    handle_message(one, "n2", PreVoteReply(0, 1, True))
    assert (one.term, one.role) == (1, "follower")


def test_a_grant_that_is_late_by_a_time_with_a_leader_counts_in_the_same_term() -> None:
    """The docstring does not promise otherwise; without it, this node would disturb the leader of term 1."""
    one = node(PreVoteRaft)
    for _ in range(2):
        handle_message(one, "n2", AppendEntries(1, START, (), 0))
        handle_timer(one, ElectionTimeout())
        assert (one.term, one.role) == (1, "follower")
    handle_message(one, "n3", PreVoteReply(1, 2, True))  # to the first of its two questions
    assert (one.term, one.role) == (2, "candidate")


def returns(kind: type[Raft]) -> int:
    """The term in the end, if a node is cut off for a second and comes back."""
    group = cluster(kind, NAMES, heartbeat_ms=30, election_ms=100)
    world = sim.World(group, 4, sim.Network(sim.Uniform(2, 8))).run(until_ms=600)
    alone = next(name for name in NAMES if world.nodes[name].role != "leader")  # type: ignore[attr-defined]
    world.apply(sim.Partition({alone}, set(NAMES) - {alone}))
    world.run(until_ms=1_600).apply(sim.Heal())
    world.run(until_ms=2_200)
    return max(world.nodes[name].term for name in NAMES)  # type: ignore[attr-defined, no-any-return]


def test_a_node_that_comes_back_does_not_disturb() -> None:
    assert returns(PreVoteRaft) < 3 < returns(Raft)


class RefusesBySilence(PreVoteRaft):
    """Answers a pre-vote only if it grants it."""

    def on_pre_vote(self, sender: str, ask: PreVote) -> None:
        if ask.term > self.term and ask.last_log >= self.log.last:
            super().on_pre_vote(sender, ask)


LATER_TERM: dict[str, Sequence[object]] = {
    "n1": [TermAndVote(3, "n1"), BEGIN],
    "n2": [TermAndVote(2, "n2"), BEGIN, Entry(Position(2, 2), "no-op")],
    "n3": [],
}


def elected(kind: type[Raft], logs: dict[str, Sequence[object]]) -> bool:
    """True if nodes with these logs, of which n3 is down, elect a leader within 5 s."""

    class Born(kind):  # type: ignore[misc, valid-type]
        def on_start(self, log: Sequence[object]) -> None:
            super().on_start(log or logs[self.id])

    world = sim.World(cluster(Born, NAMES, **TIMES), 1, plan=[sim.At(0, sim.Crash("n3"))])
    return bool(world.expect(_led, within_ms=5_000))


def _led(world: sim.World) -> bool:
    return any(
        isinstance(one, Raft) and one.role == "leader" and world.alive(name)
        for name, one in world.nodes.items()
    )


def test_a_later_term_with_a_shorter_log_and_an_earlier_term_with_a_longer_log_elect_a_leader() -> (
    None
):
    assert elected(PreVoteRaft, LATER_TERM)
    assert not elected(RefusesBySilence, LATER_TERM)


def test_pre_vote_keeps_raft_safe_in_every_schedule() -> None:
    found = explore(
        cluster(PreVoteRaft, list("ab")), always=[safe], sometimes=[a_server_leads_the_second_term],
        bounds=Bounds(crashes=1, restarts=1, timeouts=3, copies=1), alike=list("ab"),
    )  # fmt: skip
    assert found.ok, found
    assert found.complete


# --- CheckQuorum (section 6.2) -------------------------------------------------------------------


def test_a_leader_steps_down_without_a_successful_round_of_heartbeats_to_a_majority() -> None:
    one = leader(CheckQuorumRaft)
    handle_timer(one, QuorumCheckDue())  # n2 has confirmed the first entry
    assert one.role == "leader"
    assert take_effects(one) == [SetTimer(QuorumCheckDue(), 150, 150)]
    handle_timer(one, QuorumCheckDue())
    assert (one.role, one.leader, one.term) == ("follower", "", 1)
    assert take_effects(one) == [SetTimer(ElectionTimeout(), 150, 300)]


def test_a_refusal_is_an_answer_as_well_and_one_of_another_term_is_none() -> None:
    for answer, role in (
        (AppendEntriesReply(1, False, START), "leader"),
        (AppendEntriesReply(0, True, START), "follower"),
    ):
        one = leader(CheckQuorumRaft)
        handle_timer(one, QuorumCheckDue())
        handle_message(one, "n3", answer)
        handle_timer(one, QuorumCheckDue())
        assert one.role == role


def test_one_node_alone_goes_on_leading() -> None:
    one = CheckQuorumRaft("n1")
    handle_timer(one, ElectionTimeout())
    handle_timer(one, QuorumCheckDue())
    assert one.role == "leader"


def test_check_quorum_keeps_raft_safe_in_every_schedule() -> None:
    found = explore(
        cluster(CheckQuorumRaft, list("ab")), always=[safe], sometimes=[a_server_leads_the_second_term],
        bounds=Bounds(crashes=1, restarts=1, timeouts=3, copies=1), alike=list("ab"),
    )  # fmt: skip
    assert found.ok, found
    assert found.complete


# --- networks that are partly cut ----------------------------------------------------------------


class PreVoteStore(PreVoteRaft, RaftStore):
    """Pre-Vote alone."""


class QuorumStore(CheckQuorumRaft, RaftStore):
    """CheckQuorum alone."""


class SteadyStore(CheckQuorumRaft, PreVoteRaft, RaftStore):
    """Both."""


def cuts(shape: str, first: str, hub: str, others: Sequence[str]) -> list[sim.Fault]:
    """Return the links to cut; ``first`` leads, and the others are in some order."""
    names = [first, *others]
    if shape == "one link of the leader":
        pairs = [(first, others[0]), (others[0], first)]
    elif shape == "one link of the leader, one way":
        pairs = [(first, others[0])]
    elif shape == "hub":
        pairs = [(one, other) for one in names for other in names if one != other]
    elif shape == "leader hears no other":
        pairs = [(name, first) for name in (hub, *others)]
    elif shape == "leader reaches no other":
        pairs = [(first, name) for name in (hub, *others)]
    else:
        ring = [first, hub, *others]
        near = {frozenset(pair) for pair in pairwise(ring)}
        pairs = [(a, b) for a in ring for b in ring if a != b and frozenset((a, b)) not in near]
    return [sim.Cut(source, to) for source, to in pairs]


def answered(kind: type[RaftStore], size: int, shape: str, seed: int) -> tuple[int, int]:
    """Of the writes from one second after the cuts on, those that are answered, and all; and none before is wrong."""
    names = tuple(f"n{number}" for number in range(1, size + 1))
    nodes = [*cluster(kind, names, **TIMES), RaftClient("c", names, patience_ms=500)]
    world = sim.World(nodes, seed, sim.Network(sim.Uniform(2, 8))).run(until_ms=600)
    first = next(name for name in names if world.nodes[name].role == "leader")  # type: ignore[attr-defined]
    hub, *others = (name for name in names if name != first)
    if shape == "hub" and size == 5:
        world.apply(sim.Crash(others.pop()))
    for cut in cuts(shape, first, hub, others):
        world.apply(cut)
    world.submit("c", [("write", "x", turn) for turn in range(200)], start_ms=650, think_ms=15)
    late = [op for op in world.run(until_ms=4_000).history if op.invoked_ms > 1_650]
    return sum(op.status == "ok" for op in late), len(late)


SHAPES = [
    (3, "one link of the leader"),
    (3, "one link of the leader, one way"),
    (4, "hub"),
    (5, "hub"),
    (3, "leader hears no other"),
    (5, "leader hears no other"),
    (3, "leader reaches no other"),
    (5, "leader reaches no other"),
    (3, "chain"),
]


@pytest.mark.parametrize(("size", "shape"), SHAPES)
@once
def test_with_pre_vote_and_check_quorum_a_majority_that_a_node_reaches_goes_on(
    size: int, shape: str
) -> None:
    for seed in range(8):
        done, asked = answered(SteadyStore, size, shape, seed)
        assert done > 0.9 * asked > 50, (seed, done, asked)


def test_each_of_the_two_is_needed() -> None:
    """Pre-Vote alone waits for a leader that commits nothing; Raft alone as well, if it can still be heard."""
    assert answered(PreVoteStore, 5, "hub", 1)[0] == 0
    assert answered(PreVoteStore, 3, "leader hears no other", 1)[0] == 0
    assert answered(RaftStore, 3, "leader hears no other", 1)[0] == 0
    steady, quorum = (
        sum(answered(kind, 3, "one link of the leader", seed)[0] for seed in range(8))
        for kind in (SteadyStore, QuorumStore)
    )
    print(
        "one link of the leader cut, writes:",
        steady,
        "with Pre-Vote,",
        quorum,
        "without",
    )


# --- transfer (section 3.10) ---------------------------------------------------------------------


def test_the_prior_leader_stops_accepting_new_client_requests() -> None:
    one = leader(TransferRaft)
    assert one.accepts_requests
    handle_message(one, "admin", TransferLeadership("n3"))
    assert not one.accepts_requests


def test_the_prior_leader_fully_updates_the_targets_log() -> None:
    one = leader(TransferRaft)
    assert Send("n2", TimeoutNow(1)) in effects(one, "admin", TransferLeadership("n2"))
    one = leader(TransferRaft)
    behind = effects(one, "admin", TransferLeadership("n3"))
    assert Send("n3", AppendEntries(1, START, (BEGIN,), 1)) in behind
    assert Send("n3", TimeoutNow(1)) not in behind
    assert Send("n3", TimeoutNow(1)) in effects(
        one, "n3", AppendEntriesReply(1, True, Position(1, 1))
    )


def test_the_target_starts_an_election_at_once_and_may_disrupt_the_leader() -> None:
    class Both(TransferRaft, PreVoteRaft):
        pass

    one = node(Both, "n2")
    handle_message(one, "n1", AppendEntries(1, START, (), 0))
    emitted = effects(one, "n1", TimeoutNow(1))
    assert Send("n3", RequestVote(2, START, permitted=True)) in emitted
    assert (one.term, one.role) == (2, "candidate")
    other = node(Both, "n2")
    handle_message(other, "n1", TimeoutNow(1))
    assert other.term == 0


def test_if_the_transfer_does_not_complete_the_prior_leader_aborts_and_resumes() -> None:
    """Section 3.10: "after about an election timeout"."""
    one = leader(TransferRaft, election_ms=150)
    assert SetTimer(TransferTimeout(), 150, 150) in effects(one, "admin", TransferLeadership("n2"))
    handle_timer(one, TransferTimeout())
    reason = "n2 has not become leader within an election time-out"
    assert take_effects(one)[0] == Send("admin", TransferLeadershipReply("n2", False, reason, "n1"))
    assert one.accepts_requests


def test_a_request_that_is_repeated_does_not_put_the_end_of_a_transfer_off() -> None:
    one = leader(TransferRaft)
    assert SetTimer(TransferTimeout(), 150, 150) in effects(one, "admin", TransferLeadership("n2"))
    again = effects(one, "admin", TransferLeadership("n2"))
    assert again
    assert not any(isinstance(effect, SetTimer) for effect in again)
    handle_timer(one, TransferTimeout())
    assert one.accepts_requests
    assert SetTimer(TransferTimeout(), 150, 150) in effects(one, "admin", TransferLeadership("n2"))


def test_the_caller_hears_how_a_transfer_ended() -> None:
    for winner, done in (("n2", True), ("n3", False)):
        one = leader(TransferRaft)
        handle_message(one, "admin", TransferLeadership("n2"))
        emitted = effects(one, winner, AppendEntries(2, Position(1, 1), (), 1))
        reason = "" if done else "n3 was elected instead"
        assert Send("admin", TransferLeadershipReply("n2", done, reason, winner)) in emitted
        assert one.transfer_target == ""


def test_a_transfer_that_cannot_be_is_refused_with_the_reason() -> None:
    one = leader(TransferRaft)
    assert effects(one, "admin", TransferLeadership("n9")) == [
        Send(
            "admin",
            TransferLeadershipReply("n9", False, "n9 is not a voter: they are n1, n2, n3", "n1"),
        )
    ]
    assert effects(one, "admin", TransferLeadership("n1")) == [
        Send("admin", TransferLeadershipReply("n1", True, "", "n1"))
    ]
    handle_message(one, "admin", TransferLeadership("n2"))
    take_effects(one)
    busy = "the leader is transferring its leadership to n2"
    assert effects(one, "root", TransferLeadership("n3")) == [
        Send("root", TransferLeadershipReply("n3", False, busy, "n1"))
    ]
    other = node(TransferRaft, "n2")
    handle_message(other, "n1", AppendEntries(1, START, (), 0))
    assert effects(other, "admin", TransferLeadership("n3")) == [
        Send("admin", TransferLeadershipReply("n3", False, "n2 is not the leader", "n1"))
    ]


@dataclass(frozen=True, slots=True)
class Call(Timer):
    """Time to ask for a transfer."""


class Caller(Node):
    """Asks all nodes at 1,000 ms to let n2 lead, and keeps the answers of those that could tell."""

    def __init__(self, id: str, peers: Sequence[str]) -> None:
        super().__init__(id, peers)
        self.answers: list[TransferLeadershipReply] = []

    def on_start(self, log: Sequence[object]) -> None:
        self.set_timer(Call(), 1_000)

    def on_call(self, timer: Call) -> None:
        self.broadcast(TransferLeadership("n2"))

    def on_transfer_leadership_reply(
        self, sender: str, transferred: TransferLeadershipReply
    ) -> None:
        if "is not the leader" not in transferred.reason:
            self.answers.append(transferred)


def test_a_transfer_moves_the_leadership_within_a_few_message_times() -> None:
    class Both(TransferRaft, CheckQuorumRaft, PreVoteRaft):
        pass

    for seed in range(20):
        nodes = [*cluster(Both, NAMES), Caller("admin", NAMES)]
        world: Any = sim.World(nodes, seed, sim.Network(sim.Uniform(2, 8))).run(until_ms=1_100)
        assert [name for name in NAMES if world.nodes[name].role == "leader"] == ["n2"], seed
        assert world.nodes["admin"].answers == [TransferLeadershipReply("n2", True, "", "n2")]
