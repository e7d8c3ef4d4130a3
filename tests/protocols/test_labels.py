"""The labels on the arrows of a space-time diagram: each message in words, without numbers for programs."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib import import_module
from pkgutil import walk_packages

import pytest

import dscourse.protocols
from dscourse.clocks import HybridClock, LamportClock, VectorClock, VersionVector
from dscourse.conflicts import LWWRegister, MVRegister, ORSet, PNCounter
from dscourse.node import Message, Reply, Timer
from dscourse.protocols import (
    anti_entropy,
    any_node_store,
    atomicity,
    bully,
    causal_store,
    chain_master,
    chain_replication,
    context_client,
    eventual_store_messages,
    failover,
    failover_subscriber,
    fencing,
    leases,
    multi_primary,
    paxos_nacks,
    primary_replica_messages,
    quorum_store_messages,
    raft_client,
    raft_membership,
    raft_reads,
    raft_transfer,
    rebalancing_messages,
    replica_clients,
    replicated_counter,
    ring_election,
    sequential_store,
    single_copy_store,
    slots,
    stores,
    swim_messages,
    three_phase_commit,
    tier_messages,
    transaction_client,
    two_phase_messages,
)  # fmt: skip
from dscourse.protocols.gossip import Heartbeat, Heartbeats
from dscourse.protocols.paxos import Ballot
from dscourse.protocols.textbook import any_node_store as told_once
from dscourse.protocols.textbook import cristian, payments, stamped_messages
from dscourse.protocols.textbook import eventual_store as updates
from dscourse.protocols.textbook import multi_primary as versioned
from dscourse.protocols.textbook import primary_replica as textbook_primary
from dscourse.protocols.textbook import quorum_store as majority
from dscourse.protocols.textbook import rebalancing as tables
from dscourse.protocols.textbook import sequential_store as lists
from dscourse.protocols.textbook.replicated_counter import Add
from dscourse.protocols.versions import Version
from dscourse.replication.binary_log import START, Entry, Position
from dscourse.show.words import short


def message_types() -> Iterator[type]:
    """Yield every message type of the course's protocols."""
    package = dscourse.protocols
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        for _, kind in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(kind, Message) and is_dataclass(kind):
                yield kind


def test_every_message_says_itself() -> None:
    kinds = set(message_types())
    assert len(kinds) > 100
    assert [kind for kind in kinds if kind.__str__ is object.__str__] == []


MILK = Version("c1", 900_000, value="milk")
EGGS = Version("c2", 740_000, value="eggs")
WRITE = stores.Request(7, "write", "x", 1)
PROBE = swim_messages.Probe("n1", 1, 4)
SUSPECT = (swim_messages.Rumour("n3", 2, "suspect"),)
RUNS = Position(1, 3)
ENTRIES = (Entry(Position(1, 4), "write", "x", 4), Entry(Position(1, 5), "delete", "y"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        # clients and stores
        (WRITE, "write x=1"),
        (stores.Request(7, "read", "x"), "read x"),
        (stores.Request(7, "add", "cart", "milk"), "add cart=milk"),
        (Reply(7), "reply"),
        (Reply(7, 1), "reply 1"),
        (Reply(7, ("milk", "eggs")), "reply milk, eggs"),
        (Reply(7, (("a", 1), ("b", 2))), "reply a=1, b=2"),
        (stores.Stored("x", stores.Tag(2, 7), 1), "x=1 (tag 2.7)"),
        (stores.Written("x", None), "x=nothing"),
        (single_copy_store.Written(7, "x", 1), "x=1"),
        (sequential_store.Propose(WRITE), "propose write x=1"),
        (sequential_store.Entry(0, WRITE), "entry 0: write x=1"),
        (sequential_store.RequestEntries(3), "entries from 3?"),
        (lists.Recorded(7, "x", 1, 5.0, "n2"), "x=1 (n2, 5 ms)"),
        (quorum_store_messages.Query(7, "x"), "query x"),
        (quorum_store_messages.QueryReply(7, stores.Tag(2, 7), 1), "1 (tag 2.7)"),
        (quorum_store_messages.QueryReply(7, stores.Tag(), None), "nothing"),
        (quorum_store_messages.Update(7, "x", stores.Tag(2, 7), 1), "update x=1 (tag 2.7)"),
        (quorum_store_messages.UpdateAck(7), "ack update"),
        (majority.Put(7, "x", 1), "put x=1"),
        (majority.PutAck(7), "stored"),
        (majority.NoMajority(7), "no majority"),
        (eventual_store_messages.Put(7, "x", (MILK, EGGS)), "put x=milk, eggs"),
        (eventual_store_messages.Put(eventual_store_messages.NO_OPERATION, "x", (MILK,)), "put x=milk"),
        (eventual_store_messages.Put(7, "x", (Version("c1", 2, deleted=True),)), "put x=deleted"),
        (eventual_store_messages.PutAck(7, "x"), "stored x"),
        (eventual_store_messages.Get(7, "x"), "get x"),
        (eventual_store_messages.GetReply(7, (MILK,)), "milk"),
        (eventual_store_messages.GetReply(7, ()), "nothing"),
        (eventual_store_messages.Hint("n2", "x"), "hint: x for n2"),
        (eventual_store_messages.Hint("n2", "x", closed=True), "hint closed: x for n2"),
        (context_client.VersionedRequest(7, "write", "x", 1, VersionVector()), "write x=1"),
        (
            context_client.VersionedRequest(7, "write", "x", 1, VersionVector({"n1": 2})),
            "write x=1 with context {n1: 2}",
        ),
        (Reply(7, context_client.VersionedResult((), VersionVector())), "reply"),
        (Reply(7, context_client.VersionedResult(("milk",), VersionVector())), "reply milk"),
        (
            any_node_store.Entries((stores.Stored("x", stores.Tag(2, 7), 1),)),
            "entries x=1 (tag 2.7)",
        ),
        (any_node_store.Digest((("x", stores.Tag(2, 7)),)), "digest x 2.7"),
        (any_node_store.Digest(()), "digest of nothing"),
        (told_once.Update("x", 1), "update x=1"),
        (updates.Update("cart", "eggs", VectorClock({"n2": 1})), "update cart=eggs {n2: 1}"),
        (
            causal_store.Update(7, "n1", VectorClock({"n1": 1, "n2": 1}), "x", 1),
            "x=1 from n1 {n1: 1, n2: 1}",
        ),
        (causal_store.Digest(VectorClock({"n2": 1})), "digest {n2: 1}"),
        (anti_entropy.Compare(2, (0, 1), (b"a", b"b")), "compare level 2 (2 hashes)"),
        (anti_entropy.Entries((1,), (("x", (MILK,)),), True), "versions x=milk"),
        (anti_entropy.Entries((1,), (), False), "no versions"),
        # several primaries, counters
        (
            versioned.Versioned("cart", "milk", VersionVector({"n1": 1}), 12.0),
            "cart=milk {n1: 1} at 12 ms",
        ),
        (multi_primary.Delta("x", LWWRegister(12.0, "n1", "milk"), 3), "delta x: milk (n1, 12 ms)"),
        (multi_primary.Delta("x", MVRegister().write("n1", "milk"), 3), "delta x: milk"),
        (multi_primary.Delta("cart", ORSet().add("n1", "pen"), 3), "delta cart: {pen}"),
        (multi_primary.Delta("x", PNCounter().add("n1", -2), 3), "delta x: -{n1: 2}"),
        (multi_primary.DeltaAck("x", 3), "stored x"),
        (replicated_counter.Totals((("a", 1), ("b", 2))), "totals a=1, b=2"),
        (Add(1), "add 1"),
        # primary and replicas, the chain
        (replica_clients.Put(7, "write", "x", 1), "write x=1"),
        (replica_clients.Put(7, "delete", "x"), "delete x"),
        (replica_clients.Get(7, "x"), "read x"),
        (replica_clients.Get(7, "x", RUNS), "read x (not before 1:3)"),
        (Reply(7, replica_clients.Answer(4, RUNS)), "reply 4 at 1:3"),
        (replica_clients.NotPrimary(7, "n2"), "not primary, try n2"),
        (replica_clients.NotPrimary(7, ""), "not primary, none known"),
        (
            primary_replica_messages.Candidacy(2, RUNS),
            "vote for me? (epoch 2, log ends at 1:3)",
        ),
        (
            primary_replica_messages.AppendEntries(1, RUNS, ENTRIES, 3),
            "append x=4, delete y (epoch 1, after 1:3, visible 3)",
        ),
        (
            primary_replica_messages.AppendEntries(1, START, (), 0),
            "heartbeat (epoch 1, after 0:0, visible 0)",
        ),
        (primary_replica_messages.AppendAck(1, RUNS), "matches up to 1:3 (epoch 1)"),
        (
            primary_replica_messages.AppendRejected(2, RUNS),
            "rejected (epoch 2, may match up to 1:3)",
        ),
        (
            primary_replica_messages.InstallSnapshot(2, primary_replica_messages.Snapshot(RUNS)),
            "install snapshot at 1:3 (epoch 2)",
        ),
        (textbook_primary.Replicate(textbook_primary.Logged(3, "x", 3)), "entry 3: x=3"),
        (chain_replication.Update(2, "x", 2, "c", 1), "update 2: x=2 for c"),
        (chain_replication.Ack(2), "ack up to 2"),
        (chain_master.Chain(1, ("n1", "n3")), "chain n1, n3 (version 1)"),
        (chain_master.Probe(), "probe"),
        (chain_master.ProbeAck(), "ack probe"),
        # membership
        (swim_messages.Ping(PROBE, ()), "ping"),
        (swim_messages.Ping(PROBE, SUSPECT), "ping (n3 suspect inc=2)"),
        (swim_messages.Ack(PROBE, "n2", ()), "ack: n2 is up"),
        (swim_messages.PingReq(PROBE, "n2", SUSPECT), "ping-req n2 (n3 suspect inc=2)"),
        (
            Heartbeats((("n1", Heartbeat(1, 5)), ("n2", Heartbeat(2, 3)))),
            "heartbeats n1 1.5, n2 2.3",
        ),
        # atomic commit
        (
            transaction_client.Submit(7, (("p1", (("a", 70),)), ("p2", (("b", 30),)))),
            "submit a=70 at p1, b=30 at p2",
        ),
        (two_phase_messages.Prepare(7, (("a", 70), ("b", 3)), ("p1", "p2")), "prepare a=70, b=3"),
        (two_phase_messages.Vote(7, True), "vote yes"),
        (two_phase_messages.Vote(7, False), "vote no"),
        (two_phase_messages.Decision(7, True), "commit"),
        (two_phase_messages.Decision(7, False), "abort"),
        (two_phase_messages.Ack(7), "ack commit"),
        (two_phase_messages.Inquire(7), "decision?"),
        (three_phase_commit.PreCommit(7), "pre-commit"),
        (three_phase_commit.PreCommitAck(7), "ack pre-commit"),
        (three_phase_commit.StateRequest(7), "state?"),
        (
            three_phase_commit.StateReport(7, three_phase_commit.ParticipantState.PREPARED, True),
            "prepared, recovering",
        ),
        (
            three_phase_commit.StateReport(7, three_phase_commit.ParticipantState.PRECOMMITTED),
            "pre-committed",
        ),
        (atomicity.Prepared(7, (("a", 70),), "c", ("p1", "p2")), "prepared a=70"),
        (atomicity.Decided(7, ("p1", "p2")), "decision: commit"),
        (atomicity.Outcome(7, False), "aborted"),
        # leaders
        (failover.RequestVote(2), "vote for me? (epoch 2)"),
        (failover.Granted(2), "vote (epoch 2)"),
        (failover.Denied(3), "denied: epoch 3 has begun"),
        (failover.Beat(2, 5), "heartbeat 5 (epoch 2)"),
        (failover.Voted(2, "n1"), "vote for n1 (epoch 2)"),
        (leases.BeatAck(2, 5), "ack heartbeat 5 (epoch 2)"),
        (failover_subscriber.LeaderIs(2, "n1"), "n1 leads (epoch 2)"),
        (failover_subscriber.WhoLeads(), "who leads?"),
        (fencing.Append(2, 5), "write 5 (epoch 2)"),
        (fencing.Append(0, 5), "write 5"),
        (fencing.Refused(3), "refused: epoch 3 has begun"),
        (fencing.Accepted("n1", 2, 5), "write 5 of n1 (epoch 2)"),
        (bully.Election(), "election"),
        (bully.Answer(), "answer"),
        (bully.Victory(), "victory"),
        (bully.Beat(), "heartbeat"),
        (ring_election.Candidate("n3"), "candidate n3"),
        (ring_election.Elected("n3"), "elected n3"),
        (paxos_nacks.Nack(Ballot(1, "a"), Ballot(2, "b")), "nack 1a: promised 2b"),
        (paxos_nacks.QueryChosen(), "chosen?"),
        (raft_client.ClientRequest(7, 2, 1, "write", "x", 1), "write x=1"),
        (raft_client.ClientRequest(7, 2, 1, "read", "x"), "read x"),
        (raft_client.ClientRequest(7, 2, 1, "cas", "x", (1, 2)), "cas x: 1 to 2"),
        (raft_membership.ChangeMembers(("a", "b")), "change members to a, b"),
        (raft_membership.ChangeMembersReply(("a", "b"), True), "members are a, b"),
        (
            raft_membership.ChangeMembersReply(("a", "b"), False, "no leader"),
            "refused: no leader",
        ),
        (raft_reads.Confirm(2, 1), "do I still lead? (term 2)"),
        (raft_reads.ConfirmReply(2, 1), "current term 2"),
        (raft_transfer.TransferLeadership("b"), "transfer leadership to b"),
        (raft_transfer.TransferLeadershipReply("b", True, "", "b"), "b leads"),
        # rebalancing
        (rebalancing_messages.Chunk(5, 1, 2, (("a", 1),)), "slot 5, chunk 2: 1 key"),
        (rebalancing_messages.ChunkAck(5, 1, 2), "slot 5, chunk 2 stored"),
        (
            rebalancing_messages.Handover(5, 1, 2, (("a", 1),)),
            "slot 5 is yours (2 chunks, 1 change)",
        ),
        (rebalancing_messages.Handover(5, 1, 0, (("a", 1),)), "slot 5 is yours (1 key)"),
        (rebalancing_messages.HandoverAck(5, 1), "slot 5 is mine"),
        (slots.Moved(7, 5, slots.Ownership("n2", 1)), "slot 5 moved to n2"),
        (slots.Move(5, "n2"), "move slot 5 to n2"),
        (slots.OwnerReport(5, slots.Ownership("n2", 1)), "n2 owns slot 5"),
        (tables.NewTable(("a", "b", "a")), "owners of slots: a, b, a"),
        (tables.Keys((("a", 1),)), "keys a=1"),
        # calls and clocks
        (payments.Pay(7, 10), "pay 10 (operation 7)"),
        (payments.Paid("ann", 7, 10), "10 paid for ann (operation 7)"),
        (tier_messages.Call(3, 2, 80.0), "call 3, attempt 2 (80 ms left)"),
        (tier_messages.Answer(3, 2, False), "call 3, attempt 2: failed"),
        (cristian.TimeRequest(7), "time?"),
        (cristian.TimeRequest(7, 2), "time? (attempt 2)"),
        (cristian.TimeReply(7, 1, 17.5), "time 17.5 ms"),
        (stamped_messages.Note(7, 30.0), "note stamped 30"),
        (stamped_messages.Note(7, LamportClock(2)), "note stamped 2"),
        (stamped_messages.Note(7, LamportClock(2, "a")), "note stamped 2 at a"),
        (stamped_messages.Note(7, VectorClock({"a": 1})), "note stamped {a: 1}"),
        (stamped_messages.Note(7, HybridClock(30.0, 1)), "note stamped 30+1"),
        # timers
        (payments.RetryDue(7, 1), "retry due"),
        (bully.NoAnswer(), "no answer"),
        (chain_master.ProbeTimeout("n2"), "no answer from n2"),
        (swim_messages.SuspicionTimeout("n2", 1), "suspicion of n2 not refuted"),
    ],
)  # fmt: skip
def test_what_stands_on_an_arrow_or_a_mark(value: object, text: str) -> None:
    assert short(value, 80) == text


def test_a_timer_without_a_text_of_its_own_is_its_name_in_words() -> None:
    class LeaderSeemsDown(Timer):
        pass

    assert str(LeaderSeemsDown()) == "leader seems down"
