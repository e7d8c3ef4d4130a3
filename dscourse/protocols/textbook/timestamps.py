"""Transactions with timestamps that do not wait: for the uncertainty of the clock, or for a decision.

Source:        what is left of Corbett et al., "Spanner: Google's globally-distributed database", OSDI 2012, if clocks
               are taken for exact, or a prepared transaction for one that has not happened.
Assumes:       `PromptStore`: that all clocks are right. `PromptShard`: that no transaction is in doubt at a read.
Promises:      under these assumptions, strict serializability.
Not promised:  anything otherwise.
Departs:       nothing: these are the versions to break. `dscourse.protocols.isolation.timestamps` is the repair.
Size:          as the repair, without its waiting.
"""

from __future__ import annotations

from dscourse.protocols.isolation.timestamp_messages import ReadAt
from dscourse.protocols.isolation.timestamps import TimestampShard, TimestampStore

__all__ = ["PromptShard", "PromptStore"]


class PromptStore(TimestampStore):
    """A coordinator that answers a commit at once, while its timestamp may still lie ahead."""

    def waits(self, tx: int) -> bool:
        return False


class PromptShard(TimestampShard):
    """A shard that answers a read though a transaction in doubt may commit before it."""

    def doubtful(self, read: ReadAt) -> bool:
        return False
