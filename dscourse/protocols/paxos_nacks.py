"""Paxos in which acceptors send refusals, and a node that has missed the decision asks for it.

Source:        Lamport, "Paxos made simple", ACM SIGACT News 32(4), 2001, sections 2.2 (an acceptor that ignores a
               request should inform the proposer), 2.3 (learners) and 2.4 (progress). The window that doubles:
               Metcalfe and Boggs, "Ethernet", CACM 19(7), 1976.
Assumes:       as `paxos` for safety. For the bounds below: from some moment on a majority of the nodes stays up,
               among them a proposer; messages between them are not lost and take at most d; ``backoff_ms`` is at
               least 2 d, and ``wait_ms`` above 4 d, the duration of a ballot; their clocks run at the speed of true
               time. Restarts: any node, any number of times before that moment.
Promises:      as `paxos`; and from that moment on, with ``longest_ms`` for the upper end of ``wait_ms``: each of
               these nodes learns the value within ``ask_ms`` + 2 d of the first of them that knows it; a proposer
               without a rival gets its value, or the one chosen before, decided within 2 ``longest_ms`` + 6 d.
Not promised:  a bound for two or more proposers. They decide with probability 1, in a time that depends on chance:
               each refusal doubles the window from which the back-off is drawn, up to ``longest_ms``.
Departs:       a node that knows the decision replies with it to a prepare or accept request.
Size:          as `paxos`, plus 1 message per refusal, and n - 1 queries every ``ask_ms`` per node that has learned
               nothing yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Timer
from dscourse.protocols.paxos import Accept, Ballot, Chosen, Paxos, Prepare, ProposalDue

__all__ = ["Nack", "NackPaxos", "QueryChosen", "QueryDue"]


@dataclass(frozen=True, slots=True)
class Nack(Message):
    """An acceptor's refusal of ``ballot``, because it has promised a higher one."""

    ballot: Ballot
    promised: Ballot

    def __str__(self) -> str:
        return f"nack {self.ballot}: promised {self.promised}"


@dataclass(frozen=True, slots=True)
class QueryChosen(Message):
    """Asks for the chosen value, if the receiver knows it."""

    def __str__(self) -> str:
        return "chosen?"


@dataclass(frozen=True, slots=True)
class QueryDue(Timer):
    """Time to ask the others for the chosen value."""


class NackPaxos(Paxos):
    """A node that sends refusals, backs off when refused, and asks for the chosen value until it knows it.

    ``wait_ms`` is the time-out of a ballot without a reply, ``backoff_ms`` the shortest wait after a refusal, and
    ``ask_ms`` the time between two queries. ValueError for times that cannot work.
    """

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        own_value: Any = None,
        wait_ms: float | tuple[float, float] = (200.0, 400.0),
        backoff_ms: float = 60.0,
        ask_ms: float = 100.0,
    ) -> None:
        super().__init__(id, peers, own_value, wait_ms)
        self.longest_ms = max(wait_ms) if isinstance(wait_ms, tuple) else wait_ms
        if not 0 < backoff_ms <= self.longest_ms:
            raise ValueError(
                f"backoff_ms={backoff_ms}: it must be above 0, and at most {self.longest_ms}, the longest wait_ms"
            )
        if ask_ms <= 0:
            raise ValueError(f"ask_ms={ask_ms}: it must be above 0")
        self.backoff_ms, self.ask_ms = backoff_ms, ask_ms
        self.highest_seen = Ballot()  # in refusals
        self.refused = Ballot()  # its own last ballot that was refused
        self.window_ms = backoff_ms  # the longest back-off after the last refusal

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        if self.chosen is None:
            self.on_query_due(QueryDue())

    # --- proposer --------------------------------------------------------------------------------

    def next_ballot(self) -> Ballot:
        return Ballot(max(super().next_ballot().round, self.highest_seen.round + 1), self.id)

    def on_nack(self, sender: str, nack: Nack) -> None:
        """Back off once per ballot, at its first refusal; a late refusal only raises the next ballot."""
        self.highest_seen = max(self.highest_seen, nack.promised)
        if self.chosen is None and nack.ballot == self.ballot != self.refused:
            self.refused = self.ballot
            self.window_ms = min(2 * self.window_ms, self.longest_ms)
            self.set_timer(ProposalDue(), self.backoff_window())

    def backoff_window(self) -> tuple[float, float]:
        """Return the shortest and the longest back-off after this refusal, in ms."""
        return self.backoff_ms, self.window_ms

    # --- acceptor --------------------------------------------------------------------------------

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        if not self._refuse(sender, prepare.ballot):
            super().on_prepare(sender, prepare)

    def on_accept(self, sender: str, accept: Accept) -> None:
        if not self._refuse(sender, accept.ballot):
            super().on_accept(sender, accept)

    def _refuse(self, sender: str, ballot: Ballot) -> bool:
        """Reply to a ballot that is too late, with the chosen value or a refusal. Return False if it is in time."""
        if self.chosen is not None:
            self.send(sender, Chosen(self.chosen))
        elif ballot < self.promised:
            self.send(sender, Nack(ballot, self.promised))
        else:
            return False
        return True

    # --- learner ---------------------------------------------------------------------------------

    def on_query_due(self, timer: QueryDue) -> None:
        self.broadcast(QueryChosen())
        self.set_timer(timer, self.ask_ms)

    def on_query_chosen(self, sender: str, query: QueryChosen) -> None:
        if self.chosen is not None:
            self.send(sender, Chosen(self.chosen))

    def learn(self, value: Any) -> None:
        super().learn(value)
        self.cancel_timer(QueryDue())
