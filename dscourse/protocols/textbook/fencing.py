"""A storage that trusts whoever calls itself the leader.

Source:        any storage that is reached over a network and asked to write.
Assumes:       that there is one leader, and that it knows when it leads no more.
Promises:      that what it accepts is written.
Not promised:  any order between leaders: the writes of an old one are taken after those of a new one.
Departs:       nothing: this is the version to break. `dscourse.protocols.fencing` is the repair.
Size:          1 message a write.
"""

from __future__ import annotations

from dscourse.node import Node
from dscourse.protocols.fencing import Accepted, Append

__all__ = ["TrustingStorage"]


class TrustingStorage(Node):
    """Writes what it is asked to write."""

    def on_append(self, sender: str, append: Append) -> None:
        self.write(Accepted(sender, append.epoch, append.number))
