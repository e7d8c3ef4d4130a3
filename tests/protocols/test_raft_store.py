"""The store over Raft: event by event, snapshots, mutants, and hundreds of faulted runs judged by the checker."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest

from dscourse import checkers, sim
from dscourse.binary_log import BinaryLog, Entry, Position
from dscourse.dispatch import handle_message, handle_timer
from dscourse.node import Invocation, Node, Reply, Send, SetTimer, Write, cluster, take_effects
from dscourse.protocols.raft import Appended, AppendEntries, ElectionTimeout, Vote
from dscourse.protocols.raft_snapshots import InstallSnapshot, Snapshot, SnapshotRaft
from dscourse.protocols.raft_store import Command, GiveUp, RaftClient, RaftStore, Redirect, Resend
from tests.protocols.golden import assert_golden
from tests.protocols.steps import effects

SEEDS = range(int(os.environ.get("DSCOURSE_SEEDS", "300")))
NAMES = ("n1", "n2", "n3")
CLIENTS = ("c1", "c2", "c3")


def store(name: str = "n1", kind: type[RaftStore] = RaftStore, **settings: Any) -> Any:
    return kind(name, [other for other in NAMES if other != name], **settings)


def leader(**settings: Any) -> Any:
    one = store(**settings)
    handle_timer(one, ElectionTimeout())
    handle_message(one, "n2", Vote(1, True))
    take_effects(one)
    return one


def committed(one: Any, *commands: Command, client: str = "c") -> list[Any]:
    """What the leader asks for when the last of these commands is committed."""
    for command in commands:
        handle_message(one, client, command)
        take_effects(one)
        handle_message(one, "n2", Appended(1, True, one.log.last))
    return take_effects(one)


# --- the store -----------------------------------------------------------------------------------


def test_a_command_is_answered_once_it_is_committed() -> None:
    one = leader()
    command = Command(7, 1, "write", "x", 5)
    entry = Entry(Position(1, 2), "command", "c", (1, "write", "x", 5))
    told = effects(one, "c", command)
    assert told[0] == Write(entry)
    assert [type(effect) for effect in told] == [Write, Send, Send]
    assert one.values == {}
    assert effects(one, "n2", Appended(1, True, entry.position)) == [Send("c", Reply(7, None))]
    assert one.values == {"x": 5}


def test_a_command_that_comes_again_is_answered_again_and_carried_out_once() -> None:
    one = leader()
    add = Command(7, 1, "cas", "x", (None, 5))
    assert committed(one, add) == [Send("c", Reply(7, True))]
    assert effects(one, "c", add) == [Send("c", Reply(7, True))]
    assert committed(one, Command(8, 2, "write", "x", 6))
    assert effects(one, "c", add) == []
    assert one.values == {"x": 6}


def test_a_command_that_is_in_the_log_twice_is_carried_out_once() -> None:
    one = leader()
    add = Command(7, 1, "cas", "x", (None, 5))
    handle_message(one, "c", add)
    handle_message(one, "c", add)
    take_effects(one)
    told = effects(one, "n2", Appended(1, True, Position(1, 3)))
    assert told == [Send("c", Reply(7, True)), Send("c", Reply(7, True))]


def test_reads_writes_and_compare_and_set() -> None:
    one = leader()
    answers = [
        committed(one, Command(op, op, f, "x", value))[-1].message.result
        for op, (f, value) in enumerate(
            [("read", None), ("write", 1), ("cas", (2, 3)), ("cas", (1, 3)), ("read", None)], 1
        )
    ]
    assert answers == [None, None, False, True, 3]


def test_who_does_not_lead_says_who_does() -> None:
    one = store()
    handle_message(one, "n3", AppendEntries(1, Position(), (), 0))
    assert effects(one, "c", Command(7, 1, "read", "x")) == [Send("c", Redirect(7, "n3"))]


def test_a_leader_that_was_replaced_does_not_answer_for_another_entry() -> None:
    one = leader()
    handle_message(one, "c", Command(7, 1, "write", "x", 5))
    other = Entry(Position(2, 2), "command", "d", (1, "write", "x", 9))
    told = effects(one, "n2", AppendEntries(2, Position(1, 1), (other,), 2))
    assert not any(isinstance(effect, Send) and effect.to in ("c", "d") for effect in told)
    assert one.values == {"x": 9}


# --- snapshots -----------------------------------------------------------------------------------


def test_the_log_is_cut_after_some_entries_and_who_is_behind_gets_the_state() -> None:
    one = leader(keep=2)
    committed(one, Command(7, 1, "write", "x", 5))
    state = Snapshot(Position(1, 2), ((("x", 5),), (("c", (1, None)),)))
    assert (one.log, one.snapshot) == (BinaryLog(Position(1, 2)), state)
    told = effects(one, "n3", Appended(1, False, Position()))
    assert told == [Send("n3", InstallSnapshot(1, state))]
    behind = store("n3")
    told = effects(behind, "n1", InstallSnapshot(1, state))
    assert told[-2:] == [Write(state), Send("n1", Appended(1, True, Position(1, 2)))]
    assert (behind.values, behind.sessions, behind.commit) == ({"x": 5}, {"c": (1, None)}, 2)


def test_a_snapshot_that_is_no_further_than_what_is_committed_is_not_taken() -> None:
    one = leader()
    committed(one, Command(7, 1, "write", "x", 5))
    take_effects(one)
    old = InstallSnapshot(2, Snapshot(Position(1, 1), ((), ())))
    told = effects(one, "n2", old)
    assert not any(
        isinstance(effect, Write) and isinstance(effect.record, Snapshot) for effect in told
    )
    assert one.values == {"x": 5}


def test_a_snapshot_keeps_the_entries_that_follow_it() -> None:
    one = store("n2")
    entries = tuple(Entry(Position(1, n), "command", "c", (n, "write", "x", n)) for n in (1, 2, 3))
    handle_message(one, "n1", AppendEntries(1, Position(), entries, 0))
    handle_message(
        one, "n1", InstallSnapshot(1, Snapshot(Position(1, 2), ((("x", 2),), (("c", (2, None)),))))
    )
    assert (one.log.base, one.log.last, one.values) == (Position(1, 2), Position(1, 3), {"x": 2})


def test_after_a_restart_state_and_sessions_come_from_the_snapshot() -> None:
    one = store()
    entry = Entry(Position(1, 2), "command", "c", (2, "write", "x", 6))
    one.on_start(
        [
            Entry(Position(1, 1), "begin"),
            Snapshot(Position(1, 1), ((("x", 5),), (("c", (1, None)),))),
            entry,
        ]
    )
    assert (one.values, one.commit, one.log.last) == ({"x": 5}, 1, Position(1, 2))


def test_a_snapshot_that_is_older_than_the_log_is_refused() -> None:
    new, old = (Snapshot(Position(1, index), ((), ())) for index in (5, 2))
    with pytest.raises(ValueError, match="snapshot at 1:2: the log begins after 1:5 already"):
        store().on_start([new, old])


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="keep=0"):
        store(keep=0)
    with pytest.raises(ValueError, match="servers is empty"):
        RaftClient("c", [])
    with pytest.raises(ValueError, match="f='pop': known are cas, read, write"):
        RaftClient("c", NAMES).on_invoke(Invocation(1, "pop", "x"))


# --- clients -------------------------------------------------------------------------------------


def test_a_client_asks_again_with_the_same_number_until_it_is_answered() -> None:
    client = RaftClient("c", NAMES)
    client.on_invoke(Invocation(3, "read", "x"))
    ask = Command(3, 1, "read", "x", None)
    assert take_effects(client)[1:] == [Send("n1", ask), SetTimer(Resend(3), 60, 60)]
    handle_timer(client, Resend(3))
    assert take_effects(client) == [Send("n2", ask), SetTimer(Resend(3), 60, 60)]
    assert effects(client, "n2", Redirect(3, "n3"))[0] == Send("n3", ask)
    done = effects(client, "n3", Reply(3, 5))[-1]
    assert (done.status, done.result) == ("ok", 5)  # type: ignore[attr-defined]
    handle_timer(client, GiveUp(3))
    assert take_effects(client) == []


def test_a_client_that_gives_up_does_not_know() -> None:
    client = RaftClient("c", NAMES)
    client.on_invoke(Invocation(3, "write", "x", 1))
    take_effects(client)
    handle_timer(client, GiveUp(3))
    assert take_effects(client)[-1].status == "unknown"  # type: ignore[union-attr]


# --- seeds ---------------------------------------------------------------------------------------

BUDGET = sim.Budget(horizon_ms=2_000, faults=9, longest_ms=700)


def run(
    seed: int, kind: type[SnapshotRaft] = RaftStore, keep: int = 9, drift: bool = True
) -> sim.World:
    """Three clients on two registers under the seed's plan, over links that lose and repeat; at 2 s all recovers."""
    servers: list[Node] = [*cluster(kind, NAMES, heartbeat_ms=30, election_ms=100, keep=keep)]
    clients = [RaftClient(name, NAMES) for name in CLIENTS]
    plan = sim.random_plan(seed, NAMES, BUDGET)
    bad = sim.Link(sim.Uniform(1, 9), loss=0.05, duplicate=0.05)
    world = sim.World([*servers, *clients], seed, sim.Network(sim.Uniform(2, 12), client=bad), plan)
    for place, name in enumerate(CLIENTS):
        world.submit(name, list(work(place)), start_ms=200, think_ms=12)
    world.run(until_ms=2_000).apply(sim.Recover(*NAMES))
    return world.run(until_ms=4_500)


def work(place: int) -> Any:
    """Writes, compare-and-sets and reads of two registers with three values."""
    for turn in range(40):
        kind, key = (turn + place) % 3, "xy"[turn // 2 % 2]
        if kind == 0:
            yield "write", key, (turn * 7 + place) % 3
        elif kind == 1:
            yield "cas", key, (turn % 3, (turn + 1 + place % 2) % 3)
        else:
            yield "read", key


def complaint(world: sim.World) -> str | None:
    if checkers.linearizable(world.history, checkers.CasRegister()).ok is not True:
        return "not linearizable"
    states = {repr(world.nodes[name].kept()) for name in NAMES}  # type: ignore[attr-defined]
    if len(states) > 1:
        return "the nodes differ in the end"
    return None if not world.history.pending else "a client waits for ever"


def test_seeds_find_nothing() -> None:
    assert Counter(complaint(run(seed)) for seed in SEEDS) == {None: len(SEEDS)}


class CarriesOutTwice(RaftStore):
    """Knows no sessions."""

    def apply(self, entry: Entry) -> None:
        self.sessions.pop(entry.key, None)
        super().apply(entry)

    def on_command(self, sender: str, command: Command) -> None:
        self.sessions.pop(sender, None)
        super().on_command(sender, command)


class AnswersAtOnce(RaftStore):
    """Answers a write when it is in the leader's own log."""

    def take(self, sender: str, command: Command) -> None:
        super().take(sender, command)
        if command.f == "write":
            self.reply(sender, command.op)


class ReadsAtOnce(RaftStore):
    """Whoever believes to lead answers reads from what it has."""

    def on_command(self, sender: str, command: Command) -> None:
        if command.f == "read" and self.role == "leader":
            self.reply(sender, command.op, self.values.get(command.key))
        else:
            super().on_command(sender, command)


class AnswersForOthers(RaftStore):
    """Takes any entry at the index for the one that it has appended."""

    def apply(self, entry: Entry) -> None:
        client, op, _ = self.waiting.get(entry.position.lsn, ("", 0, 0))
        if op:
            self.waiting[entry.position.lsn] = client, op, entry.position.epoch
        super().apply(entry)


@pytest.mark.parametrize("mutant", [CarriesOutTwice, AnswersAtOnce, ReadsAtOnce, AnswersForOthers])
def test_seeds_refute_mutants(mutant: type[RaftStore]) -> None:
    wrong = next((seed for seed in range(1_000) if complaint(run(seed, mutant))), None)
    print(mutant.__name__, wrong)
    assert wrong is not None


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:60]:
        world = run(seed)
        got = [event.what for event in world.trace.kinds("deliver")]
        seen["snapshots"] += any(isinstance(message, InstallSnapshot) for message in got)
        seen["redirects"] += any(isinstance(message, Redirect) for message in got)
        asked = Counter(m.op for m in got if isinstance(m, Command))
        seen["asked again"] += max(asked.values()) > 1
        seen["several terms"] += max(world.nodes[name].term for name in NAMES) > 1  # type: ignore[attr-defined]
        seen["a cas done"] += any(op.f == "cas" and op.result is True for op in world.history)
    assert len(seen) == 5
    assert min(seen.values()) > 0, seen


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
