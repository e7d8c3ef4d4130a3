"""The store over Raft: the requirements of the dissertation's sections 6.1 to 6.3 and the paper's section 7; seeds.

Section 6.1   test_a_client_that_hears_nothing_asks_another_server
Section 6.2   test_a_server_that_is_not_the_leader_rejects_the_request_and_names_the_leader
              test_a_leader_that_steps_down_sends_waiting_clients_elsewhere
Section 6.3   test_a_client_is_allocated_an_identifier_of_its_own
              test_a_command_with_a_sequence_number_that_was_executed_is_answered_without_executing_it_again
              test_a_command_that_is_in_the_log_twice_is_carried_out_once
              test_all_servers_expire_the_same_session_the_least_recently_used
              test_a_command_of_an_expired_session_is_refused_and_not_carried_out
              test_a_client_that_restarts_registers_again
Section 7     test_a_snapshot_retains_the_last_included_index_and_term_and_the_entries_before_are_discarded
Figure 13     test_reply_at_once_to_a_snapshot_of_an_old_term
              test_a_snapshot_keeps_the_entries_that_follow_it
              test_a_snapshot_replaces_a_log_that_does_not_hold_its_last_entry
              test_a_snapshot_that_is_no_further_than_what_is_committed_is_not_taken
              test_the_snapshot_holds_the_sessions (the configuration: test_raft_combined)
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from dscourse import checkers, sim
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.node import (
    CancelTimer,
    Complete,
    Invocation,
    Node,
    Reply,
    Send,
    SetTimer,
    Write,
    cluster,
    take_effects,
)
from dscourse.protocols.raft_client import (
    ClientRequest,
    NotLeader,
    OperationTimeout,
    RaftClient,
    RegisterClient,
    RegisterClientReply,
    RetryDue,
    SessionExpired,
)
from dscourse.protocols.raft_messages import (
    AppendEntries,
    AppendEntriesReply,
    ElectionTimeout,
    RequestVoteReply,
    TermAndVote,
)
from dscourse.protocols.raft_snapshots import InstallSnapshot, Snapshot
from dscourse.protocols.raft_store import Command, RaftStore
from dscourse.replication.raft_log import Entry, Position, ReplicatedLog
from tests.effort import chosen_seeds, first_trying
from tests.protocols.golden import assert_golden
from tests.protocols.raft_worlds import NAMES, complaint, coverage, run
from tests.protocols.steps import effects

SEEDS = chosen_seeds(100)


def store(name: str = "n1", kind: type[RaftStore] = RaftStore, **settings: Any) -> Any:
    return kind(name, [other for other in NAMES if other != name], **settings)


def leader(**settings: Any) -> Any:
    """Node n1, which leads term 1, with the first entry (index 1) and client c's session (index 2) committed."""
    one = store(**settings)
    handle_timer(one, ElectionTimeout())
    handle_message(one, "n2", RequestVoteReply(1, True))
    handle_message(one, "c", RegisterClient(1))
    handle_message(one, "n2", AppendEntriesReply(1, True, one.log.last))
    take_effects(one)
    return one


def committed(one: Any, *commands: ClientRequest, client: str = "c") -> list[Any]:
    """Return the leader's effects when the last of these commands is committed."""
    for command in commands:
        handle_message(one, client, command)
        take_effects(one)
        handle_message(one, "n2", AppendEntriesReply(1, True, one.log.last))
    return take_effects(one)


# --- the store -----------------------------------------------------------------------------------


def test_a_client_is_allocated_an_identifier_of_its_own() -> None:
    """Section 6.3: the index of the entry that registers it."""
    one = leader()
    for index, client in ((3, "d"), (4, "c")):
        handle_message(one, client, RegisterClient(9))
        take_effects(one)
        emitted = effects(one, "n2", AppendEntriesReply(1, True, one.log.last))
        assert emitted == [Send(client, RegisterClientReply(9, index))]
    assert list(one.sessions) == [2, 3, 4]


def test_a_command_is_answered_once_it_is_committed() -> None:
    one = leader()
    command = ClientRequest(7, 2, 1, "write", "x", 5)
    entry = Entry(Position(1, 3), "command", 2, Command(1, "write", "x", 5))
    emitted = effects(one, "c", command)
    assert emitted[0] == Write(entry)
    assert [type(effect) for effect in emitted] == [Write, Send, Send]
    assert one.values == {}
    assert effects(one, "n2", AppendEntriesReply(1, True, entry.position)) == [
        Send("c", Reply(7, None))
    ]
    assert one.values == {"x": 5}


def test_a_command_with_a_sequence_number_that_was_executed_is_answered_without_executing_it_again() -> (
    None
):
    one = leader()
    add = ClientRequest(7, 2, 1, "cas", "x", (None, 5))
    assert committed(one, add) == [Send("c", Reply(7, True))]
    assert effects(one, "c", add) == [Send("c", Reply(7, True))]
    assert committed(one, ClientRequest(8, 2, 2, "write", "x", 6))
    assert effects(one, "c", add) == []  # late: its client has had the answer
    assert one.values == {"x": 6}


def test_a_command_that_is_in_the_log_twice_is_carried_out_once() -> None:
    one = leader()
    add = ClientRequest(7, 2, 1, "cas", "x", (None, 5))
    handle_message(one, "c", add)
    handle_message(one, "c", add)
    take_effects(one)
    emitted = effects(one, "n2", AppendEntriesReply(1, True, one.log.last))
    assert emitted == [Send("c", Reply(7, True)), Send("c", Reply(7, True))]


def test_a_late_copy_of_a_command_is_not_given_the_answer_of_a_later_one() -> None:
    one = leader()
    first, second = (
        ClientRequest(7, 2, 1, "cas", "x", (None, 5)),
        ClientRequest(8, 2, 2, "read", "x"),
    )
    for command in (first, second, first):
        handle_message(one, "c", command)
    take_effects(one)
    emitted = effects(one, "n2", AppendEntriesReply(1, True, one.log.last))
    assert emitted == [Send("c", Reply(7, True)), Send("c", Reply(8, 5))]


def test_reads_writes_and_compare_and_set() -> None:
    one = leader()
    answers = [
        committed(one, ClientRequest(op, 2, op, f, "x", value))[-1].message.result
        for op, (f, value) in enumerate(
            [("read", None), ("write", 1), ("cas", (2, 3)), ("cas", (1, 3)), ("read", None)], 1
        )
    ]
    assert answers == [None, None, False, True, 3]


def test_all_servers_expire_the_same_session_the_least_recently_used() -> None:
    one, other = leader(sessions_kept=2), store("n2", sessions_kept=2)
    for client in "de":
        handle_message(one, client, RegisterClient(5))
        committed(one, ClientRequest(7, 2, ord(client), "read", "x"))  # c's session is used again
    assert list(one.sessions) == [5, 2]
    handle_message(other, "n1", AppendEntries(1, Position(), one.log.entries, one.commit_index))
    assert other.sessions == one.sessions
    assert list(other.sessions) == list(one.sessions)


def test_a_command_of_an_expired_session_is_refused_and_not_carried_out() -> None:
    one = leader(sessions_kept=1)
    handle_message(one, "d", RegisterClient(5))
    assert committed(one, ClientRequest(7, 2, 1, "write", "x", 5))[-1] == Send(
        "c", SessionExpired(7)
    )
    assert one.values == {}


def test_a_server_that_is_not_the_leader_rejects_the_request_and_names_the_leader() -> None:
    one = store()
    handle_message(one, "n3", AppendEntries(1, Position(), (), 0))
    assert effects(one, "c", ClientRequest(7, 2, 1, "read", "x")) == [Send("c", NotLeader(7, "n3"))]
    assert effects(one, "c", RegisterClient(7)) == [Send("c", NotLeader(7, "n3"))]


def test_a_leader_that_steps_down_sends_waiting_clients_elsewhere() -> None:
    one = leader()
    handle_message(one, "c", ClientRequest(7, 2, 1, "write", "x", 5))
    assert Send("c", NotLeader(7, "")) in effects(one, "n3", RequestVoteReply(3, False))


def test_a_leader_that_was_replaced_does_not_answer_for_another_entry() -> None:
    one = leader()
    handle_message(one, "c", ClientRequest(7, 2, 1, "write", "x", 5))
    other = Entry(Position(2, 3), "command", 2, Command(1, "write", "x", 9))
    emitted = effects(one, "n2", AppendEntries(2, Position(1, 2), (other,), 3))
    assert not any(isinstance(e, Send) and isinstance(e.message, Reply) for e in emitted)
    assert one.values == {"x": 9}


# --- snapshots (section 7) -----------------------------------------------------------------------

STATE = Snapshot(Position(1, 3), ((("x", 5),), ((2, (1, None)),)))


def test_a_snapshot_retains_the_last_included_index_and_term_and_the_entries_before_are_discarded() -> (
    None
):
    one = leader(keep=3)
    committed(one, ClientRequest(7, 2, 1, "write", "x", 5))
    assert (one.log, one.snapshot) == (ReplicatedLog(Position(1, 3)), STATE)
    emitted = effects(one, "n3", AppendEntriesReply(1, False, Position()))
    assert emitted == [Send("n3", InstallSnapshot(1, STATE))]


def test_the_snapshot_holds_the_sessions() -> None:
    behind = store("n3")
    emitted = effects(behind, "n1", InstallSnapshot(1, STATE))
    assert emitted[-2:] == [Write(STATE), Send("n1", AppendEntriesReply(1, True, Position(1, 3)))]
    assert (behind.values, behind.sessions, behind.commit_index) == ({"x": 5}, {2: (1, None)}, 3)


def test_reply_at_once_to_a_snapshot_of_an_old_term() -> None:
    one = store("n3")
    one.on_start([TermAndVote(4, ""), Entry(Position(1, 1), "no-op")])
    take_effects(one)
    assert effects(one, "n1", InstallSnapshot(3, STATE)) == [
        Send("n1", AppendEntriesReply(4, False, Position(1, 1)))
    ]
    assert one.values == {}


def test_a_snapshot_that_is_no_further_than_what_is_committed_is_not_taken() -> None:
    one = leader()
    committed(one, ClientRequest(7, 2, 1, "write", "x", 5))
    take_effects(one)
    old = InstallSnapshot(2, Snapshot(Position(1, 1), ((), ())))
    emitted = effects(one, "n2", old)
    assert not any(
        isinstance(effect, Write) and isinstance(effect.record, Snapshot) for effect in emitted
    )
    assert emitted[-1] == Send("n2", AppendEntriesReply(2, True, Position(1, 1)))
    assert one.values == {"x": 5}


def test_a_snapshot_keeps_the_entries_that_follow_it() -> None:
    one = store("n2")
    entries = tuple(Entry(Position(1, n), "command", 1, (n, "write", "x", n)) for n in range(1, 5))
    handle_message(one, "n1", AppendEntries(1, Position(), entries, 0))
    handle_message(one, "n1", InstallSnapshot(1, STATE))
    assert (one.log.base, one.log.last, one.values) == (Position(1, 3), Position(1, 4), {"x": 5})


def test_a_snapshot_replaces_a_log_that_does_not_hold_its_last_entry() -> None:
    one = store("n2")
    entries = tuple(Entry(Position(1, n), "command", 1, (n, "write", "x", n)) for n in range(1, 5))
    handle_message(one, "n1", AppendEntries(1, Position(), entries, 0))
    later = Snapshot(Position(2, 3), STATE.state)
    handle_message(one, "n3", InstallSnapshot(2, later))
    assert one.log == ReplicatedLog(Position(2, 3))


def test_after_a_restart_state_and_sessions_come_from_the_snapshot() -> None:
    one = store()
    entry = Entry(Position(1, 4), "command", 2, (2, "write", "x", 6))
    one.on_start([Entry(Position(1, 1), "no-op"), STATE, entry])
    assert (one.values, one.sessions) == ({"x": 5}, {2: (1, None)})
    assert (one.commit_index, one.log.last) == (3, Position(1, 4))


def test_a_snapshot_that_is_older_than_the_log_is_refused() -> None:
    new, old = (Snapshot(Position(1, index), ((), ())) for index in (5, 2))
    with pytest.raises(ValueError, match="snapshot up to index 2 of term 1: the log begins later"):
        store().on_start([new, old])


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="keep=0"):
        store(keep=0)
    with pytest.raises(ValueError, match="sessions_kept=0"):
        store(sessions_kept=0)
    with pytest.raises(ValueError, match="servers is empty"):
        RaftClient("c", [])
    with pytest.raises(ValueError, match=r"f='pop': it must be one of cas, read, write"):
        RaftClient("c", NAMES).on_invoke(Invocation(1, "pop", "x"))


# --- clients -------------------------------------------------------------------------------------


def registered() -> RaftClient:
    """A client that has begun to read x as its operation 3, in session 9."""
    client = RaftClient("c", NAMES)
    client.on_invoke(Invocation(3, "read", "x"))
    handle_message(client, "n1", RegisterClientReply(3, 9))
    take_effects(client)
    return client


def test_a_client_registers_before_its_first_operation() -> None:
    client = RaftClient("c", NAMES)
    client.on_invoke(Invocation(3, "read", "x"))
    assert take_effects(client) == [
        SetTimer(OperationTimeout(3), 1_000, 1_000), Send("n1", RegisterClient(3)), SetTimer(RetryDue(3), 60, 60),
    ]  # fmt: skip
    ask = ClientRequest(3, 9, 1, "read", "x", None)
    assert effects(client, "n2", RegisterClientReply(3, 9)) == [
        Send("n2", ask),
        SetTimer(RetryDue(3), 60, 60),
    ]
    assert effects(client, "n1", RegisterClientReply(3, 8)) == []
    handle_message(client, "n2", Reply(3, 5))
    take_effects(client)
    client.on_invoke(Invocation(4, "read", "y"))
    assert Send("n2", ClientRequest(4, 9, 2, "read", "y", None)) in take_effects(client)


def test_a_client_that_restarts_registers_again() -> None:
    """A reply to an operation from before the restart is not for this client."""
    client = registered().fresh()
    client.on_start(())
    client.on_invoke(Invocation(4, "write", "x", 2))
    assert Send("n1", RegisterClient(4)) in take_effects(client)
    for late in (RegisterClientReply(3, 9), Reply(3, 5), SessionExpired(3), NotLeader(3, "n2")):
        assert effects(client, "n1", late) == []
    assert client.session == 0


def test_a_client_that_hears_nothing_asks_another_server() -> None:
    client = registered()
    ask = ClientRequest(3, 9, 1, "read", "x", None)
    handle_timer(client, RetryDue(3))
    assert take_effects(client) == [Send("n2", ask), SetTimer(RetryDue(3), 60, 60)]
    assert effects(client, "n2", NotLeader(3, "n3"))[0] == Send("n3", ask)
    done = effects(client, "n3", Reply(3, 5))[-1]
    assert (done.status, done.result) == ("ok", 5)  # type: ignore[attr-defined]
    handle_timer(client, OperationTimeout(3))
    assert take_effects(client) == []


def test_a_client_that_is_answered_waits_for_nothing_more() -> None:
    cancelled = [CancelTimer(RetryDue(3)), CancelTimer(OperationTimeout(3))]
    assert effects(registered(), "n1", Reply(3, 5)) == [*cancelled, Complete(3, "ok", 5)]


def test_a_client_whose_session_has_expired_does_not_know_and_registers_again() -> None:
    client = registered()
    done = effects(client, "n1", SessionExpired(3))[-1]
    assert (done.status, done.result) == ("unknown", "session expired")  # type: ignore[attr-defined]
    client.on_invoke(Invocation(4, "read", "y"))
    assert Send("n1", RegisterClient(4)) in take_effects(client)


def test_a_client_that_gives_up_does_not_know_unless_it_has_not_asked_yet() -> None:
    new = RaftClient("c", NAMES)
    new.on_invoke(Invocation(3, "write", "x", 1))
    for client, status in ((registered(), "unknown"), (new, "fail")):
        handle_timer(client, OperationTimeout(3))
        assert take_effects(client)[-1].status == status  # type: ignore[union-attr]


# --- seeds ---------------------------------------------------------------------------------------


def test_seeds_find_nothing() -> None:
    seen: Counter[str] = Counter()
    found: Counter[str | None] = Counter()
    for seed in SEEDS:
        world = run(seed)
        found[complaint(world)] += 1
        seen += coverage(world, seed)
    assert found == {None: len(SEEDS)}
    assert len(seen) == 6
    assert min(seen.values()) > 0, seen


class CarriesOutTwice(RaftStore):
    """Takes every command for a new one."""

    def apply_to_session(self, entry: Entry) -> Any:
        if entry.f == "command" and entry.key in self.sessions:
            self.sessions[entry.key] = 0, None
        return super().apply_to_session(entry)

    def on_client_request(self, sender: str, command: ClientRequest) -> None:
        self.sessions.pop(command.session, None)
        super().on_client_request(sender, command)


class AnswersAtOnce(RaftStore):
    """Answers a write when it is in the leader's own log."""

    def execute(self, sender: str, command: ClientRequest) -> None:
        super().execute(sender, command)
        if command.f == "write":
            self.reply(sender, command.op)


class ReadsAtOnce(RaftStore):
    """A node that believes it leads answers reads from its own state."""

    def on_client_request(self, sender: str, command: ClientRequest) -> None:
        if command.f == "read" and self.role == "leader":
            self.reply(sender, command.op, self.values.get(command.key))
        else:
            super().on_client_request(sender, command)


class AnswersForOthers(RaftStore):
    """Takes any entry at the index for the one that it has appended."""

    def step_down(self) -> None:
        waiting = self.waiting
        super().step_down()
        self.waiting = waiting


class SameSession(RaftStore):
    """Gives a client that registers again the session that it had before."""

    def __init__(self, id: str, peers: Any = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.had: dict[str, int] = {}

    def on_register_client(self, sender: str, register: RegisterClient) -> None:
        if sender in self.had and self.accepts_requests:
            self.send(sender, RegisterClientReply(register.op, self.had[sender]))
        else:
            super().on_register_client(sender, register)

    def apply(self, entry: Entry) -> None:
        if entry.index in self.waiting and entry.f == "register":
            self.had[self.waiting[entry.index][0]] = entry.index
        super().apply(entry)


@pytest.mark.parametrize(
    ("mutant", "likely"),
    [
        (CarriesOutTwice, 0), (AnswersAtOnce, 8), (ReadsAtOnce, 116), (AnswersForOthers, 161), (SameSession, 1),
    ],
)  # fmt: skip
def test_seeds_refute_mutants(mutant: type[RaftStore], likely: int) -> None:
    seeds = first_trying(likely, range(1_000))
    wrong = next((seed for seed in seeds if complaint(run(seed, mutant))), None)
    print(mutant.__name__, wrong)
    assert wrong is not None


def test_seeds_expire_sessions_and_find_nothing() -> None:
    """Three clients, and room for two sessions: an operation may be unknown, and none is carried out twice."""
    expired = 0
    for seed in SEEDS[:60]:
        world = run(seed, sessions_kept=2)
        assert checkers.linearizable(world.history, checkers.CasRegister()).ok is True, seed
        expired += sum(op.result == "session expired" for op in world.history)
    assert expired > 0


def test_seeds_see_operations_that_are_asked_again_and_sent_elsewhere() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:40]:
        world = run(seed)
        got = [event.what for event in world.trace.kinds("deliver")]
        seen["redirects"] += any(isinstance(message, NotLeader) for message in got)
        asked = Counter(m.op for m in got if isinstance(m, ClientRequest))
        seen["asked again"] += max(asked.values()) > 1
        seen["a cas done"] += any(op.f == "cas" and op.result is True for op in world.history)
    assert len(seen) == 3
    assert min(seen.values()) > 0, seen


def test_a_client_that_restarts_is_not_given_an_old_answer() -> None:
    servers = cluster(RaftStore, NAMES)
    world = sim.World([*servers, RaftClient("c", NAMES), RaftClient("d", NAMES)], 1)
    world.submit("c", [("write", "x", 1)], start_ms=500).run(until_ms=800)
    world.apply(sim.Crash("c"))
    world.apply(sim.Restart("c"))
    world.submit("c", [("write", "x", 2)], start_ms=900).submit(
        "d", [("read", "x")], start_ms=1_500
    )
    history = world.run(until_ms=2_500).history
    assert [op.result for op in history if op.f == "read"] == [2]
    assert checkers.linearizable(history, checkers.CasRegister()).ok is True


def test_the_label_of_a_refusal_does_not_deny_that_the_named_node_leads() -> None:
    assert str(NotLeader(1, "n2")) == "not leader, try n2"
    assert str(NotLeader(1, "")) == "not leader, none known"


def test_golden_trace() -> None:
    nodes: list[Node] = [*cluster(RaftStore, NAMES, keep=4), RaftClient("c", NAMES)]
    world = sim.World(
        nodes,
        3,
        sim.Network(sim.Constant(5)),
        [sim.At(330, sim.Crash("n1")), sim.At(700, sim.Restart("n1"))],
    )
    world.submit(
        "c",
        [("write", "x", 1), ("cas", "x", (1, 2)), ("read", "x"), ("write", "y", 3)],
        start_ms=300,
    )
    world.run(until_ms=1_000)
    kinds = ("write", "crash", "restart", "invoke", "ok", "unknown", "fail")
    assert_golden("raft_store", "\n".join(str(e) for e in world.trace if e.kind in kinds) + "\n")
