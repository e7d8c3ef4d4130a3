"""Raft in which a leader that does not hear from a majority steps down.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, section 6.2 (a leader
               steps down after an election time-out without a round of heartbeats that a majority has answered).
               Named as in etcd.
Assumes:       as `raft`.
Promises:      as `raft`; and a leader that hears from no majority steps down within two election time-outs, so that
               its clients can turn to another node, and nodes that hear it can elect another leader.
Not promised:  a leader while the only nodes that reach a majority lack a committed entry, or an entry of a voter that
               they need: their logs are refused, as in Raft.
Departs:       replies are counted in windows of ``election_ms``, not per heartbeat.
Size:          as `raft`: the replies to AppendEntries are counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.node import Timer
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import AppendEntriesReply

__all__ = ["CheckQuorumRaft", "QuorumCheckDue"]


@dataclass(frozen=True, slots=True)
class QuorumCheckDue(Timer):
    """The leader must have heard from a majority since its last check."""


class CheckQuorumRaft(Raft):
    """A leader checks every ``election_ms`` whether a majority has replied to it since its last check."""

    def __init__(self, id: str, peers: Iterable[str] = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.recently_active: frozenset[str] = frozenset()

    def lead(self) -> None:
        self._begin_window()
        super().lead()

    def _begin_window(self) -> None:
        self.recently_active = frozenset({self.id})
        self.set_timer(QuorumCheckDue(), self.election_ms)

    def on_append_entries_reply(self, sender: str, reply: AppendEntriesReply) -> None:
        if reply.term == self.term:
            self.recently_active |= {sender}
        super().on_append_entries_reply(sender, reply)

    def on_quorum_check_due(self, timer: QuorumCheckDue) -> None:
        if self.role != "leader":
            return
        if self.is_majority(self.recently_active):
            self._begin_window()
        else:
            self.step_down()
