"""A key-value store over Raft: each command takes effect once, however often its client sends it.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, sections 6.1 to 6.3
               (finding the leader; sessions for exactly-once effects) and figure 6.1.
Assumes:       as `raft`. A client has one operation at a time. Restarts: a client remembers nothing; it registers
               again, and the outcome of its last operation is unknown.
Promises:      `checkers.linearizable`, reads included: they go through the log as well.
Not promised:  an answer to a client while no majority is up; the outcome of a command whose session has expired.
Departs:       the least recently used session expires when there are more than ``sessions_kept``. A client whose
               registration is answered late may register twice; one of the sessions is never used.
Size:          2 messages between client and leader per command, and 2 (n - 1) for its entry; the same to register.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.protocols.raft_client import (
    ClientRequest,
    NotLeader,
    RegisterClient,
    RegisterClientReply,
    SessionExpired,
)
from dscourse.protocols.raft_snapshots import SnapshotRaft
from dscourse.replication.raft_log import Entry

__all__ = ["Command", "RaftStore"]

promises = ("linearizable",)


@dataclass(frozen=True, slots=True)
class Command:
    """A command in the log, with its number in the client's session.

    >>> print(Command(1, "write", "x", 5), Command(2, "cas", "x", (5, 6)), Command(3, "read", "x"), sep="; ")
    x=5; x: 5 to 6; read x
    """

    sequence_num: int
    f: str
    key: Any = None
    value: Any = None

    def __str__(self) -> str:
        if self.f == "write":
            return f"{self.key}={self.value}"
        if self.f == "cas":
            return f"{self.key}: {self.value[0]} to {self.value[1]}"
        return f"{self.f} {self.key}"


class RaftStore(SnapshotRaft):
    """A server of the store: registers by key, and each session's last sequence number with its response.

    Sessions are in the order of their last use. ValueError if ``sessions_kept`` is below 1.
    """

    def __init__(
        self, id: str, peers: Iterable[str] = (), sessions_kept: int = 1_000, **settings: Any
    ) -> None:
        super().__init__(id, peers, **settings)
        if sessions_kept < 1:
            raise ValueError(f"sessions_kept={sessions_kept}: at least 1 session must be kept")
        self.sessions_kept = sessions_kept
        self.values: dict[Any, Any] = {}
        self.sessions: dict[int, tuple[int, Any]] = {}
        self.waiting: dict[int, tuple[str, int]] = {}  # as the leader, by index: client, operation

    def machine_state(self) -> Any:
        by_text = sorted(self.values.items(), key=lambda pair: repr(pair[0]))
        return tuple(by_text), tuple(self.sessions.items())

    def restore(self, state: Any) -> None:
        values, sessions = state
        self.values, self.sessions = dict(values), dict(sessions)

    # --- requests --------------------------------------------------------------------------------

    def on_register_client(self, sender: str, request: RegisterClient) -> None:
        if self.accepts_requests:
            self.append_for(sender, request.op, "register")
        else:
            self.refuse(sender, request.op)

    def on_client_request(self, sender: str, request: ClientRequest) -> None:
        """Execute a new command; answer a repeated one from the session."""
        last, response = self.sessions.get(request.session, (0, None))
        if not self.accepts_requests:
            self.refuse(sender, request.op)
        elif request.sequence_num == last:
            self.reply(sender, request.op, response)
        elif request.sequence_num > last:  # a lower one is late: its client no longer waits
            self.execute(sender, request)

    def refuse(self, client: str, op: int) -> None:
        """Refuse an operation, and name the leader if it is another node."""
        self.send(client, NotLeader(op, self.leader if self.leader != self.id else ""))

    def execute(self, sender: str, request: ClientRequest) -> None:
        """Append a command to the log, and so execute it once it is committed."""
        command = Command(request.sequence_num, request.f, request.key, request.value)
        self.append_for(sender, request.op, "command", request.session, command)

    def append_for(self, client: str, op: int, f: str, key: Any = None, value: Any = None) -> None:
        """Append an entry, and answer the client when it is applied."""
        self.waiting[self.log.last_index + 1] = client, op
        self.append(f, key, value)
        self.replicate()

    def step_down(self) -> None:
        """Refer waiting clients to another node: the fate of their commands is not known here."""
        super().step_down()
        for client, op in self.waiting.values():
            self.refuse(client, op)
        self.waiting = {}

    # --- the state machine -----------------------------------------------------------------------

    def apply(self, entry: Entry) -> None:
        session = self.apply_to_session(entry)
        client, op = self.waiting.pop(entry.index, ("", 0))
        if not client:
            return
        if session is None:
            self.send(client, SessionExpired(op))
        elif entry.f == "register":
            self.send(client, RegisterClientReply(op, entry.index))
        elif entry.value.sequence_num == session[0]:
            self.reply(client, op, session[1])

    def apply_to_session(self, entry: Entry) -> tuple[int, Any] | None:
        """Apply an entry. Return its session's last sequence number and response; None without a session."""
        number = entry.index if entry.f == "register" else entry.key
        session = (0, None) if entry.f == "register" else self.sessions.pop(number, None)
        if session is None or entry.f not in ("register", "command"):
            return None
        if entry.f == "command" and entry.value.sequence_num > session[0]:
            session = entry.value.sequence_num, self.apply_command(entry.value)
        self.sessions[number] = session  # at the end: it is the most recently used
        while len(self.sessions) > self.sessions_kept:
            del self.sessions[next(iter(self.sessions))]
        return session

    def apply_command(self, command: Command) -> Any:
        """Apply a command to the registers. Return the value read, or whether a "cas" succeeded."""
        value = self.values.get(command.key)
        if command.f == "read":
            return value
        if command.f == "write":
            self.values[command.key] = command.value
            return None
        expected, new = command.value
        self.values[command.key] = new if value == expected else value
        return value == expected
