"""What is added to Raft: Pre-Vote, transfer, members that change, reads by question and by lease."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from dscourse import checkers, sim
from dscourse.binary_log import START, Entry, Position
from dscourse.dispatch import handle_message, handle_timer
from dscourse.explore import View, explore
from dscourse.node import Node, Reply, Send, SetTimer, Timer, cluster, take_effects
from dscourse.protocols.raft import (
    Appended,
    AppendEntries,
    ElectionTimeout,
    HeartbeatDue,
    Raft,
    RequestVote,
    Vote,
    election_safety,
    log_matching,
    state_machine_safety,
)
from dscourse.protocols.raft_membership import Change, Changed, MemberRaft
from dscourse.protocols.raft_prevote import (
    PreVote,
    PreVoted,
    PreVoteRaft,
    Silence,
    TimeoutNow,
    Transfer,
)
from dscourse.protocols.raft_reads import (
    Confirm,
    Confirmed,
    Free,
    LeaseOver,
    LeaseStore,
    ReadIndexStore,
)
from dscourse.protocols.raft_store import Command, RaftClient
from tests.protocols.steps import effects
from tests.protocols.test_raft_store import CLIENTS, NAMES, complaint, run, work

SEEDS = range(int(os.environ.get("DSCOURSE_SEEDS", "150")))


def node(kind: type[Raft], name: str = "n1", **settings: Any) -> Any:
    return kind(name, [other for other in NAMES if other != name], **settings)


def leader(kind: type[Raft], **settings: Any) -> Any:
    """Node n1, elected for term 1, with its first entry committed."""
    one = node(kind, **settings)
    one.campaign()
    handle_message(one, "n2", Vote(1, True))
    handle_message(one, "n2", Appended(1, True, Position(1, 1)))
    take_effects(one)
    return one


def safe(view: View) -> bool:
    nodes = view.nodes
    return election_safety(nodes) and log_matching(nodes) and state_machine_safety(nodes)


def somebody_leads_the_second_term(view: View) -> bool:
    return any(
        isinstance(one, Raft) and one.role == "leader" and one.term == 2
        for one in view.nodes.values()
    )


# --- Pre-Vote ------------------------------------------------------------------------------------


def test_a_node_asks_before_it_raises_its_term() -> None:
    one = node(PreVoteRaft)
    handle_timer(one, ElectionTimeout())
    assert take_effects(one)[1:] == [Send(name, PreVote(1, START)) for name in ("n2", "n3")]
    assert one.term == 0
    told = effects(one, "n2", PreVoted(1))
    assert Send("n2", RequestVote(1, START)) in told
    assert one.term == 1


def test_who_hears_a_leader_or_has_a_longer_log_would_not_vote() -> None:
    one = node(PreVoteRaft, "n2")
    assert effects(one, "n3", PreVote(1, START)) == [Send("n3", PreVoted(1))]
    handle_message(one, "n1", AppendEntries(1, START, (Entry(Position(1, 1), "begin"),), 0))
    assert effects(one, "n3", PreVote(2, Position(1, 1))) == []
    handle_timer(one, ElectionTimeout())
    take_effects(one)
    assert effects(one, "n3", PreVote(2, START)) == []
    assert effects(one, "n3", PreVote(2, Position(1, 1))) == [Send("n3", PreVoted(2))]


def test_a_node_would_vote_again_once_no_leader_was_heard_for_the_shortest_time_out() -> None:
    """Section 9.6: the first to time out need not wait until the others' own time-outs are over."""
    one = node(PreVoteRaft, "n2", heartbeat_ms=50, election_ms=150)
    told = effects(one, "n1", AppendEntries(1, START, (Entry(Position(1, 1), "begin"),), 0))
    assert SetTimer(Silence(), 150, 150) in told
    assert effects(one, "n3", PreVote(2, Position(1, 1))) == []
    handle_timer(one, Silence())
    assert effects(one, "n3", PreVote(2, Position(1, 1))) == [Send("n3", PreVoted(2))]


def test_answers_to_an_old_question_do_not_count() -> None:
    one = node(PreVoteRaft)
    handle_timer(one, ElectionTimeout())
    handle_message(one, "n2", AppendEntries(1, START, (), 0))
    handle_message(one, "n2", PreVoted(1))
    assert (one.term, one.role) == (1, "follower")


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


def test_pre_vote_keeps_raft_safe_in_every_schedule() -> None:
    found = explore(
        cluster(PreVoteRaft, list("ab")), always=[safe], sometimes=[somebody_leads_the_second_term],
        timeouts=3, crashes=1, restarts=1, copies=1, alike=list("ab"),
    )  # fmt: skip
    assert found.ok, found
    assert found.complete


# --- transfer ------------------------------------------------------------------------------------


def test_a_leader_hands_over_to_who_has_its_whole_log() -> None:
    one = leader(PreVoteRaft)
    assert effects(one, "admin", Transfer("n2")) == [Send("n2", TimeoutNow(1))]
    behind = effects(one, "admin", Transfer("n3"))
    assert [type(effect.message) for effect in behind if isinstance(effect, Send)] == [
        AppendEntries
    ]
    assert effects(one, "admin", Transfer("n9")) == []


def test_who_is_told_stands_at_once_unless_its_term_has_changed() -> None:
    one = node(PreVoteRaft, "n2")
    handle_message(one, "n1", AppendEntries(1, START, (), 0))
    handle_message(one, "n1", TimeoutNow(1))
    assert (one.term, one.role) == (2, "candidate")
    other = node(PreVoteRaft, "n2")
    handle_message(other, "n1", TimeoutNow(1))
    assert other.term == 0


# --- members -------------------------------------------------------------------------------------


def member(name: str = "n1", **settings: Any) -> Any:
    return (
        leader(MemberRaft, members=NAMES, **settings)
        if name == "n1"
        else node(MemberRaft, name, members=NAMES)
    )


def test_members_change_as_soon_as_it_is_in_the_log() -> None:
    one = member()
    told = effects(one, "admin", Change((*NAMES, "n4")))
    assert one.members == ("n1", "n2", "n3", "n4")
    assert {effect.to for effect in told if isinstance(effect, Send)} == {"n2", "n3", "n4", "admin"}
    assert told[-1] == Send("admin", Changed(True))
    assert not one.is_majority({"n1", "n2"})


@pytest.mark.parametrize(
    ("members", "why"),
    [
        (("n1", "n2", "n3", "n4", "n5"), "one member more or less"),
        (NAMES, "one member more or less"),
        ((), "one member more or less"),
    ],
)
def test_changes_that_cannot_be_are_refused(members: tuple[str, ...], why: str) -> None:
    told = effects(member(), "admin", Change(members))
    assert isinstance(told[-1], Send)
    assert isinstance(told[-1].message, Changed)
    assert why in told[-1].message.reason


def test_one_change_at_a_time_and_none_before_an_entry_of_the_own_term() -> None:
    one = member()
    handle_message(one, "admin", Change((*NAMES, "n4")))
    take_effects(one)
    refused = effects(one, "admin", Change(("n1", "n2", "n3", "n4", "n5")))
    assert refused == [Send("admin", Changed(False, "the change before is not committed yet"))]
    new = node(MemberRaft, members=NAMES)
    new.campaign()
    handle_message(new, "n2", Vote(1, True))
    take_effects(new)
    assert effects(new, "admin", Change((*NAMES, "n4"))) == [
        Send("admin", Changed(False, "nothing of this term is committed yet"))
    ]
    assert effects(member("n2"), "admin", Change(("n1",))) == [
        Send("admin", Changed(False, "n2 does not lead"))
    ]


def test_a_leader_that_is_removed_steps_down_once_that_is_committed() -> None:
    one = member()
    handle_message(one, "admin", Change(("n2", "n3")))
    assert one.role == "leader"
    for name in ("n2", "n3"):
        handle_message(one, name, Appended(1, True, Position(1, 2)))
    assert one.role == "follower"


def test_who_is_no_member_does_not_stand() -> None:
    one = MemberRaft("n4", NAMES, members=NAMES)
    handle_timer(one, ElectionTimeout())
    assert (one.role, one.term) == ("follower", 0)
    with pytest.raises(ValueError, match="members is empty"):
        MemberRaft("n1", [])


@dataclass(frozen=True, slots=True)
class Ask(Timer):
    """Time for the next request of the administrator."""


class Admin(Node):
    """Wants five members, then three others, and asks everybody again and again."""

    WANTED = (
        ("n1", "n2", "n3", "n4"),
        ("n1", "n2", "n3", "n4", "n5"),
        ("n2", "n3", "n4", "n5"),
        ("n3", "n4", "n5"),
    )

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.step = 0

    def on_start(self, log: Sequence[object]) -> None:
        self.set_timer(Ask(), 60)

    def on_ask(self, timer: Ask) -> None:
        if self.step < len(self.WANTED):
            self.broadcast(Change(self.WANTED[self.step]))
            self.set_timer(timer, 60)

    def on_changed(self, sender: str, changed: Changed) -> None:
        self.step += changed.taken


def test_members_change_under_faults_and_nothing_committed_is_lost() -> None:
    everybody = ("n1", "n2", "n3", "n4", "n5")
    ended: Counter[int] = Counter()
    for seed in SEEDS:
        group: list[Node] = [
            MemberRaft(
                name,
                [o for o in everybody if o != name],
                members=NAMES,
                heartbeat_ms=30,
                election_ms=100,
            )
            for name in everybody
        ]
        plan = sim.random_plan(seed, everybody, sim.Budget(horizon_ms=1_500, faults=6))
        world = sim.World(
            [*group, Admin("admin", everybody)], seed, sim.Network(sim.Uniform(2, 12)), plan
        )
        for until in range(100, 3_001, 100):
            world.run(until_ms=until)
            nodes = {name: world.nodes[name] for name in everybody}
            assert election_safety(
                {name: one for name, one in nodes.items() if world.alive(name)}
            ), seed
            assert log_matching(nodes), seed
            assert state_machine_safety(nodes), seed
        ended[world.nodes["admin"].step] += 1  # type: ignore[attr-defined]
    assert ended[len(Admin.WANTED)] > 0.9 * len(SEEDS), ended


class TwoAtOnce(MemberRaft):
    """Takes any change, at any time: two majorities need not share a node."""

    def _why_not(self, change: Change) -> str:
        return "" if self.role == "leader" else "no leader"


def test_two_changes_at_once_are_refuted() -> None:
    def jump(kind: type[MemberRaft]) -> Any:
        one = leader(kind, members=("n1", "n2", "n3"))
        handle_message(one, "admin", Change(("n1",)))
        return one.role, one.members, one.commit

    assert jump(MemberRaft) == ("leader", NAMES, 1)
    role, members, commit = jump(TwoAtOnce)
    assert (role, members, commit) == (
        "leader",
        ("n1",),
        2,
    )  # and n2 and n3 may elect somebody else


# --- reads ---------------------------------------------------------------------------------------

READ = Command(7, 1, "read", "x")


def test_a_read_asks_a_majority_and_writes_nothing() -> None:
    one = leader(ReadIndexStore)
    assert effects(one, "c", READ) == [Send("n2", Confirm(1, 1)), Send("n3", Confirm(1, 1))]
    assert effects(one, "n3", Confirmed(1, 1)) == [Send("c", Reply(7, None))]
    assert effects(one, "n2", Confirmed(1, 1)) == []


def test_a_leader_that_has_committed_nothing_in_its_term_does_not_read() -> None:
    one = node(ReadIndexStore)
    one.campaign()
    handle_message(one, "n2", Vote(1, True))
    take_effects(one)
    assert effects(one, "c", READ) == []


def test_a_leader_that_hears_of_a_later_term_answers_no_read() -> None:
    one = leader(ReadIndexStore)
    handle_message(one, "c", READ)
    handle_message(one, "n3", Confirmed(2, 1))
    take_effects(one)
    assert effects(one, "n2", Confirmed(1, 1)) == []


def test_a_lease_lets_the_leader_read_at_once_until_it_is_over() -> None:
    one = leader(LeaseStore)
    handle_timer(one, HeartbeatDue())
    take_effects(one)
    number = one.number
    assert any(
        isinstance(e, Send) and isinstance(e.message, Confirm) for e in effects(one, "c", READ)
    )
    handle_message(one, "n2", Confirmed(1, number))
    take_effects(one)
    assert effects(one, "c", Command(8, 2, "read", "x")) == [Send("c", Reply(8, None))]
    for old in range(1, number + 1):
        handle_timer(one, LeaseOver(old))
    take_effects(one)
    assert effects(one, "c", Command(9, 3, "read", "x"))[0] == Send("n2", Confirm(1, one.number))


def test_who_has_confirmed_a_leader_helps_no_candidate_for_a_while() -> None:
    one = node(LeaseStore, "n2")
    assert effects(one, "n3", RequestVote(1, START)) == []
    handle_timer(one, Free())
    take_effects(one)
    assert effects(one, "n3", RequestVote(1, START))[-1] == Send("n3", Vote(1, True))
    handle_message(one, "n3", Confirm(1, 1))
    take_effects(one)
    assert effects(one, "n1", RequestVote(2, START)) == []


def test_a_lease_is_not_longer_than_the_election_timeout() -> None:
    with pytest.raises(ValueError, match="lease_ms=200"):
        LeaseStore("n1", ["n2"], lease_ms=200)


def test_seeds_find_reads_by_question_linearizable() -> None:
    assert Counter(complaint(run(seed, ReadIndexStore)) for seed in SEEDS) == {None: len(SEEDS)}


class AsksNobody(ReadIndexStore):
    """Takes its own word for it."""

    def is_majority(self, names: Any) -> bool:
        return bool(self.asked) or super().is_majority(names)


def drifting(seed: int, drift: float, kind: type[ReadIndexStore] = LeaseStore) -> sim.World:
    """The leader's clock is slow by this share, and it is cut off from its peers, but not from c1."""
    settings: dict[str, Any] = {"lease_ms": 90.0} if kind is LeaseStore else {}
    servers = cluster(kind, NAMES, heartbeat_ms=30, election_ms=100, **settings)
    clients = [RaftClient(name, NAMES, resend_ms=25) for name in CLIENTS]
    network = sim.Network(sim.Uniform(2, 6), client=sim.Link(sim.Uniform(1, 4)))
    world = sim.World([*servers, *clients], seed, network).run(until_ms=500)
    first = next(name for name in NAMES if world.nodes[name].role == "leader")  # type: ignore[attr-defined]
    world.apply(sim.SetClock(first, skew_ms=500 * drift, drift_ppm=-1e6 * drift))
    for place, name in enumerate(CLIENTS):
        ops = [("read", "x")] * 60 if place == 0 else list(work(place))
        world.submit(name, ops, start_ms=520, think_ms=6)
    world.run(until_ms=700)
    rest = set(NAMES) - {first}
    world.apply(sim.Partition({first, "c1"}, rest | {"c2", "c3"}))
    world.run(until_ms=1_500).apply(sim.Recover())
    return world.run(until_ms=3_000)


def test_leases_hold_with_honest_clocks_and_break_with_drift() -> None:
    def wrong(drift: float, kind: type[ReadIndexStore] = LeaseStore) -> int:
        worlds = [drifting(seed, drift, kind) for seed in range(40)]
        return sum(
            checkers.linearizable(w.history, checkers.CasRegister()).ok is False for w in worlds
        )

    assert wrong(0.0) == 0
    assert wrong(0.05) == 0
    assert wrong(0.8) > 0
    assert wrong(0.8, ReadIndexStore) == 0


def test_seeds_refute_reads_that_ask_nobody() -> None:
    assert any(complaint(run(seed, AsksNobody)) for seed in range(600))
