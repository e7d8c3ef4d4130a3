"""A register of single-decree Paxos servers, as model checkers are compared on: each client writes once, then reads.

Source:        Lamport, "Paxos Made Simple", 2001, section 2.2, behind the register interface of the Paxos example of
               the model checker Stateright (2 clients and 3 servers: 16,668 states).
Departs:       as that example does. Servers use no timers and no durable log, and do not crash; a server proposes
               once, for the first write that reaches it; a read that reaches it before a decision is not answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dscourse.node import Client, Invocation, Message, Node, Reply

__all__ = [
    "Accept",
    "Accepted",
    "Ballot",
    "Decided",
    "Prepare",
    "Prepared",
    "Proposal",
    "RegisterClient",
    "Server",
]

Ballot = tuple[int, str]
Proposal = tuple[int, str, str]  # operation, client, value
Vote = tuple[Ballot, Proposal] | None


@dataclass(frozen=True, slots=True)
class Put(Message):
    op: int
    value: str


@dataclass(frozen=True, slots=True)
class Get(Message):
    op: int


@dataclass(frozen=True, slots=True)
class Prepare(Message):
    ballot: Ballot


@dataclass(frozen=True, slots=True)
class Prepared(Message):
    """A promise, with the last vote."""

    ballot: Ballot
    vote: Vote


@dataclass(frozen=True, slots=True)
class Accept(Message):
    ballot: Ballot
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Accepted(Message):
    ballot: Ballot


@dataclass(frozen=True, slots=True)
class Decided(Message):
    ballot: Ballot
    proposal: Proposal


class Server(Node):
    """Proposer, acceptor and learner in one."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.majority = (len(self.peers) + 1) // 2 + 1
        self.ballot: Ballot = (0, "")
        self.proposal: Proposal | None = None
        self.promises: dict[str, Vote] = {}
        self.accepts: set[str] = set()
        self.vote: Vote = None
        self.decided = False

    def on_put(self, sender: str, put: Put) -> None:
        if self.decided or self.proposal:
            return
        self.proposal = (put.op, sender, put.value)
        self.ballot = (self.ballot[0] + 1, self.id)
        self.promises, self.accepts = {self.id: self.vote}, set()
        self.broadcast(Prepare(self.ballot))

    def on_get(self, sender: str, get: Get) -> None:
        if self.decided and self.vote:
            self.reply(sender, get.op, self.vote[1][2])

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        if not self.decided and self.ballot < prepare.ballot:
            self.ballot = prepare.ballot
            self.send(sender, Prepared(prepare.ballot, self.vote))

    def on_prepared(self, sender: str, prepared: Prepared) -> None:
        if self.decided or prepared.ballot != self.ballot:
            return
        self.promises = dict(sorted({**self.promises, sender: prepared.vote}.items()))
        if len(self.promises) == self.majority:
            self.propose()

    def propose(self) -> None:
        """Ask all to accept the newest proposal that a majority has voted for; one's own if there is none."""
        votes = [vote for vote in self.promises.values() if vote]
        proposal = max(votes)[1] if votes else self.proposal
        assert proposal is not None
        self.proposal, self.vote = proposal, (self.ballot, proposal)
        self.accepts.add(self.id)
        self.broadcast(Accept(self.ballot, proposal))

    def on_accept(self, sender: str, accept: Accept) -> None:
        if not self.decided and self.ballot <= accept.ballot:
            self.ballot, self.vote = accept.ballot, (accept.ballot, accept.proposal)
            self.send(sender, Accepted(accept.ballot))

    def on_accepted(self, sender: str, accepted: Accepted) -> None:
        if self.decided or accepted.ballot != self.ballot or self.proposal is None:
            return
        self.accepts.add(sender)
        if len(self.accepts) == self.majority:
            self.decided = True
            self.broadcast(Decided(self.ballot, self.proposal))
            op, client, _ = self.proposal
            self.reply(client, op)

    def on_decided(self, sender: str, decided: Decided) -> None:
        if not self.decided:
            self.ballot, self.vote = decided.ballot, (decided.ballot, decided.proposal)
            self.decided = True


class RegisterClient(Client):
    """Sends its first operation to one server, the next one to the server after it."""

    def __init__(self, id: str, servers: Iterable[str], first: int) -> None:
        super().__init__(id)
        self.servers, self.next = tuple(servers), first

    def on_invoke(self, op: Invocation) -> None:
        server = self.servers[self.next % len(self.servers)]
        self.next += 1
        self.send(server, Put(op.id, op.value) if op.f == "write" else Get(op.id))

    def on_reply(self, sender: str, reply: Reply) -> None:
        self.complete(reply.op, reply.result)
