"""A key-value store over Raft: each command takes effect once, however often its client has to ask.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, sections 6.1 to 6.3
               (finding the leader; sessions for exactly-once effects) and figure 6.1.
Assumes:       as `raft`. A client has one operation at a time. It remembers nothing over a restart: it registers
               again, and what it was doing is unknown.
Promises:      `checkers.linearizable`, reads included: they go through the log as well.
Not promised:  that a client is answered while no majority is up, nor whether a command of an expired session was
               carried out.
Departs:       the least recently used session expires when there are more than ``sessions_kept``; a client may
               register twice if the answer is lost, and one session is never used.
Size:          2 messages to and from the client, and 2 (n - 1) for the entry; as many to register.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Client, Invocation, Message, Reply, Timer
from dscourse.protocols.raft_snapshots import SnapshotRaft
from dscourse.replication.log import Entry

__all__ = [
    "Command", "Expired", "GiveUp", "RaftClient", "RaftStore", "Redirect", "Register", "Registered", "Resend",
]  # fmt: skip

promises = ("linearizable",)
OPERATIONS = ("cas", "read", "write")


@dataclass(frozen=True, slots=True)
class Register(Message):
    """Open a session for me; I am about to begin operation ``op``."""

    op: int


@dataclass(frozen=True, slots=True)
class Registered(Message):
    """Your session, for which you asked before operation ``op``."""

    op: int
    session: int


@dataclass(frozen=True, slots=True)
class Command(Message):
    """Client operation ``op``, the session's ``serial``-th: "read", "write" or "cas" (value: from what, to what)."""

    op: int
    session: int
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
class Expired(Message):
    """The session of operation ``op`` is forgotten: whether the operation was carried out is not known here."""

    op: int


@dataclass(frozen=True, slots=True)
class Resend(Timer):
    """No answer yet: ask another node."""

    op: int


@dataclass(frozen=True, slots=True)
class GiveUp(Timer):
    """The client waits no longer."""

    op: int


class RaftStore(SnapshotRaft):
    """Registers by key; and by session, the least recently used first, its last serial number with the answer."""

    def __init__(
        self, id: str, peers: Iterable[str] = (), sessions_kept: int = 1_000, **settings: Any
    ) -> None:
        super().__init__(id, peers, **settings)
        if sessions_kept < 1:
            raise ValueError(f"sessions_kept={sessions_kept}: at least 1 session is kept")
        self.sessions_kept = sessions_kept
        self.values: dict[Any, Any] = {}
        self.sessions: dict[int, tuple[int, Any]] = {}
        self.waiting: dict[int, tuple[str, int]] = {}  # by index, as the leader: client, operation

    def kept(self) -> Any:
        by_text = sorted(self.values.items(), key=lambda pair: repr(pair[0]))
        return tuple(by_text), tuple(self.sessions.items())

    def restore(self, state: Any) -> None:
        values, sessions = state
        self.values, self.sessions = dict(values), dict(sessions)

    # --- requests --------------------------------------------------------------------------------

    def on_register(self, sender: str, register: Register) -> None:
        if self.accepts:
            self.put(sender, register.op, "register")
        else:
            self.redirect(sender, register.op)

    def on_command(self, sender: str, command: Command) -> None:
        serial, answer = self.sessions.get(command.session, (0, None))
        if not self.accepts:
            self.redirect(sender, command.op)
        elif command.serial == serial:
            self.reply(sender, command.op, answer)
        elif command.serial > serial:  # a lower one comes late: nobody waits for its answer
            self.take(sender, command)

    def redirect(self, client: str, op: int) -> None:
        """Refuse an operation, and name the leader if it is another node."""
        self.send(client, Redirect(op, self.leader if self.leader != self.id else ""))

    def take(self, sender: str, command: Command) -> None:
        """Put a command into the log."""
        what = (command.serial, command.f, command.key, command.value)
        self.put(sender, command.op, "command", command.session, what)

    def put(self, client: str, op: int, f: str, key: Any = None, value: Any = None) -> None:
        """Append an entry; the client is answered when it is applied."""
        self.waiting[self.log.last.lsn + 1] = client, op
        self.append(f, key, value)
        self.replicate()

    def step_down(self) -> None:
        """Send those who wait for an answer elsewhere: it is not known here what becomes of their commands."""
        super().step_down()
        for client, op in self.waiting.values():
            self.redirect(client, op)
        self.waiting = {}

    # --- the state machine -----------------------------------------------------------------------

    def apply(self, entry: Entry) -> None:
        answer = self.carry_out(entry)
        client, op = self.waiting.pop(entry.position.lsn, ("", 0))
        if not client:
            return
        if answer is None:
            self.send(client, Expired(op))
        elif entry.f == "register":
            self.send(client, Registered(op, entry.position.lsn))
        elif entry.value[0] == answer[0]:
            self.reply(client, op, answer[1])

    def carry_out(self, entry: Entry) -> tuple[int, Any] | None:
        """Apply an entry to sessions and registers: the session's last serial number and answer; None without one."""
        session = entry.position.lsn if entry.f == "register" else entry.key
        known = (0, None) if entry.f == "register" else self.sessions.pop(session, None)
        if known is None or entry.f not in ("register", "command"):
            return None
        if entry.f == "command" and entry.value[0] > known[0]:
            serial, f, key, value = entry.value
            known = serial, self.operate(f, key, value)
        self.sessions[session] = known  # at the end: it is the most recently used
        while len(self.sessions) > self.sessions_kept:
            del self.sessions[next(iter(self.sessions))]
        return known

    def operate(self, f: str, key: Any, value: Any) -> Any:
        """Carry out an operation on the registers. Return a value, or for "cas" whether it succeeded."""
        if f == "read":
            return self.values.get(key)
        if f == "cas":
            done = self.values.get(key) == value[0]
            value = value[1] if done else self.values.get(key)
        self.values[key] = value
        return done if f == "cas" else None


class RaftClient(Client):
    """Asks one node after the other until it is answered, with the same serial number, at most ``patience_ms``.

    Its session is registered before its first operation, and again after a restart or when it has expired.
    """

    def __init__(
        self, id: str, servers: Sequence[str], resend_ms: float = 60.0, patience_ms: float = 1_000.0
    ) -> None:
        super().__init__(id)
        if not servers:
            raise ValueError("servers is empty: a client needs at least 1 node to ask")
        self.servers, self.resend_ms, self.patience_ms = tuple(servers), resend_ms, patience_ms
        self.server = servers[0]
        self.session, self.serial = 0, 0
        self.doing: Invocation | None = None

    def on_invoke(self, op: Invocation) -> None:
        if op.f not in OPERATIONS:
            raise ValueError(f"f={op.f!r}: known are {', '.join(OPERATIONS)}")
        self.serial += 1
        self.doing = op
        self.set_timer(GiveUp(op.id), self.patience_ms)
        self._ask()

    def _ask(self) -> None:
        if self.doing is not None:
            self.send(self.server, self._request(self.doing))
            self.set_timer(Resend(self.doing.id), self.resend_ms)

    def _request(self, op: Invocation) -> Message:
        if not self.session:
            return Register(op.id)
        return Command(op.id, self.session, self.serial, op.f, op.key, op.value)

    def on_registered(self, sender: str, registered: Registered) -> None:
        """Only the answer to a question of this operation counts: an older session may have been in use before."""
        if self._waits_for(registered.op) and not self.session:
            self.session, self.serial, self.server = registered.session, 1, sender
            self._ask()

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

    def on_expired(self, sender: str, expired: Expired) -> None:
        if self._waits_for(expired.op):
            self._end(expired.op)
            self.session = 0
            self.unknown(expired.op, "session expired")

    def on_give_up(self, timer: GiveUp) -> None:
        """Without a session the operation was never asked for."""
        if self._waits_for(timer.op):
            self._end(timer.op)
            end = self.unknown if self.session else self.fail
            end(timer.op, "no answer")

    def _waits_for(self, op: int) -> bool:
        return self.doing is not None and self.doing.id == op

    def _end(self, op: int) -> None:
        self.doing = None
        self.cancel_timer(Resend(op))
        self.cancel_timer(GiveUp(op))
