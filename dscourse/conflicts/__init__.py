"""Values that replicas change on their own and that can always be joined: conflict-free replicated data types.

For each, ``a | b`` is the join: commutative, associative and idempotent, so that replicas which have joined the same
changes hold the same, in whatever order and however often they came. Methods that change something return the change
alone, a delta of the same type: ``x | x.add(…)`` is the new value, and the delta is all that has to be sent.

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
