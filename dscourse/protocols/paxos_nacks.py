"""Paxos in which refusals are sent, and in which a node that has missed the decision asks for it.

Source:        Lamport, "Paxos made simple", ACM SIGACT News 32(4), 2001, sections 2.2 (an acceptor that ignores a
               request should inform the proposer), 2.3 (learners) and 2.4 (progress). The window that doubles:
               Metcalfe and Boggs, "Ethernet", CACM 19(7), 1976.
Assumes:       as `paxos` for safety. For the bounds below: from some moment on a majority of the nodes stays up,
               among them one with a wish; messages between them are not lost and take at most d; ``backoff_ms`` is
               at least 2 d, and ``wait_ms`` above 4 d, which is what a ballot takes. Any node may have restarted
               before, as often as it likes.
Promises:      as `paxos`; and from that moment on, with ``longest`` for the upper end of ``wait_ms``:
               each of them learns the value within ``ask_ms`` + 2 d of the first of them that knows it;
               a proposer without a rival gets its value, or the one chosen before, decided within
               2 ``longest`` + 6 d.
Not promised:  a bound for two or more proposers. They decide with probability 1, in a time that depends on chance:
               each refusal doubles the window from which the back-off is drawn, up to ``longest``.
Departs:       a node that knows the decision answers a prepare or accept request with it.
Size:          as `paxos`, plus 1 message per refusal and n - 1 questions every ``ask_ms`` per node that has learned
               nothing yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Timer
from dscourse.protocols.paxos import Accept, Ballot, Chosen, Paxos, Prepare, Propose

__all__ = ["Ask", "AskDue", "NackPaxos", "Refused"]


@dataclass(frozen=True, slots=True)
class Refused(Message):
    """I refuse your ``ballot``: I have promised a higher one."""

    ballot: Ballot
    promised: Ballot


@dataclass(frozen=True, slots=True)
class Ask(Message):
    """Which value is chosen, if you know?"""


@dataclass(frozen=True, slots=True)
class AskDue(Timer):
    """Time to ask the others for the decision."""


class NackPaxos(Paxos):
    """Refuses with the ballot that it has promised; backs off when refused; asks until it knows the decision.

    ``wait_ms`` is the time-out of a ballot that gets no answer, ``backoff_ms`` the shortest wait after a refusal.
    """

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        wish: Any = None,
        wait_ms: float | tuple[float, float] = (200.0, 400.0),
        backoff_ms: float = 60.0,
        ask_ms: float = 100.0,
    ) -> None:
        super().__init__(id, peers, wish, wait_ms)
        self.longest = max(wait_ms) if isinstance(wait_ms, tuple) else wait_ms
        if not 0 < backoff_ms <= self.longest:
            raise ValueError(
                f"backoff_ms={backoff_ms}: it must be above 0, and at most the longest wait, {self.longest} ms"
            )
        if ask_ms <= 0:
            raise ValueError(f"ask_ms={ask_ms}: it must be above 0")
        self.backoff_ms, self.ask_ms = backoff_ms, ask_ms
        self.highest = Ballot()  # the highest ballot that it was refused for
        self.lost = Ballot()  # its own last ballot that was refused
        self.window_ms = backoff_ms  # the longest wait after the last refusal

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        if self.chosen is None:
            self.on_ask_due(AskDue())

    # --- proposer --------------------------------------------------------------------------------

    def next_ballot(self) -> Ballot:
        return Ballot(max(super().next_ballot().round, self.highest.round + 1), self.id)

    def on_refused(self, sender: str, refused: Refused) -> None:
        """Back off once per ballot, whoever refuses it; a late refusal only raises the next ballot."""
        self.highest = max(self.highest, refused.promised)
        if self.chosen is None and refused.ballot == self.ballot != self.lost:
            self.lost = self.ballot
            self.window_ms = min(2 * self.window_ms, self.longest)
            self.set_timer(Propose(), self.back_off())

    def back_off(self) -> tuple[float, float]:
        """The window of the next wait after a refusal, in ms."""
        return self.backoff_ms, self.window_ms

    # --- acceptor --------------------------------------------------------------------------------

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        if not self._correct(sender, prepare.ballot):
            super().on_prepare(sender, prepare)

    def on_accept(self, sender: str, accept: Accept) -> None:
        if not self._correct(sender, accept.ballot):
            super().on_accept(sender, accept)

    def _correct(self, sender: str, ballot: Ballot) -> bool:
        """Tell the proposer of a ballot that comes too late why it does; False if it is in time."""
        if self.chosen is not None:
            self.send(sender, Chosen(self.chosen))
        elif ballot < self.promised:
            self.send(sender, Refused(ballot, self.promised))
        else:
            return False
        return True

    # --- learner ---------------------------------------------------------------------------------

    def on_ask_due(self, timer: AskDue) -> None:
        self.broadcast(Ask())
        self.set_timer(timer, self.ask_ms)

    def on_ask(self, sender: str, ask: Ask) -> None:
        if self.chosen is not None:
            self.send(sender, Chosen(self.chosen))

    def learn(self, value: Any) -> None:
        super().learn(value)
        self.cancel_timer(AskDue())
