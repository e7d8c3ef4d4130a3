"""Paxos for a single decision: at most one value is chosen, however many nodes propose.

Source:        Lamport, "Paxos made simple", ACM SIGACT News 32(4), 2001, section 2.
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered; no synchrony.
               Restarts: any node, with its log.
Promises:      `agreement`, `learned_is_chosen` and `validity` of `paxos_properties` always (section 2.1).
               A proposer never uses a ballot twice, even if it restarts: the ballot is on disk before it is sent.
Not promised:  that a value is ever chosen: two proposers can outbid each other for ever. A random wait ends that, or
               a distinguished proposer (a leader). That every node learns the value: it is announced once, and a node
               that was down or cut off, and proposes nothing itself, never hears of it.
Departs:       every node is proposer, acceptor and learner. The proposer is the distinguished learner: acceptors
               reply to it alone, and it informs the others. An acceptor refuses by silence, so a proposer notices
               only by its time-out that its ballot is too low, and raises it by one round per time-out.
               `dscourse.protocols.paxos_nacks` sends refusals, and promises when nodes learn.
Size:          without a rival, 5 (n - 1) messages, and 3 writes to disk per node, the last of which delays nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Node, Timer

__all__ = [
    "Accept", "Accepted", "Ballot", "Chosen", "Paxos", "Prepare", "Promise", "Promised", "ProposalDue",
]  # fmt: skip


@dataclass(frozen=True, slots=True, order=True, repr=False)
class Ballot:
    """The number of a proposal: a round and the proposer's name, so that no two proposers share a number."""

    round: int = 0
    proposer: str = ""

    def __repr__(self) -> str:
        return f"{self.round}{self.proposer}"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Prepare(Message):
    """Asks an acceptor to promise this ballot, and for the proposal that it has accepted (phase 1a)."""

    ballot: Ballot

    def __str__(self) -> str:
        return f"prepare {self.ballot}"


@dataclass(frozen=True, slots=True)
class Promise(Message):
    """A promise to accept nothing below ``ballot``, and the proposal that the acceptor has accepted (phase 1b)."""

    ballot: Ballot
    accepted: Ballot
    value: Any

    def __str__(self) -> str:
        before = f" (accepted {self.value} in {self.accepted})" if self.accepted.round else ""
        return f"promise {self.ballot}{before}"


@dataclass(frozen=True, slots=True)
class Accept(Message):
    """Asks an acceptor to accept the value in this ballot (phase 2a)."""

    ballot: Ballot
    value: Any

    def __str__(self) -> str:
        return f"accept {self.value} in {self.ballot}"


@dataclass(frozen=True, slots=True)
class Accepted(Message):
    """The acceptor has accepted this value in this ballot (phase 2b); also a record of its log."""

    ballot: Ballot
    value: Any

    def __str__(self) -> str:
        return f"accepted {self.value} in {self.ballot}"


@dataclass(frozen=True, slots=True)
class Chosen(Message):
    """Announces that this value is chosen; also a record of a learner's log."""

    value: Any

    def __str__(self) -> str:
        return f"chosen: {self.value}"


@dataclass(frozen=True, slots=True)
class Promised:
    """A record: the acceptor has promised to accept nothing below this ballot."""

    ballot: Ballot

    def __str__(self) -> str:
        return f"promised {self.ballot}"


@dataclass(frozen=True, slots=True)
class ProposalDue(Timer):
    """Time to propose, again if the last ballot has failed."""


class Paxos(Node):
    """A node that proposes ``own_value``, unless it is None, every ``wait_ms`` until it learns the chosen value."""

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        own_value: Any = None,
        wait_ms: float | tuple[float, float] = (20.0, 60.0),
    ) -> None:
        super().__init__(id, peers)
        self.own_value, self.wait_ms = own_value, wait_ms
        self.promised, self.accepted = Ballot(), Ballot()  # as an acceptor
        self.accepted_value: Any = None
        self.ballot = Ballot()  # as a proposer
        self.promises: dict[str, Promise] = {}
        self.proposed: Any = None
        self.accepted_by: frozenset[str] = frozenset()
        self.chosen: Any = None  # as a learner

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Promised):
                self.promised = record.ballot
            elif isinstance(record, Accepted):
                self.promised = self.accepted = record.ballot
                self.accepted_value = record.value
            elif isinstance(record, Chosen):
                self.chosen = record.value
        if self.own_value is not None and self.chosen is None:
            self.set_timer(ProposalDue(), self.wait_ms)

    def is_majority(self, names: Iterable[str]) -> bool:
        """Return True if these are more than half of the nodes."""
        return 2 * len(frozenset(names)) > len(self.peers) + 1

    # --- proposer --------------------------------------------------------------------------------

    def on_proposal_due(self, timer: ProposalDue) -> None:
        """Begin phase 1 with a new ballot."""
        if self.chosen is not None:
            return
        self.ballot = self.next_ballot()
        self.promises, self.proposed, self.accepted_by = {}, None, frozenset()
        self.set_timer(timer, self.wait_ms)
        promise = self._promise(self.ballot)  # durable before it is sent: never used twice
        self.broadcast(Prepare(self.ballot))
        self.on_promise(self.id, promise)

    def next_ballot(self) -> Ballot:
        """Return a ballot above all that this node has seen."""
        return Ballot(max(self.promised, self.ballot).round + 1, self.id)

    def on_promise(self, sender: str, promise: Promise) -> None:
        """Begin phase 2 once a majority has promised."""
        if promise.ballot != self.ballot or self.proposed is not None:
            return
        self.promises[sender] = promise
        if self.is_majority(self.promises):
            self.proposed = self.value_to_propose()
            self.broadcast(Accept(self.ballot, self.proposed))
            if self.ballot >= self.promised:
                self.on_accepted(self.id, self._accept(self.ballot, self.proposed))

    def value_to_propose(self) -> Any:
        """Return the value of the highest proposal that a majority reports; the proposer's own if there is none."""
        highest = max(self.promises.values(), key=lambda promise: promise.accepted)
        return self.own_value if highest.accepted == Ballot() else highest.value

    def on_accepted(self, sender: str, accepted: Accepted) -> None:
        if accepted.ballot == self.ballot and self.chosen is None:
            self.accepted_by |= {sender}
            if self.is_majority(self.accepted_by):
                self.learn(accepted.value)
                self.broadcast(Chosen(accepted.value))

    # --- acceptor --------------------------------------------------------------------------------

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        if prepare.ballot >= self.promised:
            self.send(sender, self._promise(prepare.ballot))

    def _promise(self, ballot: Ballot) -> Promise:
        if ballot > self.promised:
            self.promised = ballot
            self.write(Promised(ballot))
        return Promise(ballot, self.accepted, self.accepted_value)

    def on_accept(self, sender: str, accept: Accept) -> None:
        if accept.ballot >= self.promised:
            self.send(sender, self._accept(accept.ballot, accept.value))

    def _accept(self, ballot: Ballot, value: Any) -> Accepted:
        self.promised = self.accepted = ballot
        self.accepted_value = value
        self.write(Accepted(ballot, value))
        return Accepted(ballot, value)

    # --- learner ---------------------------------------------------------------------------------

    def on_chosen(self, sender: str, chosen: Chosen) -> None:
        self.learn(chosen.value)

    def learn(self, value: Any) -> None:
        """Remember the chosen value, durably, and stop proposing."""
        if self.chosen is None:
            self.chosen = value
            self.write(Chosen(value))
            self.cancel_timer(ProposalDue())
