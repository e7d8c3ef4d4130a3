"""Raft membership changes: the requirements of the dissertation's chapter 4, one by one.

Section 4.1   test_a_server_uses_the_latest_configuration_in_its_log_committed_or_not
              test_only_one_server_is_added_or_removed_at_a_time
              test_the_next_change_waits_until_the_previous_is_committed
Note of 2015  test_no_change_before_an_entry_of_the_leaders_own_term_is_committed
Figure 4.1    test_reply_not_leader_with_a_hint, test_reply_ok_when_it_is_committed
Section 4.2.1 test_a_new_server_is_brought_up_before_it_counts
              test_reply_timeout_if_the_new_server_makes_no_progress
Section 4.2.2 test_a_leader_that_is_removed_steps_down_once_that_is_committed
              test_a_server_that_is_not_part_of_its_own_configuration_still_starts_elections
              test_figure_4_6_a_removed_leader_that_restarts_commits_its_own_removal
Section 4.2.3 test_a_removed_server_that_does_not_know_it_does_not_disrupt_the_cluster
Section 7 (configurations in snapshots): test_raft_combined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from dscourse import sim
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.node import Send, SetTimer, cluster, take_effects
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_checkquorum import CheckQuorumRaft
from dscourse.protocols.raft_membership import (
    ROUNDS,
    ChangeMembers,
    ChangeMembersReply,
    MemberRaft,
    RoundTimeout,
)
from dscourse.protocols.raft_messages import (
    AppendEntries,
    AppendEntriesReply,
    ElectionTimeout,
    RequestVoteReply,
    TermAndVote,
)
from dscourse.protocols.raft_prevote import PreVoteRaft
from dscourse.replication.raft_log import Entry, Position
from tests.protocols.raft_worlds import TIMES
from tests.protocols.steps import effects

NAMES = ("n1", "n2", "n3")
FOUR = (*NAMES, "n4")


def node(name: str, kind: type[MemberRaft] = MemberRaft, log: Sequence[object] = ()) -> Any:
    one = kind(name, [other for other in (*FOUR, "n5") if other != name], members=NAMES)
    one.on_start(log)
    take_effects(one)
    return one


def leader(kind: type[MemberRaft] = MemberRaft) -> Any:
    """Node n1, elected for term 1, with its first entry committed."""
    one = node("n1", kind)
    one.start_election()
    handle_message(one, "n2", RequestVoteReply(1, True))
    handle_message(one, "n2", AppendEntriesReply(1, True, Position(1, 1)))
    take_effects(one)
    return one


def adding() -> Any:
    """A leader that has n4 in its configuration, not committed yet."""
    one = leader()
    handle_message(one, "admin", ChangeMembers(FOUR))
    handle_message(one, "n4", AppendEntriesReply(1, True, Position(1, 1)))
    take_effects(one)
    return one


# --- section 4.1 ---------------------------------------------------------------------------------


def test_a_server_uses_the_latest_configuration_in_its_log_committed_or_not() -> None:
    one = adding()
    assert (one.members, one.commit_index) == (FOUR, 1)
    assert not one.is_majority({"n1", "n2"})
    other = node("n2")
    change = Entry(Position(1, 1), "members", None, ("n1", "n2"))
    handle_message(other, "n1", AppendEntries(1, Position(), (change,), 0))
    assert other.members == ("n1", "n2")
    handle_message(other, "n1", AppendEntries(2, Position(), (Entry(Position(2, 1), "no-op"),), 0))
    assert other.members == NAMES


@pytest.mark.parametrize("wanted", [(*FOUR, "n5"), ("n1",), ("n1", "n2", "n4"), ()])
def test_only_one_server_is_added_or_removed_at_a_time(wanted: tuple[str, ...]) -> None:
    reason = "only one member may be added or removed at a time: they are n1, n2, n3"
    assert effects(leader(), "admin", ChangeMembers(wanted)) == [
        Send("admin", ChangeMembersReply(wanted, False, reason, "n1"))
    ]


def test_the_next_change_waits_until_the_previous_is_committed() -> None:
    one = adding()
    reason = "the previous change is not committed yet"
    assert effects(one, "root", ChangeMembers((*FOUR, "n5"))) == [
        Send("root", ChangeMembersReply((*FOUR, "n5"), False, reason, "n1"))
    ]


def test_no_change_before_an_entry_of_the_leaders_own_term_is_committed() -> None:
    new = node("n1")
    new.start_election()
    handle_message(new, "n2", RequestVoteReply(1, True))
    take_effects(new)
    reason = "no entry of this term is committed yet"
    assert effects(new, "admin", ChangeMembers(FOUR)) == [
        Send("admin", ChangeMembersReply(FOUR, False, reason, "n1"))
    ]


# --- figure 4.1 ----------------------------------------------------------------------------------


def test_reply_not_leader_with_a_hint() -> None:
    one = node("n2")
    handle_message(one, "n3", AppendEntries(1, Position(), (), 0))
    assert effects(one, "admin", ChangeMembers(FOUR)) == [
        Send("admin", ChangeMembersReply(FOUR, False, "n2 is not the leader", "n3"))
    ]


def test_reply_ok_when_it_is_committed() -> None:
    one = leader()
    emitted = effects(one, "admin", ChangeMembers(("n1", "n2")))
    done = Send("admin", ChangeMembersReply(("n1", "n2"), True, "", "n1"))
    assert done not in emitted
    assert done in effects(one, "n2", AppendEntriesReply(1, True, Position(1, 2)))


def test_a_request_that_comes_again_is_answered_again_and_carried_out_once() -> None:
    one = leader()
    done = Send("admin", ChangeMembersReply(("n1", "n2"), True, "", "n1"))
    for _ in range(2):
        assert done not in effects(one, "admin", ChangeMembers(("n1", "n2")))
    emitted = effects(one, "n2", AppendEntriesReply(1, True, Position(1, 2)))
    assert emitted.count(done) == 1
    assert effects(one, "admin", ChangeMembers(("n2", "n1"))) == [done]
    assert one.log.last == Position(1, 2)


def test_a_leader_that_steps_down_says_so_to_whoever_waits() -> None:
    for one in (adding(), leader()):
        handle_message(one, "admin", ChangeMembers(FOUR))
        emitted = effects(one, "n2", RequestVoteReply(5, False))
        assert (
            Send("admin", ChangeMembersReply(FOUR, False, "n1 is no longer the leader", ""))
            in emitted
        )
        assert (one.new_server, one.unanswered) == (None, ())


# --- section 4.2.1: catching up new servers ------------------------------------------------------


def test_a_new_server_is_brought_up_before_it_counts() -> None:
    one = leader()
    emitted = effects(one, "admin", ChangeMembers(FOUR))
    assert emitted == [
        SetTimer(RoundTimeout("n4"), 150, 150), Send("n4", AppendEntries(1, Position(1, 1), (), 1)),
    ]  # fmt: skip
    assert (one.members, one.others) == (NAMES, ("n2", "n3", "n4"))
    back = effects(one, "n4", AppendEntriesReply(1, False, Position()))
    assert [effect.to for effect in back if isinstance(effect, Send)] == ["n4"]
    assert one.members == NAMES
    handle_message(one, "n4", AppendEntriesReply(1, True, Position(1, 1)))
    assert one.members == FOUR


def test_reply_timeout_if_the_new_server_makes_no_progress() -> None:
    one = leader()
    handle_message(one, "admin", ChangeMembers(FOUR))
    for _ in range(ROUNDS - 1):
        handle_timer(one, RoundTimeout("n4"))
        assert not any(isinstance(e, Send) and e.to == "admin" for e in take_effects(one))
    handle_timer(one, RoundTimeout("n4"))
    reason = "n4 has not caught up within 10 election time-outs"
    assert take_effects(one) == [Send("admin", ChangeMembersReply(FOUR, False, reason, "n1"))]
    assert (one.members, one.others) == (NAMES, ("n2", "n3"))
    assert effects(one, "n4", AppendEntriesReply(1, True, Position(1, 1))) == []


def test_a_new_server_that_is_down_does_not_keep_the_cluster_from_committing() -> None:
    class Hasty(MemberRaft):
        """Adds a server at once."""

        def _begin_round(self, new: Any) -> None:
            self._append_change(new.request)

    for kind, commits in ((MemberRaft, True), (Hasty, False)):
        one = leader(kind)
        handle_message(one, "n2", AppendEntriesReply(1, True, Position(1, 1)))
        handle_message(one, "admin", ChangeMembers(FOUR))  # n3 and n4 are down
        one.append("command")
        handle_message(one, "n2", AppendEntriesReply(1, True, one.log.last))
        assert (one.commit_index == one.log.last_index) == commits


# --- section 4.2.2: removing the current leader --------------------------------------------------


def test_a_leader_that_is_removed_steps_down_once_that_is_committed() -> None:
    one = leader()
    handle_message(one, "admin", ChangeMembers(("n2", "n3")))
    assert one.role == "leader"
    take_effects(one)
    handle_message(one, "n2", AppendEntriesReply(1, True, Position(1, 2)))
    emitted = effects(one, "n3", AppendEntriesReply(1, True, Position(1, 2)))
    assert one.role == "follower"
    assert Send("admin", ChangeMembersReply(("n2", "n3"), True, "", "n1")) in emitted
    assert Send("n2", AppendEntries(1, Position(1, 2), (), 2)) in emitted


def test_a_server_that_is_not_part_of_its_own_configuration_still_starts_elections() -> None:
    """As long as its removal may not be committed; and it does not count its own vote."""
    out = Entry(Position(1, 1), "members", None, ("n2", "n3"))
    one = node("n1", log=[TermAndVote(1, "n1"), out])
    handle_timer(one, ElectionTimeout())
    assert (one.role, one.term) == ("candidate", 2)
    handle_message(one, "n2", RequestVoteReply(2, True))
    assert one.role == "candidate"
    handle_message(one, "n3", RequestVoteReply(2, True))
    assert one.role == "leader"


def test_a_server_that_was_never_a_member_or_knows_that_it_is_out_does_not() -> None:
    out = Entry(Position(1, 1), "members", None, ("n1", "n2"))
    for name, commit in (("n4", 0), ("n3", 1)):
        one = node(name)
        handle_message(one, "n1", AppendEntries(1, Position(), (out,), commit))
        handle_timer(one, ElectionTimeout())
        assert (one.role, one.term) == ("follower", 1), name
    with pytest.raises(ValueError, match="members is empty"):
        MemberRaft("n1", [])


class StaysOut(MemberRaft):
    """A server that is not part of its own configuration never stands."""

    def may_stand(self) -> bool:
        return self.id in self.voters


def commits_its_removal(kind: type[MemberRaft]) -> bool:
    """n1 of two servers has put its own removal into its log, and crashed before n2 heard of it."""
    out = Entry(Position(1, 2), "members", None, ("n2",))
    logs: dict[str, Sequence[object]] = {
        "n1": [TermAndVote(1, "n1"), Entry(Position(1, 1), "no-op"), out],
        "n2": [TermAndVote(1, "n1"), Entry(Position(1, 1), "no-op")],
    }

    class Born(kind):  # type: ignore[misc, valid-type]
        def on_start(self, log: Sequence[object]) -> None:
            super().on_start(log or logs[self.id])

    world = sim.World(cluster(Born, ("n1", "n2"), members=("n1", "n2"), **TIMES), 1)

    def done(world: sim.World) -> bool:
        one: Any = world.nodes["n2"]
        return one.role == "leader" and one.members == ("n2",) and one.commit_index > 2  # type: ignore[no-any-return]

    return bool(world.expect(done, within_ms=5_000))


def test_figure_4_6_a_removed_leader_that_restarts_commits_its_own_removal() -> None:
    assert commits_its_removal(MemberRaft)
    assert not commits_its_removal(StaysOut)


# --- section 4.2.3: disruptive servers -----------------------------------------------------------


class Steady(CheckQuorumRaft, PreVoteRaft, MemberRaft):
    """With Pre-Vote and CheckQuorum."""


def test_a_removed_server_that_does_not_know_it_does_not_disrupt_the_cluster() -> None:
    """n3 is removed while it is cut off from the others; then the network heals, and n3 asks for votes."""
    out = Entry(Position(1, 2), "members", None, ("n1", "n2"))
    common = [TermAndVote(1, "n1"), Entry(Position(1, 1), "no-op")]
    logs: dict[str, Sequence[object]] = {"n1": [*common, out], "n2": [*common, out], "n3": common}

    def terms(kind: type[MemberRaft]) -> int:
        class Born(kind):  # type: ignore[misc, valid-type]
            def on_start(self, log: Sequence[object]) -> None:
                super().on_start(log or logs[self.id])

        plan = [sim.At(0, sim.Pause("n3")), sim.At(800, sim.Resume("n3"))]
        nodes = cluster(Born, NAMES, members=NAMES, **TIMES)
        world: Any = sim.World(nodes, 1, sim.Network(sim.Uniform(2, 8)), plan).run(until_ms=800)
        before = world.nodes["n1"].term
        return max(one.term for one in world.run(until_ms=3_000).nodes.values()) - before

    assert terms(Steady) == 0
    assert terms(MemberRaft) > 0


# --- mutants -------------------------------------------------------------------------------------


class TwoAtOnce(MemberRaft):
    """Takes any change, at any time: two majorities need not share a node."""

    def _refuse_change(self, request: Any) -> str:
        return "" if self.role == "leader" else "no leader"


def test_two_changes_at_once_are_refuted() -> None:
    def jump(kind: type[MemberRaft]) -> Any:
        one = leader(kind)
        handle_message(one, "admin", ChangeMembers(("n1",)))
        return one.role, one.members, one.commit_index

    assert jump(MemberRaft) == ("leader", NAMES, 1)
    assert jump(TwoAtOnce) == ("leader", ("n1",), 2)  # and n2 and n3 may elect another


def test_a_removed_member_is_told_by_the_leader_that_its_removal_is_committed() -> None:
    one = leader()
    handle_message(one, "n3", AppendEntriesReply(1, True, Position(1, 1)))
    handle_message(one, "admin", ChangeMembers(("n1", "n2")))
    take_effects(one)
    emitted = effects(one, "n2", AppendEntriesReply(1, True, Position(1, 2)))
    change = Entry(Position(1, 2), "members", None, ("n1", "n2"))
    assert Send("n3", AppendEntries(1, Position(1, 1), (change,), 2)) in emitted
    assert isinstance(one, Raft)
