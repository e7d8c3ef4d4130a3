"""Conflict-free replicated data types: values that replicas change independently and can always join.

For each type, ``a | b`` is the join: commutative, associative and idempotent. Replicas that have joined the same
changes are therefore equal, in whatever order and however often the changes arrived. A method that changes something
returns the change alone, a delta of the same type: ``x | x.add(…)`` is the new value, and only the delta has to be
sent.

All of them assume that a replica's name, a string, belongs to one replica that never loses its state and makes each
change on top of all its earlier ones. A replica that has lost its state must return under a new name. Under the old
one it would number its changes from 1 again, and others would take them for old changes: counts would be lost, and
of two entries with one dot both may disappear.

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
