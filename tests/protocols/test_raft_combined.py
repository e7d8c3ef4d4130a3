"""The parts of Raft combined: every class with every other, snapshots with members, seeds that restart all."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pytest

from dscourse import sim
from dscourse.core.dispatch import handle_message
from dscourse.explore import Bounds, View, explore
from dscourse.node import Node, Send, Timer, cluster, take_effects
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_checkquorum import CheckQuorumRaft
from dscourse.protocols.raft_client import ClientRequest, NotLeader, RegisterClient
from dscourse.protocols.raft_membership import ChangeMembers, ChangeMembersReply, MemberRaft
from dscourse.protocols.raft_messages import AppendEntries, AppendEntriesReply, RequestVoteReply
from dscourse.protocols.raft_prevote import PreVoteRaft
from dscourse.protocols.raft_properties import election_safety, log_matching, state_machine_safety
from dscourse.protocols.raft_reads import LeaseStore, ReadIndexStore
from dscourse.protocols.raft_snapshots import InstallSnapshot, Snapshot
from dscourse.protocols.raft_transfer import (
    TimeoutNow,
    TransferLeadership,
    TransferLeadershipReply,
    TransferRaft,
)
from dscourse.replication.raft_log import Entry, Position, ReplicatedLog
from tests.effort import chosen_seeds, dealt
from tests.protocols.raft_worlds import NEVER_HALTED, complaint, coverage, run
from tests.protocols.steps import effects

SEEDS = chosen_seeds(100)
NAMES = ("n1", "n2", "n3")
FIVE = ("n1", "n2", "n3", "n4", "n5")


class ReadIndexes(CheckQuorumRaft, PreVoteRaft, TransferRaft, MemberRaft, ReadIndexStore):
    """All parts, with reads by read index."""


class Leases(PreVoteRaft, TransferRaft, MemberRaft, LeaseStore):
    """All parts, with reads by lease (and its CheckQuorum)."""


class OtherOrder(MemberRaft, LeaseStore, TransferRaft, PreVoteRaft):
    """The same in another order, which must not matter."""


KINDS: tuple[Any, ...] = (ReadIndexes, Leases, OtherOrder)


def leader(kind: Any, **settings: Any) -> Any:
    """Node n1 of three, elected for term 1, with its first entry committed."""
    one = kind("n1", [name for name in FIVE if name != "n1"], members=NAMES, **settings)
    one.start_election()
    handle_message(one, "n2", RequestVoteReply(1, True))
    handle_message(one, "n2", AppendEntriesReply(1, True, Position(1, 1)))
    take_effects(one)
    return one


def commit(one: Any) -> list[Any]:
    """Return the leader's effects when n2 and n3 acknowledge its whole log."""
    handle_message(one, "n2", AppendEntriesReply(1, True, one.log.last))
    return effects(one, "n3", AppendEntriesReply(1, True, one.log.last))


# --- step ----------------------------------------------------------------------------------------


def test_no_part_uses_a_name_of_another_part() -> None:
    """A name that two parts share is introduced by a class below both of them."""

    def own(kind: type) -> set[str]:
        cached = {"_handlers"}  # by the dispatcher, once a node of this class has handled a message
        return {name for name in vars(kind) if not name.startswith("__")} - cached

    def state(kind: Any) -> set[str]:
        return set(inspect.getsource(kind.__init__).split()) if "__init__" in vars(kind) else set()

    parts = {part for kind in KINDS for part in kind.__mro__ if issubclass(part, Raft)}
    for one, other in combinations(sorted(parts - set(KINDS), key=lambda part: part.__name__), 2):
        if issubclass(one, other) or issubclass(other, one):
            continue
        below = [base for base in one.__mro__ if issubclass(other, base)]
        shared = own(one) & own(other)
        assert not shared - {name for base in below for name in vars(base)}, (one, other)
        both = {word for word in state(one) & state(other) if word.startswith("self.")}
        assert not both - {"self.id"}, (one, other, both)


@pytest.mark.parametrize("kind", KINDS)
def test_section_7_the_snapshot_includes_the_latest_configuration_as_of_its_last_included_index(
    kind: Any,
) -> None:
    one = leader(kind, keep=3)
    handle_message(one, "admin", ChangeMembers(("n1", "n2")))
    commit(one)
    handle_message(one, "c", RegisterClient(1))
    commit(one)
    assert one.log == ReplicatedLog(Position(1, 3))
    assert one.snapshot.members == ("n1", "n2")
    assert one.members == ("n1", "n2")
    assert one.voters == {"n1", "n2"}


@pytest.mark.parametrize("kind", KINDS)
def test_figure_13_load_the_snapshots_cluster_configuration(kind: Any) -> None:
    state = ((("x", 5),), ((2, (1, None)),))
    snapshot = Snapshot(Position(1, 7), state, ("n1", "n3", "n4"))
    for how in ("installed", "recovered"):
        one = kind("n4", NAMES, members=NAMES)
        one.on_start([snapshot] if how == "recovered" else [])
        if how == "installed":
            handle_message(one, "n1", InstallSnapshot(1, snapshot))
        assert (one.members, one.values) == (("n1", "n3", "n4"), {"x": 5}), how
        assert one.may_stand()


@pytest.mark.parametrize("kind", KINDS)
def test_a_configuration_after_the_snapshot_is_not_in_it(kind: Any) -> None:
    """The last entry in the log counts, committed or not; the snapshot has what was committed."""
    one = kind("n2", [name for name in FIVE if name != "n2"], members=NAMES, keep=2)
    log = (
        Entry(Position(1, 1), "no-op"),
        Entry(Position(1, 2), "register"),
        Entry(Position(1, 3), "members", None, ("n1", "n2")),
    )
    handle_message(one, "n1", AppendEntries(1, Position(), log, 2))
    assert (one.snapshot.last_included.index, one.snapshot.members) == (2, NAMES)
    assert one.members == ("n1", "n2")


@pytest.mark.parametrize("kind", KINDS)
def test_section_3_10_a_leader_that_hands_over_takes_no_new_requests_of_any_kind(kind: Any) -> None:
    one = leader(kind)
    handle_message(one, "n2", AppendEntriesReply(1, True, one.log.last))
    emitted = effects(one, "admin", TransferLeadership("n2"))
    assert Send("n2", TimeoutNow(1)) in emitted
    assert effects(one, "c", RegisterClient(1)) == [Send("c", NotLeader(1, ""))]
    assert effects(one, "c", ClientRequest(2, 3, 1, "read", "x")) == [Send("c", NotLeader(2, ""))]
    refused = effects(one, "root", ChangeMembers((*NAMES, "n4")))
    assert refused == [
        Send(
            "root",
            ChangeMembersReply((*NAMES, "n4"), False, "n1 is transferring its leadership", "n1"),
        )
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_leader_that_steps_down_sends_everybody_elsewhere(kind: Any) -> None:
    """No client and no caller of a membership change or of a transfer waits for an answer that never comes."""
    one = leader(kind)
    handle_message(one, "c", ClientRequest(1, 9, 1, "write", "x", 5))
    handle_message(one, "d", ClientRequest(2, 9, 1, "read", "x"))
    handle_message(one, "admin", ChangeMembers(("n1", "n2")))
    take_effects(one)
    emitted = effects(one, "n3", RequestVoteReply(2, False))
    assert Send("c", NotLeader(1, "")) in emitted
    assert Send("d", NotLeader(2, "")) in emitted
    assert (
        Send("admin", ChangeMembersReply(("n1", "n2"), False, "n1 is no longer the leader", ""))
        in emitted
    )
    assert (one.waiting, one.pending_reads, one.unanswered) == ({}, {}, ())


# --- explore -------------------------------------------------------------------------------------


def safe(view: View) -> bool:
    nodes = view.nodes
    return election_safety(nodes) and log_matching(nodes) and state_machine_safety(nodes)


def a_second_term_is_led(view: View) -> bool:
    return any(one.role == "leader" and one.term == 2 for one in view.nodes.values())


class Core(CheckQuorumRaft, PreVoteRaft, TransferRaft, MemberRaft):
    """All parts that elect."""


def test_all_parts_together_keep_raft_safe_in_every_schedule() -> None:
    found = explore(
        cluster(Core, list("ab"), members=("a", "b"), keep=2), always=[safe], sometimes=[a_second_term_is_led],
        bounds=Bounds(crashes=1, restarts=1, timeouts=3, copies=1, budget=300_000),
    )  # fmt: skip
    assert found.ok, found
    assert found.complete


# --- seeds ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask(Timer):
    """Time for the next request of the administrator."""


@dataclass(frozen=True, slots=True)
class Done:
    """A record: so many changes are made."""

    steps: int


class Admin(Node):
    """Wants five members, then three others, and asks every server; in between it has the leadership moved."""

    WANTED = (
        ("n1", "n2", "n3", "n4"),
        ("n1", "n2", "n3", "n4", "n5"),
        ("n2", "n3", "n4", "n5"),
        ("n3", "n4", "n5"),
    )

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.step, self.turn = 0, 0
        self.moved = False

    def on_start(self, log: Sequence[object]) -> None:
        self.step = len(log)
        self.set_timer(Ask(), 60)

    def on_ask(self, timer: Ask) -> None:
        self.turn += 1
        if self.step < len(self.WANTED):
            self.broadcast(ChangeMembers(self.WANTED[self.step]))
        if self.turn % 9 == 0:
            self.broadcast(TransferLeadership(self.peers[self.turn % len(self.peers)]))
        self.set_timer(timer, 60)

    def on_change_members_reply(self, sender: str, changed: ChangeMembersReply) -> None:
        wanted = self.WANTED[self.step : self.step + 1]
        if changed.success and changed.members in wanted:
            self.step += 1
            self.write(Done(self.step))

    def on_transfer_leadership_reply(
        self, sender: str, transferred: TransferLeadershipReply
    ) -> None:
        self.moved = self.moved or transferred.success


def changing(seed: int, kind: Any) -> tuple[sim.World, str | None]:
    """Five nodes whose members change under this seed's faults, which crash every role, the administrator as well."""

    def look(world: sim.World) -> None:
        up: dict[str, Any] = {name: world.nodes[name] for name in FIVE if world.alive(name)}
        assert election_safety(up), seed
        assert log_matching(up), seed
        assert state_machine_safety(up), seed

    world = run(
        seed, kind, FIVE, [Admin("admin", FIVE)], members=NAMES, look=look, menu=NEVER_HALTED,
        **({"lease_ms": 90.0} if issubclass(kind, LeaseStore) else {}),
    )  # fmt: skip
    admin: Any = world.nodes["admin"]
    ended = Admin.WANTED[-1]
    if admin.step < len(Admin.WANTED):
        return world, f"{admin.step} changes"
    members = {world.nodes[name].members for name in ended}  # type: ignore[attr-defined]
    return world, complaint(world, ended) if members == {ended} else f"members are {members}"


@pytest.mark.parametrize("kind", [ReadIndexes, Leases])
def test_seeds_find_nothing_while_members_change_and_leaders_move(kind: Any) -> None:
    seen: Counter[str] = Counter()
    found: Counter[str | None] = Counter()
    seeds = dealt(SEEDS, [ReadIndexes, Leases].index(kind), 2)
    for seed in seeds:
        world, wrong = changing(seed, kind)
        found[wrong] += 1
        seen += coverage(world, seed, FIVE)
        seen["a leader moves"] += world.nodes["admin"].moved  # type: ignore[attr-defined]
        seen["a snapshot with new members"] += any(
            isinstance(event.what, InstallSnapshot) and event.what.snapshot.members != NAMES
            for event in world.trace.kinds("deliver")
        )
    assert found == {None: len(seeds)}
    assert len(seen) == 8
    assert min(seen.values()) > 0, seen
