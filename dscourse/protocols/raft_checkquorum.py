"""Raft in which a leader that does not hear from a majority steps down.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, section 6.2: "a leader
               steps down if an election timeout elapses without a successful round of heartbeats to a majority of its
               cluster". Named as in etcd.
Assumes:       as `raft`.
Promises:      as `raft`; and a leader that hears from no majority leads no longer than two election time-outs, so
               that its clients can turn to another, and nodes that hear it can elect another.
Not promised:  a leader while only nodes that lack a committed entry, or an entry of a voter that they need, reach a
               majority: their logs are refused, as in Raft.
Departs:       the answers are counted in windows of ``election_ms`` and not by heartbeat.
Size:          as `raft`: the answers to entries are counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.node import Timer
from dscourse.protocols.raft import Appended, Raft

__all__ = ["CheckQuorumRaft", "QuorumDue"]


@dataclass(frozen=True, slots=True)
class QuorumDue(Timer):
    """The leader must have heard from a majority since the last time."""


class CheckQuorumRaft(Raft):
    """A leader looks every ``election_ms`` whether a majority has answered it since the last time."""

    def __init__(self, id: str, peers: Iterable[str] = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.answered: frozenset[str] = frozenset()

    def lead(self) -> None:
        self._begin_window()
        super().lead()

    def _begin_window(self) -> None:
        self.answered = frozenset({self.id})
        self.set_timer(QuorumDue(), self.election_ms)

    def on_appended(self, sender: str, appended: Appended) -> None:
        if appended.term == self.term:
            self.answered |= {sender}
        super().on_appended(sender, appended)

    def on_quorum_due(self, timer: QuorumDue) -> None:
        if self.role != "leader":
            return
        if self.is_majority(self.answered):
            self._begin_window()
        else:
            self.step_down()
