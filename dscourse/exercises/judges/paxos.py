"""Parts of a Paxos for one decision, to try an answer with: an acceptor that is right, and scripted requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.exercises.tasks import by_name
from dscourse.node import Client, Message, Node, Timer
from dscourse.protocols.paxos import (
    Accept,
    Accepted,
    Ballot,
    Prepare,
    Promise,
    Promised,
    ProposalDue,
)
from dscourse.protocols.paxos_nacks import Nack

__all__ = ["NAMES", "RightAcceptor", "Scripted", "pasts"]

NAMES = by_name(
    Accept, Accepted, Ballot, Client, Nack, Node, Prepare, Promise, ProposalDue, Timer, dataclass
)

_SUCCESSIVE = (  # pairs of ballots of which the second one is higher
    (Ballot(2, "amy"), Ballot(4, "zoe")), (Ballot(9, "zoe"), Ballot(10, "amy")),
    (Ballot(4, "amy"), Ballot(4, "zoe")), (Ballot(4, "Zoe"), Ballot(4, "amy")), (Ballot(4, "n10"), Ballot(4, "n9")),
)  # fmt: skip


class RightAcceptor(Node):
    """An acceptor that is right, with a past: the records of what it has promised and accepted already."""

    def __init__(
        self, id: str, peers: Iterable[str] = (), past: Sequence[Promised | Accepted] = ()
    ) -> None:
        super().__init__(id, peers)
        self.past = past
        self.promised = self.accepted = Ballot()
        self.value: Any = None

    def on_start(self, log: Sequence[object]) -> None:
        for record in (*self.past, *log):
            if isinstance(record, Promised):
                self.promised = record.ballot
            elif isinstance(record, Accepted):
                self.promised = self.accepted = record.ballot
                self.value = record.value

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        if prepare.ballot < self.promised:
            self.send(sender, Nack(prepare.ballot, self.promised))
            return
        self.promised = prepare.ballot
        self.write(Promised(prepare.ballot))
        self.send(sender, Promise(prepare.ballot, self.accepted, self.value))

    def on_accept(self, sender: str, accept: Accept) -> None:
        if accept.ballot < self.promised:
            self.send(sender, Nack(accept.ballot, self.promised))
            return
        self.promised = self.accepted = accept.ballot
        self.value = accept.value
        self.write(Accepted(accept.ballot, accept.value))
        self.send(sender, Accepted(accept.ballot, accept.value))


@dataclass(frozen=True, slots=True)
class SendDue(Timer):
    """The request with this number in the script is due."""

    number: int


class Scripted(Node):
    """A sender that follows a script of (ms, receiver, message), whatever it hears."""

    def __init__(
        self, id: str, peers: Iterable[str] = (), script: Sequence[tuple[float, str, Message]] = ()
    ) -> None:
        super().__init__(id, peers)
        self.script = script

    def on_start(self, log: Sequence[object]) -> None:
        for number, (ms, _, _) in enumerate(self.script):
            self.set_timer(SendDue(number), ms)

    def on_send_due(self, timer: SendDue) -> None:
        _, to, message = self.script[timer.number]
        self.send(to, message)

    def on_promise(self, sender: str, promise: Promise) -> None:
        """Go on with the script."""

    def on_accepted(self, sender: str, accepted: Accepted) -> None:
        """Go on with the script."""

    def on_nack(self, sender: str, nack: Nack) -> None:
        """Go on with the script."""


def pasts(value: Any, size: int) -> list[list[tuple[Any, ...]]]:
    """Return pasts of this many acceptors: a high promise; a chosen value; several proposals, in three orders."""
    high, low = Ballot(60, "zoe"), Ballot(2, "amy")
    cases: list[list[tuple[Any, ...]]] = [
        [(Promised(high),)] * size,
        [(Promised(Ballot(10**9, "zoe")),)] * size,
        [(Accepted(high, value),)] * (size // 2 + 1)
        + [(Accepted(low, "older"),)] * (size - size // 2 - 1),
    ]
    for older, newer in _SUCCESSIVE if value else _SUCCESSIVE[:1]:
        reports: list[tuple[Any, ...]] = [
            (Accepted(newer, value),),
            (Accepted(older, "older"),),
            (),
        ]
        for order in (reports, reports[::-1], [reports[1], reports[0], reports[2]]):
            cases.append([order[position % 3] for position in range(size)])
    return cases
