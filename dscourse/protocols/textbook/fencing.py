"""A storage without fencing: it accepts a write from any node.

Source:        any storage that accepts writes over a network.
Assumes:       a single leader, which knows at once when it no longer leads. Restarts: the storage, with its log.
Promises:      an accepted write is on disk.
Not promised:  order between leaders: writes of an old leader are accepted after those of a new one.
Departs:       nothing: this is the version to break. `dscourse.protocols.fencing` is the repair.
Size:          1 message per write.
"""

from __future__ import annotations

from dscourse.node import Node
from dscourse.protocols.fencing import Accepted, Append

__all__ = ["TrustingStorage"]


class TrustingStorage(Node):
    """A storage that accepts every write."""

    def on_append(self, sender: str, append: Append) -> None:
        self.write(Accepted(sender, append.epoch, append.number))
