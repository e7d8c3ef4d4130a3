"""Reads that bypass the log: the requirements of the dissertation's section 6.4, mutants, and clock drift.

Section 6.4   test_a_leader_that_has_committed_nothing_in_its_term_waits_until_it_has
              test_the_leader_issues_a_new_round_and_waits_for_a_majority
              test_the_leader_waits_until_it_has_applied_the_read_index
              test_a_read_that_comes_again_waits_once_and_its_question_is_asked_again
Section 6.4.1 test_a_lease_lets_the_leader_read_at_once_until_it_is_over
              test_a_lease_counts_from_when_the_question_was_sent
              test_a_follower_that_has_confirmed_a_leader_refuses_its_vote_and_stays_in_its_term
              test_a_leader_expires_its_lease_before_transferring_leadership
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from dscourse import checkers, sim
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.node import Reply, Send, SetTimer, cluster, take_effects
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_checkquorum import QuorumCheckDue
from dscourse.protocols.raft_client import ClientRequest, NotLeader, RaftClient
from dscourse.protocols.raft_messages import (
    AppendEntriesReply,
    HeartbeatDue,
    RequestVote,
    RequestVoteReply,
    TermAndVote,
)
from dscourse.protocols.raft_reads import (
    Confirm,
    ConfirmReply,
    LeaseExpired,
    LeaseStore,
    PromiseExpired,
    ReadIndexStore,
)
from dscourse.protocols.raft_transfer import TimeoutNow, TransferLeadership, TransferRaft
from dscourse.replication.raft_log import START, Position
from tests.effort import chosen_seeds, first_trying, once, samples
from tests.protocols.raft_worlds import CLIENTS, NAMES, NEVER_HALTED, complaint, run, work
from tests.protocols.steps import effects

SEEDS = chosen_seeds(100)
READ = ClientRequest(7, 2, 1, "read", "x")


def node(kind: type[Raft], name: str = "n1", **settings: Any) -> Any:
    return kind(name, [other for other in NAMES if other != name], **settings)


def leader(kind: type[Raft], **settings: Any) -> Any:
    """Node n1, elected for term 1, with its first entry committed."""
    one = new_leader(kind, **settings)
    handle_message(one, "n2", AppendEntriesReply(1, True, Position(1, 1)))
    take_effects(one)
    return one


def new_leader(kind: type[Raft], **settings: Any) -> Any:
    """Node n1, elected for term 1, with nothing committed yet."""
    one = node(kind, **settings)
    one.start_election()
    handle_message(one, "n2", RequestVoteReply(1, True))
    take_effects(one)
    return one


# --- read index (section 6.4) --------------------------------------------------------------------


def test_the_leader_issues_a_new_round_and_waits_for_a_majority() -> None:
    one = leader(ReadIndexStore)
    assert effects(one, "c", READ) == [Send("n2", Confirm(1, 1)), Send("n3", Confirm(1, 1))]
    assert effects(one, "n3", ConfirmReply(1, 1)) == [Send("c", Reply(7, None))]
    assert effects(one, "n2", ConfirmReply(1, 1)) == []


def test_an_answer_to_an_earlier_question_confirms_no_later_read() -> None:
    one = leader(ReadIndexStore)
    handle_message(one, "c", READ)
    handle_message(one, "d", ClientRequest(8, 3, 1, "read", "x"))
    take_effects(one)
    assert effects(one, "n2", ConfirmReply(1, 1)) == [Send("c", Reply(7, None))]
    assert effects(one, "n2", ConfirmReply(1, 2)) == [Send("d", Reply(8, None))]


def test_an_answer_to_a_later_question_confirms_every_earlier_read() -> None:
    one = leader(ReadIndexStore)
    handle_message(one, "c", READ)
    handle_message(one, "d", ClientRequest(8, 3, 1, "read", "x"))
    take_effects(one)
    assert effects(one, "n2", ConfirmReply(1, 2)) == [
        Send("c", Reply(7, None)), Send("d", Reply(8, None)),
    ]  # fmt: skip


def test_a_leader_that_has_committed_nothing_in_its_term_waits_until_it_has() -> None:
    one = new_leader(ReadIndexStore)
    assert effects(one, "c", READ) == [Send("n2", Confirm(1, 1)), Send("n3", Confirm(1, 1))]
    assert effects(one, "n2", ConfirmReply(1, 1)) == []
    assert Send("c", Reply(7, None)) in effects(
        one, "n2", AppendEntriesReply(1, True, Position(1, 1))
    )


def test_the_leader_waits_until_it_has_applied_the_read_index() -> None:
    """A new leader waits for all that it has; an old one for what was committed when the read came."""
    one = new_leader(ReadIndexStore)
    handle_message(one, "c", READ)
    assert one.pending_reads[7].read_index == one.log.last_index
    old = leader(ReadIndexStore)
    handle_message(old, "d", ClientRequest(8, 3, 1, "write", "y", 1))
    handle_message(old, "c", READ)
    assert old.pending_reads[7].read_index == 1


def test_a_read_that_comes_again_waits_once_and_its_question_is_asked_again() -> None:
    one = leader(ReadIndexStore)
    handle_message(one, "c", READ)
    handle_message(one, "c", READ)
    take_effects(one)
    handle_timer(one, HeartbeatDue())
    assert Send("n2", Confirm(1, 3)) in take_effects(one)
    assert effects(one, "n2", ConfirmReply(1, 3)) == [Send("c", Reply(7, None))]
    handle_timer(one, HeartbeatDue())
    assert not any(
        isinstance(e, Send) and isinstance(e.message, Confirm) for e in take_effects(one)
    )


def test_an_answer_of_an_earlier_term_confirms_nothing() -> None:
    """Numbers of questions begin again after a restart: this one may be of a term before it."""
    one = leader(ReadIndexStore)
    handle_message(one, "c", READ)
    assert effects(one, "n3", ConfirmReply(0, 1)) == []
    assert effects(one, "n3", ConfirmReply(1, 1)) == [Send("c", Reply(7, None))]


def test_a_leader_that_hears_of_a_later_term_answers_no_read_and_says_so() -> None:
    one = leader(ReadIndexStore)
    handle_message(one, "c", READ)
    assert Send("c", NotLeader(7, "")) in effects(one, "n3", ConfirmReply(2, 1))
    assert effects(one, "n2", ConfirmReply(1, 1)) == []


def test_who_is_asked_by_an_old_leader_says_which_term_it_is_in() -> None:
    one = node(ReadIndexStore, "n2")
    one.on_start([TermAndVote(4, "")])
    take_effects(one)
    assert effects(one, "n1", Confirm(3, 9)) == [Send("n1", ConfirmReply(4, 9))]


# --- leases (section 6.4.1) ----------------------------------------------------------------------


def leasing(kind: Any = LeaseStore) -> Any:
    """A leader with a lease that rests on its question of the last heartbeat."""
    one = leader(kind)
    handle_timer(one, HeartbeatDue())
    handle_message(one, "n2", ConfirmReply(1, one.round))
    take_effects(one)
    return one


def test_a_lease_lets_the_leader_read_at_once_until_it_is_over() -> None:
    one = leasing()
    assert effects(one, "c", READ) == [Send("c", Reply(7, None))]
    for old in range(1, one.round + 1):
        handle_timer(one, LeaseExpired(old))
    take_effects(one)
    assert effects(one, "c", ClientRequest(9, 2, 2, "read", "x"))[0] == Send(
        "n2", Confirm(1, one.round)
    )


def test_a_lease_counts_from_when_the_question_was_sent() -> None:
    one = leader(LeaseStore)
    handle_timer(one, HeartbeatDue())
    emitted = take_effects(one)
    assert SetTimer(LeaseExpired(one.round), 120, 120) in emitted
    assert not any(
        isinstance(effect, SetTimer) for effect in effects(one, "n2", ConfirmReply(1, 1))
    )
    for number in (1, one.round):
        handle_timer(one, LeaseExpired(number))
    handle_message(one, "n2", ConfirmReply(1, one.round))
    assert not one.has_lease


def test_a_follower_that_has_confirmed_a_leader_refuses_its_vote_and_stays_in_its_term() -> None:
    one = node(LeaseStore, "n2")
    assert effects(one, "n3", RequestVote(1, START)) == [Send("n3", RequestVoteReply(0, False))]
    handle_timer(one, PromiseExpired())
    take_effects(one)
    assert effects(one, "n3", RequestVote(1, START))[-1] == Send("n3", RequestVoteReply(1, True))
    emitted = effects(one, "n3", Confirm(1, 1))
    assert SetTimer(PromiseExpired(), 150, 150) in emitted
    assert effects(one, "n1", RequestVote(2, START)) == [Send("n1", RequestVoteReply(1, False))]


def test_a_leader_with_a_lease_is_not_deposed_and_one_without_is() -> None:
    for one, term in ((leasing(), 1), (leader(LeaseStore), 5)):
        handle_timer(one, PromiseExpired())
        assert Send("n3", RequestVoteReply(term, term == 5)) in effects(
            one, "n3", RequestVote(5, Position(4, 9))
        )
        assert one.term == term


def test_after_a_restart_a_node_may_have_confirmed_a_leader() -> None:
    one = node(LeaseStore, "n2")
    one.on_start([TermAndVote(1, "n1")])
    assert SetTimer(PromiseExpired(), 150, 150) in take_effects(one)
    assert effects(one, "n3", RequestVote(2, START)) == [Send("n3", RequestVoteReply(1, False))]


class LeaseTransfer(TransferRaft, LeaseStore):
    """A store with leases whose leader transfers its leadership."""


def test_a_leader_expires_its_lease_before_transferring_leadership() -> None:
    """It has none in this term any more, because the message that lets its successor stand may come late."""
    one = leasing(LeaseTransfer)
    assert Send("n2", TimeoutNow(1)) in effects(one, "admin", TransferLeadership("n2"))
    assert not one.has_lease
    handle_timer(one, HeartbeatDue())
    handle_message(one, "n3", ConfirmReply(1, one.round))
    assert not one.has_lease
    bound = node(LeaseTransfer, "n3")
    handle_message(bound, "n1", Confirm(1, 1))
    permitted = RequestVote(2, Position(1, 1), permitted=True)
    assert effects(bound, "n2", permitted)[-1] == Send("n2", RequestVoteReply(2, True))


def test_a_lease_is_not_longer_than_the_election_timeout() -> None:
    with pytest.raises(ValueError, match="lease_ms=200"):
        LeaseStore("n1", ["n2"], lease_ms=200)


# --- seeds ---------------------------------------------------------------------------------------


def test_seeds_find_reads_by_question_linearizable() -> None:
    assert Counter(complaint(run(seed, ReadIndexStore)) for seed in SEEDS) == {None: len(SEEDS)}


def leased(seed: int, kind: type[LeaseStore] = LeaseStore) -> str | None:
    return complaint(run(seed, kind, menu=NEVER_HALTED, lease_ms=95.0))


def test_seeds_find_reads_by_lease_linearizable_unless_a_process_is_halted() -> None:
    assert Counter(leased(seed) for seed in SEEDS) == {None: len(SEEDS)}


class AsksNobody(ReadIndexStore):
    """Takes its own word for it."""

    def is_confirmed(self, number: int) -> bool:
        return True


class ReadsBeforeItKnows(ReadIndexStore):
    """Reads at the commit index that it knows, also as a new leader."""

    def read_index(self) -> int:
        return self.commit_index


class KeepsItsLease(LeaseStore):
    """Its lease is never over, and it leads on without a majority."""

    def on_lease_expired(self, timer: LeaseExpired) -> None:
        pass

    def on_quorum_check_due(self, timer: QuorumCheckDue) -> None:
        pass


def drifting(seed: int, drift: float, kind: type[ReadIndexStore] = LeaseStore) -> sim.World:
    """The leader's clock is slow by this share, and it is cut off from its peers, but not from c1."""
    settings: dict[str, Any] = {"lease_ms": 90.0} if issubclass(kind, LeaseStore) else {}
    servers = cluster(kind, NAMES, heartbeat_ms=30, election_ms=100, **settings)
    clients = [RaftClient(name, NAMES, resend_ms=25) for name in CLIENTS]
    network = sim.Network(sim.Uniform(2, 6), client=sim.Link(sim.Uniform(1, 4)))
    world = sim.World([*servers, *clients], seed, network).run(until_ms=500)
    first = next(name for name in NAMES if world.nodes[name].role == "leader")  # type: ignore[attr-defined]
    world.apply(sim.SetClock(first, skew_ms=500 * drift, drift_ppm=-1e6 * drift))
    for index, name in enumerate(CLIENTS):
        ops = [("read", "x")] * 60 if index == 0 else list(work(index))
        world.submit(name, ops, start_ms=520, think_ms=6)
    world.run(until_ms=700)
    rest = set(NAMES) - {first}
    world.apply(sim.Partition({first, "c1"}, rest | {"c2", "c3"}))
    world.run(until_ms=1_500).apply(sim.Recover())
    return world.run(until_ms=3_000)


@once
def test_leases_hold_with_honest_clocks_and_break_with_drift() -> None:
    def wrong(seed: int, drift: float, kind: type[ReadIndexStore] = LeaseStore) -> bool:
        history = drifting(seed, drift, kind).history
        return checkers.linearizable(history, checkers.CasRegister()).ok is False

    seeds = range(samples(80))
    assert not any(wrong(seed, 0.0) for seed in seeds)
    assert not any(wrong(seed, 0.05) for seed in seeds)
    assert any(wrong(seed, 0.8) for seed in seeds)
    assert not any(wrong(seed, 0.8, ReadIndexStore) for seed in seeds)


def test_seeds_refute_reads_that_ask_nobody() -> None:
    seeds = first_trying(74, range(1_500))
    wrong = next((seed for seed in seeds if complaint(run(seed, AsksNobody))), None)
    print("AsksNobody", wrong)
    assert wrong is not None


def test_a_new_leader_that_reads_before_it_knows_what_is_committed_is_refuted() -> None:
    one = new_leader(ReadsBeforeItKnows)
    handle_message(one, "c", READ)
    assert Send("c", Reply(7, None)) in effects(one, "n2", ConfirmReply(1, 1))


def test_a_lease_that_is_never_over_is_refuted() -> None:
    histories = (drifting(seed, 0.0, KeepsItsLease).history for seed in range(20))
    assert any(checkers.linearizable(h, checkers.CasRegister()).ok is False for h in histories)
