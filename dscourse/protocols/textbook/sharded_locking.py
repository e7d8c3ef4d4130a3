"""Transactions over several shards whose locks and decisions end too early, in three ways.

Source:        the shortcuts that Gray, "Notes on data base operating systems", 1978, and Bernstein, Hadzilacos and
               Goodman, "Concurrency Control and Recovery in Database Systems", 1987, sections 7.4 and 7.5, rule out.
Assumes:       `EarlyReleaseShard`: that no transaction wants a key between a vote and its decision.
               `LoneShard`: that all shards vote alike. `HastyStore`: that the coordinator does not crash.
Promises:      under these assumptions, strict serializability.
Not promised:  anything otherwise.
Departs:       nothing: these are the versions to break. `dscourse.protocols.isolation.sharded_locking` is the repair.
Size:          as the repair.
"""

from __future__ import annotations

from dscourse.protocols.atomicity import Outcome
from dscourse.protocols.isolation.locking_shard import LockingShard
from dscourse.protocols.isolation.sharded_locking import ShardedStore
from dscourse.protocols.two_phase_messages import Decision, Prepare

__all__ = ["EarlyReleaseShard", "HastyStore", "LoneShard"]


class EarlyReleaseShard(LockingShard):
    """A shard that releases the locks of a transaction with its vote, before the decision."""

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        super().on_prepare(sender, prepare)
        self.release(prepare.tx)


class LoneShard(LockingShard):
    """A shard that commits on its own as soon as it is asked for its vote, whatever the others vote."""

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        super().on_prepare(sender, prepare)
        if self.in_doubt(prepare.tx):
            self._record_outcome(Outcome(prepare.tx, True))


class HastyStore(ShardedStore):
    """A coordinator that tells the shards its decision before the record of the commit is durable."""

    def _decide(self, tx: int, commit: bool) -> None:
        for name in self.undecided[tx].participants:
            self.send(name, Decision(tx, commit))
        super()._decide(tx, commit)
