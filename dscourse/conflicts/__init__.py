"""Values that replicas change on their own and that can always be joined: conflict-free replicated data types.

For each, ``a | b`` is the join: commutative, associative and idempotent, so that replicas which have joined the same
changes hold the same, in whatever order and however often they came. Methods that change something return the change
alone, a delta of the same type: ``x | x.add(…)`` is the new value, and the delta is all that has to be sent.

All of them assume that a replica's name, a string, is that of one replica which never forgets: it makes each change
on top of all that it has made before. A replica that has lost its state must come back under a new name. Under the
old one it would number its changes anew, and others take them for those that they have seen: counts are lost, and of
two entries with one dot neither may stay.

counters   `GCounter`, `PNCounter`
registers  `LWWRegister`, `MVRegister`
sets       `ORSet`
text       `SharedText`
"""

from __future__ import annotations

from dscourse.conflicts.counters import GCounter, PNCounter
from dscourse.conflicts.dots import Dot, Seen
from dscourse.conflicts.registers import LWWRegister, MVRegister
from dscourse.conflicts.sets import ORSet
from dscourse.conflicts.text import Letter, SharedText

__all__ = [
    "Dot", "GCounter", "LWWRegister", "Letter", "MVRegister", "ORSet", "PNCounter", "Seen", "SharedText",
]  # fmt: skip
