"""A client's view of the current leader, fed by announcements that may be lost, late and contradictory.

Source:        this course; that a higher epoch wins is the rule of Ongaro and Ousterhout, "In search of an
               understandable consensus algorithm", USENIX ATC 2014, section 5.1.
Assumes:       at most one leader per epoch; crash-recovery with a durable log; messages may be lost, repeated, late
               and reordered. Restarts: the subscriber, with its log.
Promises:      the epoch that a subscriber believes in never falls, over restarts as well.
Not promised:  that the leader it believes in still leads.
Departs:       nothing.
Size:          1 message per announcement; with ``nodes``, a query and a reply per node every ``ask_ms``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dscourse.node import Message, Node, Timer

__all__ = ["AskDue", "LeaderIs", "Subscriber", "WhoLeads"]


@dataclass(frozen=True, slots=True)
class LeaderIs(Message):
    """Announces the leader of an epoch to subscribers; also a record of a subscriber's log."""

    epoch: int
    leader: str

    def __str__(self) -> str:
        return f"{self.leader or 'no node'} leads (epoch {self.epoch})"


@dataclass(frozen=True, slots=True)
class WhoLeads(Message):
    """A subscriber's query for the current leader."""

    def __str__(self) -> str:
        return "who leads?"


@dataclass(frozen=True, slots=True)
class AskDue(Timer):
    """Time for a subscriber to ask for the current leader."""


class Subscriber(Node):
    """Believes the announcement of the highest epoch.

    Since announcements may be lost, it asks the ``nodes``, if given, every ``ask_ms`` and when it starts.
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
