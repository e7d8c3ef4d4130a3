"""A leader elected by a majority for an epoch, of which subscribers are told.

Source:        Ongaro and Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, section
               5.2 (votes, terms, random time-outs), without its log.
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered; no synchrony.
Promises:      `one_winner_per_epoch` over the whole run, restarts included, and so `one_leader_an_epoch` at any
               moment. From the moment from which no node crashes or restarts, a majority is up, and messages between
               all that are up are in time: a leader in the end, with probability 1 (two candidates may split votes).
Not promised:  a leader that lasts while one node hears no heartbeats and the others do (a cut link): it enters a
               later epoch again and again, and each time the leader of the others has to go. Nor that an old leader
               knows at once that it leads no more: a storage has to refuse its writes (`dscourse.protocols.fencing`).
               Nor that a new leader has what the old one had: there is no log.
Departs:       subscribers are told who leads and in which epoch, and believe the highest epoch. A heartbeat of an old
               epoch is refused with the later one, as a request for votes is.
Size:          an election sends at most 2 (n - 1) messages and forces a record at each voter; a heartbeat n - 1
               messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Message, Node, Timer
from dscourse.protocols.fencing import Refused, Writer

__all__ = [
    "AskDue", "Beat", "BeatDue", "Denied", "FailoverNode", "Granted", "LeaderIs", "LeaderSilent", "RequestVote",
    "Subscriber", "Voted", "WhoLeads", "one_leader_an_epoch", "one_winner_per_epoch", "winners",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RequestVote(Message):
    """I want to lead this epoch."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Granted(Message):
    """My vote in this epoch is yours."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Denied(Message):
    """No vote for you, or you lead no more: this later epoch has begun."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Beat(Message):
    """I lead this epoch; heartbeat number ``number``."""

    epoch: int
    number: int


@dataclass(frozen=True, slots=True)
class LeaderIs(Message):
    """For subscribers: who leads, in which epoch."""

    epoch: int
    leader: str


@dataclass(frozen=True, slots=True)
class WhoLeads(Message):
    """Tell me who leads; I am a subscriber."""


@dataclass(frozen=True, slots=True)
class AskDue(Timer):
    """Time for a subscriber to ask who leads."""


@dataclass(frozen=True, slots=True)
class LeaderSilent(Timer):
    """No leader has been heard for too long."""


@dataclass(frozen=True, slots=True)
class BeatDue(Timer):
    """Time for the leader's heartbeat."""


@dataclass(frozen=True, slots=True)
class Voted:
    """A record: this node's vote in this epoch is given."""

    epoch: int
    candidate: str


class FailoverNode(Writer):
    """Follows a leader, or asks for votes for a higher epoch if none is heard."""

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        storage: str = "",
        write_ms: float = 40.0,
        beat_ms: float = 50.0,
        silence_ms: float = 200.0,
        subscribers: Iterable[str] = (),
    ) -> None:
        super().__init__(id, peers, storage, write_ms)
        self.beat_ms, self.silence_ms = beat_ms, silence_ms
        self.subscribers = tuple(subscribers)
        self.epoch, self.voted = 0, ""
        self.leader = ""
        self.votes: frozenset[str] = frozenset()
        self.number = 0  # of heartbeats sent

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Voted):
                self.epoch, self.voted = record.epoch, record.candidate
        self._wait_for_leader()

    @property
    def epoch_led(self) -> int | None:
        return self.epoch if self.leader == self.id else None

    def is_majority(self, names: frozenset[str]) -> bool:
        """True if these are more than half of the nodes."""
        return 2 * len(names) > len(self.peers) + 1

    def _wait_for_leader(self) -> None:
        self.set_timer(LeaderSilent(), (self.silence_ms, 2 * self.silence_ms))

    # --- votes -----------------------------------------------------------------------------------

    def on_leader_silent(self, timer: LeaderSilent) -> None:
        self._enter(self.epoch + 1)
        self.voted, self.votes = self.id, frozenset({self.id})
        self.write(Voted(self.epoch, self.id))
        self.broadcast(self.request())
        self._wait_for_leader()
        self._lead_with_majority()

    def request(self) -> Message:
        """How this node asks for a vote."""
        return RequestVote(self.epoch)

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        """One vote an epoch, on disk before it is given."""
        if request.epoch > self.epoch:
            self._enter(request.epoch)
        if request.epoch == self.epoch and self.voted in ("", sender):
            if not self.voted:
                self.voted = sender
                self.write(Voted(self.epoch, sender))
            self._wait_for_leader()
            self.send(sender, Granted(self.epoch))
        self._correct(sender, request.epoch)

    def _correct(self, sender: str, epoch: int) -> None:
        """Tell a node in an earlier epoch that there is a later one; in the same epoch it will hear the winner."""
        if epoch < self.epoch:
            self.send(sender, Denied(self.epoch))

    def on_denied(self, sender: str, denied: Denied) -> None:
        if denied.epoch > self.epoch:
            self._enter(denied.epoch)

    def on_granted(self, sender: str, granted: Granted) -> None:
        if granted.epoch == self.epoch and self.voted == self.id and not self.leader:
            self.votes |= {sender}
            self._lead_with_majority()

    def _lead_with_majority(self) -> None:
        if self.is_majority(self.votes):
            self.lead()

    def lead(self) -> None:
        """This node leads its epoch from now on."""
        self.cancel_timer(LeaderSilent())
        self._follow(self.id)
        self.on_beat_due(BeatDue())
        self.begin_writing()

    def _enter(self, epoch: int) -> None:
        """A later epoch has begun: no vote is given in it, and nobody is known to lead."""
        if self.leader == self.id:
            self._wait_for_leader()
        self.epoch, self.voted, self.leader, self.votes = epoch, "", "", frozenset()

    def _follow(self, leader: str) -> None:
        if leader != self.leader:
            self.leader = leader
            for name in self.subscribers:
                self.send(name, LeaderIs(self.epoch, leader))

    # --- heartbeats ------------------------------------------------------------------------------

    def on_beat_due(self, timer: BeatDue) -> None:
        if self.leader == self.id:
            self.number += 1
            self.broadcast(Beat(self.epoch, self.number))
            self.set_timer(timer, self.beat_ms)

    def on_beat(self, sender: str, beat: Beat) -> None:
        if beat.epoch > self.epoch:
            self._enter(beat.epoch)
        if beat.epoch == self.epoch:
            self._follow(sender)
            self._wait_for_leader()
        self._correct(sender, beat.epoch)

    def on_who_leads(self, sender: str, ask: WhoLeads) -> None:
        """Answer if a leader is known: another node may know one that this node does not."""
        if self.leader:
            self.send(sender, LeaderIs(self.epoch, self.leader))

    def on_refused(self, sender: str, refused: Refused) -> None:
        if refused.epoch > self.epoch:
            self._enter(refused.epoch)


class Subscriber(Node):
    """Is told who leads, and believes the highest epoch, whatever arrives late and over restarts.

    News may be lost: with ``nodes`` it asks them every ``ask_ms``, and when it starts.
    """

    def __init__(self, id: str, nodes: Iterable[str] = (), ask_ms: float = 200.0) -> None:
        super().__init__(id)
        self.nodes, self.ask_ms = tuple(nodes), ask_ms
        self.epoch, self.leader = 0, ""

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, LeaderIs):
                self.epoch, self.leader = record.epoch, record.leader
        if self.nodes:
            self.on_ask_due(AskDue())

    def on_ask_due(self, timer: AskDue) -> None:
        for name in self.nodes:
            self.send(name, WhoLeads())
        self.set_timer(timer, self.ask_ms)

    def on_leader_is(self, sender: str, news: LeaderIs) -> None:
        if news.epoch > self.epoch:
            self.epoch, self.leader = news.epoch, news.leader
            self.write(news)


# --- properties ----------------------------------------------------------------------------------


def one_leader_an_epoch(nodes: Mapping[str, Any]) -> Verdict:
    """No two of these nodes believe at this moment that they lead the same epoch.

    >>> a, b = FailoverNode("a", ["b"]), FailoverNode("b", ["a"])
    >>> a.leader, b.leader = "a", "b"
    >>> one_leader_an_epoch({"a": a, "b": b})
    not one leader an epoch: a and b both lead epoch 0
    """
    led: dict[int, list[str]] = {}
    for name, node in sorted(nodes.items()):
        if node.epoch_led is not None:
            led.setdefault(node.epoch_led, []).append(name)
    return unless("one leader an epoch", _both(led, "lead"))


def one_winner_per_epoch(
    logs: Mapping[str, Sequence[object]], voters: Iterable[str] | None = None
) -> Verdict:
    """No two candidates have ever had the votes of a majority in the same epoch, by the logs of all ``voters``.

    This speaks of the whole run (election safety, figure 3), but knows only of votes that were written. Without
    ``voters``, every log is a voter's; the log of a storage would raise the majority, and hide a second winner.

    >>> a, b = [Voted(1, "a")], [Voted(1, "b")]
    >>> one_winner_per_epoch({"a": a, "b": b, "c": a})
    one winner per epoch
    >>> one_winner_per_epoch({"a": a, "b": b, "c": a + b, "s": []}, voters="abc")
    not one winner per epoch: a and b both have a majority in epoch 1
    """
    votes = {
        name: [(record.epoch, record.candidate) for record in logs[name] if isinstance(record, Voted)]
        for name in (logs if voters is None else voters)
    }  # fmt: skip
    won = {epoch: sorted(names) for epoch, names in winners(votes).items()}
    return unless("one winner per epoch", _both(won, "have a majority in"))


def _both(names_of: Mapping[int, Sequence[str]], do: str) -> str:
    """The first epoch that has two names or more, in words."""
    for epoch, names in names_of.items():
        if len(names) > 1:
            return f"{' and '.join(names)} both {do} epoch {epoch}"
    return ""


def winners(votes: Mapping[str, Iterable[tuple[int, str]]]) -> dict[int, set[str]]:
    """For each epoch the candidates for which a majority of these voters has voted, ever.

    >>> winners({"a": [(1, "a")], "b": [(1, "b")], "c": [(1, "a"), (1, "b")]}) == {1: {"a", "b"}}
    True
    """
    counts = Counter(vote for cast in votes.values() for vote in dict.fromkeys(cast))
    found: dict[int, set[str]] = {}
    for (epoch, candidate), count in counts.items():
        if count > len(votes) / 2:
            found.setdefault(epoch, set()).add(candidate)
    return found
