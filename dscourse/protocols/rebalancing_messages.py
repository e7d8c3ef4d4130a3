"""The messages and records of `rebalancing`: those that the two owners of a moving slot send each other and log.

Source:        as `rebalancing`.
Assumes:       as `rebalancing`. Restarts: a record says all that a node needs to go on with a move.
Promises:      nothing: these are values. A message about a slot names the attempt to move it, so that none is taken
               for one of another attempt.
Not promised:  order, or delivery.
Departs:       a handover after a restart carries all keys: the old owner does not log which of them have changed.
Size:          a chunk as many pairs as `rebalancing.Shard` was given; a handover the pairs changed since the copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dscourse.core.wording import count
from dscourse.node import Message, Timer
from dscourse.protocols.slots import Ownership

__all__ = [
    "Chunk", "ChunkAck", "ChunkStored", "Handover", "HandoverAck", "HandoverDone", "HandoverStarted", "KeysDropped",
    "Migration", "MoveStarted", "Pairs", "RetryDue",
]  # fmt: skip

Pairs = tuple[tuple[Any, Any], ...]


# --- messages ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chunk(Message):
    """Chunk ``number`` of the slot's keys, for its move ``version``."""

    slot: int
    version: int
    number: int
    pairs: Pairs

    def __str__(self) -> str:
        return f"slot {self.slot}, chunk {self.number}: {count(len(self.pairs), 'key')}"


@dataclass(frozen=True, slots=True)
class ChunkAck(Message):
    """Chunk ``number`` is on my disk."""

    slot: int
    version: int
    number: int

    def __str__(self) -> str:
        return f"slot {self.slot}, chunk {self.number} stored"


@dataclass(frozen=True, slots=True)
class Handover(Message):
    """You own the slot: its keys are the ``chunks`` that you have stored (0: ignore them), changed by these pairs."""

    slot: int
    version: int
    chunks: int
    pairs: Pairs

    def __str__(self) -> str:
        if not self.chunks:
            return f"slot {self.slot} is yours ({count(len(self.pairs), 'key')})"
        return f"slot {self.slot} is yours ({count(self.chunks, 'chunk')}, {count(len(self.pairs), 'change')})"


@dataclass(frozen=True, slots=True)
class HandoverAck(Message):
    """I own the slot, and it is on my disk."""

    slot: int
    version: int

    def __str__(self) -> str:
        return f"slot {self.slot} is mine"


# --- records and timers --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MoveStarted:
    """A record of the old owner: an attempt to move the slot has this version."""

    slot: int
    version: int

    def __str__(self) -> str:
        return f"move of slot {self.slot} started"


@dataclass(frozen=True, slots=True)
class HandoverStarted:
    """A record of the old owner: it serves the slot no longer."""

    slot: int
    ownership: Ownership

    def __str__(self) -> str:
        return f"slot {self.slot} handed over to {self.ownership.owner}"


@dataclass(frozen=True, slots=True)
class KeysDropped:
    """A record of the old owner: the new one has acknowledged the slot, and its keys are deleted here."""

    slot: int

    def __str__(self) -> str:
        return f"keys of slot {self.slot} dropped"


@dataclass(frozen=True, slots=True)
class ChunkStored:
    """A record of the new owner: a chunk of a slot that is moving here."""

    chunk: Chunk

    def __str__(self) -> str:
        return str(self.chunk)


@dataclass(frozen=True, slots=True)
class HandoverDone:
    """A record of the new owner: it serves the slot from now on."""

    handover: Handover

    def __str__(self) -> str:
        return f"slot {self.handover.slot} taken over"


@dataclass(frozen=True, slots=True)
class RetryDue(Timer):
    """The other node has not acknowledged the last message about this slot."""

    slot: int


@dataclass(frozen=True, slots=True)
class Migration:
    """A slot being copied to node ``to``: the keys still to send, the chunks acknowledged, the keys written since."""

    to: str
    remaining: tuple[Any, ...]
    chunks: int = 0
    changed: frozenset[Any] = frozenset()
