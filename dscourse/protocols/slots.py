"""Slots of keys, the node that owns each, and the messages by which nodes, director and clients agree on the owner.

Source:        Redis cluster specification, "Keys distribution model" and "MOVED redirection".
Assumes:       every node has the same number of slots. Restarts: nothing here is volatile.
Promises:      a key has the same slot on every node. Of two claims about the owner of a slot, the one with the higher
               version is newer.
Not promised:  that an owner named in a message still owns the slot when the message arrives.
Departs:       in the source, one version per node (the configuration epoch) orders its claims; here each slot has its
               own.
Size:          none: these are values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message
from dscourse.placement.hashing import hash_of

__all__ = ["Move", "Moved", "OwnerReport", "Ownership", "as_table", "slot_of"]


def as_table(table: Iterable[str], argument: str = "table") -> tuple[str, ...]:
    """Return the owner of each slot; TypeError unless they are names, ValueError if there are none.

    >>> as_table(["a", "b", "a"])
    ('a', 'b', 'a')
    """
    owners = tuple(table)
    if isinstance(table, str) or not all(isinstance(name, str) and name for name in owners):
        raise TypeError(
            f"{argument}={table!r}: a list of names is required, the owner of each slot"
        )
    if not owners:
        raise ValueError(f"{argument} is empty: it must name the owner of at least 1 slot")
    return owners


def slot_of(key: Any, slots: int) -> int:
    """Return the slot of a key, by its stable hash.

    >>> slot_of("apple", 8) in range(8)
    True
    """
    return hash_of(key) % slots


@dataclass(frozen=True, slots=True)
class Ownership:
    """The owner of a slot, and the version of the move that made it the owner; 0 for the first owner."""

    owner: str
    version: int = 0

    def __str__(self) -> str:
        return f"{self.owner} (version {self.version})"


@dataclass(frozen=True, slots=True)
class Moved(Message):
    """I did not carry out operation ``op``: I do not serve its slot; this is the owner that I know of."""

    op: int
    slot: int
    ownership: Ownership

    def __str__(self) -> str:
        return f"slot {self.slot} moved to {self.ownership.owner}"


@dataclass(frozen=True, slots=True)
class Move(Message):
    """Move this slot to node ``to``."""

    slot: int
    to: str

    def __str__(self) -> str:
        return f"move slot {self.slot} to {self.to}"


@dataclass(frozen=True, slots=True)
class OwnerReport(Message):
    """I do not own this slot, or it has reached its target: this is the owner that I know of."""

    slot: int
    ownership: Ownership

    def __str__(self) -> str:
        return f"{self.ownership.owner} owns slot {self.slot}"
