"""The pace of a group with a leader, judged by the trace of a run: when nodes ask for votes, vote, beat and write."""

from __future__ import annotations

from dataclasses import dataclass, field

from dscourse.protocols.failover import Beat, Granted, RequestVote, Voted
from dscourse.protocols.fencing import Append, Refused
from dscourse.sim.events import Event

__all__ = ["Pace"]

_SILENCE_MS, _LONGEST_SILENCE_MS = 200.0, 400.0
_PERIOD_MS, _SHORTEST_MS, _LONGEST_MS = 50, 25.0, 76.0
_SLACK_MS = 1.0
_WITHIN = frozenset({"send", "write", "set_timer", "cancel_timer", "crash"})  # events of a handler


@dataclass(slots=True)
class Pace:
    """The deadlines of one node in a group of ``size``, as far as its events show them."""

    name: str
    size: int
    runs: bool = False
    recorded: int = 0  # the highest epoch on its disk
    epoch: int = 0  # the highest that it knows
    quiet_ms: float = 0.0  # since when it has had neither a leader's beat nor a vote to give
    waits_ms: float = 0.0  # the same, or since something else that may restart its time-out
    asked: int = 0  # the epoch that it has asked for since its start
    led: int = 0
    owed: tuple[str, int] | None = None  # the vote to be given at once: to whom, in which epoch
    votes: set[str] = field(default_factory=set)
    given: set[tuple[str, int]] = field(default_factory=set)
    sent_ms: dict[tuple[str, str], float] = field(default_factory=dict)  # by type and receiver
    due_ms: float = 0.0  # from when on the leader's next messages are due

    def look(self, event: Event) -> str | None:
        """Return the mistake that this event of the node shows, or None."""
        wrong = self.overdue(event.time_ms, event.kind in _WITHIN)
        if wrong is not None:
            return wrong
        now, what, peer = event.time_ms, event.what, str(event.peer)
        if event.kind in ("start", "restart"):
            self._begin(now)
        elif event.kind in ("crash", "pause"):
            self.runs, self.owed = False, None
        elif event.kind == "resume":
            self.runs, self.waits_ms, self.due_ms = True, now, now
        elif event.kind == "write" and isinstance(what, Voted):
            self.recorded = max(self.recorded, what.epoch)
        elif event.kind == "deliver":
            self._hear(now, peer, what)
        elif event.kind == "send":
            return self._send(now, peer, what)
        return None

    def overdue(self, now: float, within_handler: bool = False) -> str | None:
        """Return the act that is overdue by now, in words, or None."""
        if not self.runs:
            return None
        if self.owed is not None and not within_handler:
            candidate, epoch = self.owed
            return (
                f"{self.name} has been asked for its vote by {candidate} in epoch {epoch}, which is later than all "
                "that it knows, and has not voted at once"
            )
        if self.led:
            return self._overdue_message(now)
        silent = now - self.waits_ms
        if silent > _LONGEST_SILENCE_MS + _SLACK_MS:
            return (
                f"{self.name} has heard no leader, given no vote and asked for none for {silent:,.0f} ms: a node "
                "asks after 200 to 400, as often as it takes"
            )
        return None

    def _overdue_message(self, now: float) -> str | None:
        if now - self.due_ms <= _LONGEST_MS:
            return None
        wanted = max(self.size, 2)
        last = sorted(self.sent_ms.values(), reverse=True)[:wanted]
        oldest = last[-1] if len(last) == wanted else self.due_ms
        gap = now - max(oldest, self.due_ms)
        if gap <= _LONGEST_MS:
            return None
        if not self.sent_ms:
            return (
                f"{self.name} has the votes of {len(self.votes)} of {self.size} nodes in epoch {self.led}, its own "
                f"included, and for {gap:,.0f} ms it has not begun to lead: a majority is enough"
            )
        return (
            f"{self.name} leads epoch {self.led}, and for {gap:,.0f} ms it has not sent a Beat to each peer and an "
            f"Append to the storage: both are due every {_PERIOD_MS} ms, until it restarts or hears of a later epoch"
        )

    # --- what happens to the node ----------------------------------------------------------------

    def _begin(self, now: float) -> None:
        self.runs, self.epoch, self.quiet_ms, self.waits_ms = True, self.recorded, now, now
        self.asked, self.led, self.owed = 0, 0, None

    def _hear(self, now: float, sender: str, what: object) -> None:
        if isinstance(what, Granted):
            if what.epoch == self.asked == self.epoch and not self.led:
                self.votes.add(sender)
                if 2 * len(self.votes) > self.size:
                    self.led, self.due_ms = what.epoch, now
                    self.sent_ms.clear()
        elif isinstance(what, Beat | RequestVote | Refused):
            if isinstance(what, RequestVote) and what.epoch > self.epoch:
                self.owed = sender, what.epoch
            self._learn(now, what.epoch)
            if isinstance(what, Beat) and what.epoch >= self.epoch:
                self.quiet_ms = self.waits_ms = now

    def _learn(self, now: float, epoch: int) -> None:
        if epoch > self.epoch:
            self.epoch, self.led, self.waits_ms = epoch, 0, now

    # --- what it sends ---------------------------------------------------------------------------

    def _send(self, now: float, to: str, what: object) -> str | None:
        if isinstance(what, Granted):
            self._grant(now, to, what.epoch)
        elif isinstance(what, RequestVote) and what.epoch != self.asked:
            return self._ask(now, what.epoch)
        elif isinstance(what, Beat | Append) and self.led == what.epoch:
            return self._lead(now, to, type(what).__name__)
        return None

    def _grant(self, now: float, to: str, epoch: int) -> None:
        if self.owed == (to, epoch):
            self.owed = None
        if (to, epoch) not in self.given:
            self.given.add((to, epoch))
            self.quiet_ms = now
        self.waits_ms = now

    def _ask(self, now: float, epoch: int) -> str | None:
        led, quiet = self.led, now - self.quiet_ms
        self.asked, self.votes, self.quiet_ms, self.waits_ms = epoch, {self.name}, now, now
        self._learn(now, epoch)
        if led:
            return f"{self.name} leads epoch {led}, and asks for votes in epoch {epoch}"
        if quiet < _SILENCE_MS - _SLACK_MS:
            return (
                f"{self.name} asks for votes in epoch {epoch}, {quiet:.0f} ms after its start, a leader's Beat or "
                "its last vote: it must wait for 200 to 400"
            )
        return None

    def _lead(self, now: float, to: str, kind: str) -> str | None:
        last = self.sent_ms.get((kind, to))
        self.sent_ms[kind, to] = now
        if last is not None and now - last < _SHORTEST_MS:
            return (
                f"{self.name} sends {kind} to {to} {now - last:.0f} ms after the one before: one every {_PERIOD_MS} "
                "ms is asked for"
            )
        return None
