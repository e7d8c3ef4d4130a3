"""A key-value store over Raft: each command takes effect once, however often its client has to ask.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, sections 6.1 to 6.3
               (finding the leader; sessions for exactly-once effects).
Assumes:       as `raft`. A client has one operation at a time.
Promises:      `checkers.linearizable`, reads included: they go through the log as well.
Not promised:  that a client is answered while no majority is up. That the sessions of clients which are gone are ever
               forgotten.
Departs:       clients name themselves, and are not registered.
Size:          2 messages to and from the client, and 2 (n - 1) for the entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.binary_log import Entry
from dscourse.node import Client, Invocation, Message, Reply, Timer
from dscourse.protocols.raft_snapshots import SnapshotRaft

__all__ = ["Command", "GiveUp", "RaftClient", "RaftStore", "Redirect", "Resend"]

promises = ("linearizable",)
OPERATIONS = ("cas", "read", "write")


@dataclass(frozen=True, slots=True)
class Command(Message):
    """Client operation ``op``, the client's ``serial``-th: "read", "write" or "cas" (value: from what, to what)."""

    op: int
    serial: int
    f: str
    key: Any = None
    value: Any = None


@dataclass(frozen=True, slots=True)
class Redirect(Message):
    """Operation ``op`` is not taken here; the leader, as far as is known, is ``leader``."""

    op: int
    leader: str


@dataclass(frozen=True, slots=True)
class Resend(Timer):
    """No answer yet: ask somebody else."""

    op: int


@dataclass(frozen=True, slots=True)
class GiveUp(Timer):
    """The client waits no longer."""

    op: int


class RaftStore(SnapshotRaft):
    """Registers by key, and for each client its last serial number with the answer."""

    def __init__(
        self, id: str, peers: Iterable[str] = (), heartbeat_ms: float = 50.0, election_ms: float = 150.0,
        keep: int = 100,
    ) -> None:  # fmt: skip
        super().__init__(id, peers, heartbeat_ms, election_ms, keep)
        self.values: dict[Any, Any] = {}
        self.sessions: dict[str, tuple[int, Any]] = {}
        self.waiting: dict[int, tuple[str, int, int]] = {}  # by index: client, operation, term

    def kept(self) -> Any:
        by_text = sorted(self.values.items(), key=lambda pair: repr(pair[0]))
        return tuple(by_text), tuple(sorted(self.sessions.items()))

    def restore(self, state: Any) -> None:
        values, sessions = state
        self.values, self.sessions = dict(values), dict(sessions)

    def on_command(self, sender: str, command: Command) -> None:
        serial, answer = self.sessions.get(sender, (0, None))
        if self.role != "leader":
            self.send(sender, Redirect(command.op, self.leader))
        elif command.serial == serial:
            self.reply(sender, command.op, answer)
        elif command.serial > serial:
            self.take(sender, command)

    def take(self, sender: str, command: Command) -> None:
        """Put a command into the log; its client is answered when it is carried out."""
        what = (command.serial, command.f, command.key, command.value)
        self.waiting[self.log.last.lsn + 1] = sender, command.op, self.term
        self.append("command", sender, what)
        self.replicate()

    def apply(self, entry: Entry) -> None:
        client, op, term = self.waiting.pop(entry.position.lsn, ("", 0, 0))
        if entry.f != "command":
            return
        serial, f, key, value = entry.value
        if serial > self.sessions.get(entry.key, (0, None))[0]:
            self.sessions[entry.key] = serial, self.carry_out(f, key, value)
        if term == entry.position.epoch:
            self.reply(client, op, self.sessions[entry.key][1])

    def carry_out(self, f: str, key: Any, value: Any) -> Any:
        """What an operation does to the registers, and its answer: a value, or for "cas" whether it was done."""
        if f == "read":
            return self.values.get(key)
        if f == "cas":
            done = self.values.get(key) == value[0]
            value = value[1] if done else self.values.get(key)
        self.values[key] = value
        return done if f == "cas" else None


class RaftClient(Client):
    """Asks one node after the other until it is answered, with the same serial number, at most ``patience_ms``."""

    def __init__(
        self, id: str, servers: Sequence[str], resend_ms: float = 60.0, patience_ms: float = 1_000.0
    ) -> None:
        super().__init__(id)
        if not servers:
            raise ValueError("servers is empty: a client needs at least 1 node to ask")
        self.servers, self.resend_ms, self.patience_ms = tuple(servers), resend_ms, patience_ms
        self.server, self.serial = servers[0], 0
        self.command: Command | None = None

    def on_invoke(self, op: Invocation) -> None:
        if op.f not in OPERATIONS:
            raise ValueError(f"f={op.f!r}: known are {', '.join(OPERATIONS)}")
        self.serial += 1
        self.command = Command(op.id, self.serial, op.f, op.key, op.value)
        self.set_timer(GiveUp(op.id), self.patience_ms)
        self._ask()

    def _ask(self) -> None:
        if self.command is not None:
            self.send(self.server, self.command)
            self.set_timer(Resend(self.command.op), self.resend_ms)

    def on_redirect(self, sender: str, redirect: Redirect) -> None:
        """Go to the leader at once; without one, wait for the next turn."""
        if self._waits_for(redirect.op) and sender == self.server:
            if redirect.leader:
                self.server = redirect.leader
                self._ask()
            else:
                self._turn()

    def on_resend(self, timer: Resend) -> None:
        if self._waits_for(timer.op):
            self._turn()
            self._ask()

    def _turn(self) -> None:
        place = self.servers.index(self.server) + 1 if self.server in self.servers else 0
        self.server = self.servers[place % len(self.servers)]

    def on_reply(self, sender: str, reply: Reply) -> None:
        if self._waits_for(reply.op):
            self._end(reply.op)
            self.complete(reply.op, reply.result)

    def on_give_up(self, timer: GiveUp) -> None:
        if self._waits_for(timer.op):
            self._end(timer.op)
            self.unknown(timer.op, "no answer")

    def _waits_for(self, op: int) -> bool:
        return self.command is not None and self.command.op == op

    def _end(self, op: int) -> None:
        self.command = None
        self.cancel_timer(Resend(op))
        self.cancel_timer(GiveUp(op))
