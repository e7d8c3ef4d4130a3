"""Paxos for one decision: whoever proposes may be several, and still one value at most is chosen.

Source:        Lamport, "Paxos made simple", ACM SIGACT News 32(4), 2001, section 2.
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered; no synchrony.
Promises:      `agreement`, `learned_is_chosen` and `validity` always (section 2.1, the safety requirements).
               A proposer never uses a ballot twice, even if it restarts: the ballot is on disk before it is sent.
Not promised:  that a value is ever chosen: two proposers can outbid each other for ever. What ends that is a random
               wait, or one proposer alone (a leader). That every node learns it: the decision is announced once, and
               a node that was down or cut off, and has no wish of its own, never hears of it.
Departs:       every node is proposer, acceptor and learner; acceptors tell the proposer alone, who tells the others.
               An acceptor refuses by silence, so a proposer whose ballot is too low finds out by its time-out only,
               and raises the ballot by one round per time-out. `dscourse.protocols.paxos_nacks` sends refusals, and
               promises when nodes learn.
Size:          5 (n - 1) messages and 3 writes to disk a node without a rival; nobody has to wait for the last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Message, Node, Timer

__all__ = [
    "Accept", "Accepted", "Ballot", "Chosen", "Paxos", "Prepare", "Promise", "Promised", "Propose", "agreement",
    "chosen", "learned", "learned_is_chosen", "validity",
]  # fmt: skip


@dataclass(frozen=True, slots=True, order=True, repr=False)
class Ballot:
    """A proposal's number: a round and the proposer, so that no two proposers share one."""

    round: int = 0
    proposer: str = ""

    def __repr__(self) -> str:
        return f"{self.round}{self.proposer}"


@dataclass(frozen=True, slots=True)
class Prepare(Message):
    """Accept nothing below this ballot any more, and tell me what you have accepted (phase 1a)."""

    ballot: Ballot


@dataclass(frozen=True, slots=True)
class Promise(Message):
    """I accept nothing below this ballot; what I have accepted, and in which one (phase 1b)."""

    ballot: Ballot
    accepted: Ballot
    value: Any


@dataclass(frozen=True, slots=True)
class Accept(Message):
    """Accept this value in this ballot (phase 2a)."""

    ballot: Ballot
    value: Any


@dataclass(frozen=True, slots=True)
class Accepted(Message):
    """I have accepted what you asked for in this ballot (phase 2b); also a record, with the value."""

    ballot: Ballot
    value: Any


@dataclass(frozen=True, slots=True)
class Chosen(Message):
    """This value is chosen; also a record."""

    value: Any


@dataclass(frozen=True, slots=True)
class Promised:
    """A record: nothing below this ballot is accepted any more."""

    ballot: Ballot


@dataclass(frozen=True, slots=True)
class Propose(Timer):
    """Time to propose, again if the last ballot has come to nothing."""


class Paxos(Node):
    """Proposes ``wish``, if it has one, after ``wait_ms``, and again after as long until a value is chosen."""

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        wish: Any = None,
        wait_ms: float | tuple[float, float] = (20.0, 60.0),
    ) -> None:
        super().__init__(id, peers)
        self.wish, self.wait_ms = wish, wait_ms
        self.promised, self.accepted = Ballot(), Ballot()  # as an acceptor
        self.value: Any = None
        self.ballot = Ballot()  # as a proposer
        self.promises: dict[str, Promise] = {}
        self.accepts: frozenset[str] = frozenset()
        self.proposed: Any = None
        self.chosen: Any = None  # as a learner

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Promised):
                self.promised = record.ballot
            elif isinstance(record, Accepted):
                self.promised = self.accepted = record.ballot
                self.value = record.value
            elif isinstance(record, Chosen):
                self.chosen = record.value
        if self.wish is not None and self.chosen is None:
            self.set_timer(Propose(), self.wait_ms)

    def is_majority(self, names: Iterable[str]) -> bool:
        """True if these are more than half of the nodes."""
        return 2 * len(frozenset(names)) > len(self.peers) + 1

    # --- proposer --------------------------------------------------------------------------------

    def on_propose(self, timer: Propose) -> None:
        """Phase 1a, in a ballot above all that this node has seen."""
        if self.chosen is not None:
            return
        self.ballot = self.next_ballot()
        self.promises, self.accepts, self.proposed = {}, frozenset(), None
        self.set_timer(timer, self.wait_ms)
        promise = self._promise(self.ballot)  # on disk before it is sent, so used in one life only
        self.broadcast(Prepare(self.ballot))
        self.on_promise(self.id, promise)

    def next_ballot(self) -> Ballot:
        """A ballot above all that this node has seen."""
        return Ballot(max(self.promised, self.ballot).round + 1, self.id)

    def on_promise(self, sender: str, promise: Promise) -> None:
        """Phase 2a: with a majority, ask for what was accepted in the highest ballot; for the wish if nothing was."""
        if promise.ballot != self.ballot or self.proposed is not None:
            return
        self.promises[sender] = promise
        if self.is_majority(self.promises):
            self.proposed = self.choose()
            self.broadcast(Accept(self.ballot, self.proposed))
            if self.ballot >= self.promised:
                self.on_accepted(self.id, self._accept(self.ballot, self.proposed))

    def choose(self) -> Any:
        """The value to propose, after a majority has promised."""
        highest = max(self.promises.values(), key=lambda one: one.accepted)
        return self.wish if highest.accepted == Ballot() else highest.value

    def on_accepted(self, sender: str, accepted: Accepted) -> None:
        if accepted.ballot == self.ballot and self.chosen is None:
            self.accepts |= {sender}
            if self.is_majority(self.accepts):
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
        return Promise(ballot, self.accepted, self.value)

    def on_accept(self, sender: str, accept: Accept) -> None:
        if accept.ballot >= self.promised:
            self.send(sender, self._accept(accept.ballot, accept.value))

    def _accept(self, ballot: Ballot, value: Any) -> Accepted:
        self.promised = self.accepted = ballot
        self.value = value
        self.write(Accepted(ballot, value))
        return Accepted(ballot, value)

    # --- learner ---------------------------------------------------------------------------------

    def on_chosen(self, sender: str, chosen: Chosen) -> None:
        self.learn(chosen.value)

    def learn(self, value: Any) -> None:
        """This value is chosen: nothing is left to propose."""
        if self.chosen is None:
            self.chosen = value
            self.write(Chosen(value))
            self.cancel_timer(Propose())


# --- properties, of the logs by node: what is written stays, so they speak of the whole run ------

Logs = Mapping[str, Sequence[object]]


def chosen(logs: Logs) -> dict[Any, str]:
    """The values that a majority of these nodes has accepted in one ballot, each with the nodes in words.

    >>> ballot = Ballot(1, "a")
    >>> chosen({"a": [Accepted(ballot, "x")], "b": [Accepted(ballot, "x")], "c": []})
    {'x': "'x' is accepted by a, b in ballot 1a"}
    """
    votes: dict[Accepted, list[str]] = {}
    for name, log in sorted(logs.items()):
        for record in dict.fromkeys(one for one in log if isinstance(one, Accepted)):
            votes.setdefault(record, []).append(name)
    return {
        vote.value: f"{vote.value!r} is accepted by {', '.join(names)} in ballot {vote.ballot}"
        for vote, names in votes.items()
        if 2 * len(names) > len(logs)
    }


def learned(logs: Logs) -> dict[Any, str]:
    """The values that nodes have learned, each with the nodes in words."""
    found: dict[Any, list[str]] = {}
    for name, log in sorted(logs.items()):
        for record in log:
            if isinstance(record, Chosen):
                found.setdefault(record.value, []).append(name)
    return {
        value: f"{value!r} is learned by {', '.join(names)}" for value, names in found.items()
    }  # fmt: skip


def agreement(logs: Logs) -> Verdict:
    """Only a single value is ever chosen or learned, whether the nodes that know it are still up or not.

    >>> agreement({"a": [Chosen("x")], "b": [Chosen("y")], "c": []})
    not agreement: 'x' is learned by a, and 'y' is learned by b
    """
    values = {
        record.value
        for log in logs.values()
        for record in log
        if isinstance(record, Accepted | Chosen)
    }
    found = {**chosen(logs), **learned(logs)} if len(values) > 1 else {}
    return unless("agreement", ", and ".join(found.values()) if len(found) > 1 else "")


def learned_is_chosen(logs: Logs) -> Verdict:
    """No node learns that a value is chosen unless it is; ``logs`` has those of all nodes.

    >>> learned_is_chosen({"a": [Accepted(Ballot(1, "a"), "x"), Chosen("x")], "b": [], "c": []})
    not learned is chosen: 'x' is learned by a, and no majority has accepted it
    """
    known = learned(logs)
    accepted = chosen(logs) if known else {}
    early = [text for value, text in known.items() if value not in accepted]
    return unless(
        "learned is chosen", f"{early[0]}, and no majority has accepted it" if early else ""
    )


def validity(logs: Logs, wishes: Iterable[Any]) -> Verdict:
    """Only a value that was proposed is learned; ``wishes`` are those of all nodes, whether they are up or not.

    >>> validity({"b": [Chosen("y")]}, wishes=["x"])
    not validity: 'y' is learned by b, and nobody has proposed it
    """
    proposed = set(wishes)
    odd = [text for value, text in learned(logs).items() if value not in proposed]
    return unless("validity", f"{odd[0]}, and nobody has proposed it" if odd else "")
