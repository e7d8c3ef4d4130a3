"""The messages of `eventual_store`, the record of a hint, and the state of an operation at its coordinator.

Source:        DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store", SOSP 2007, sections 4.5 and 4.6.
Assumes:       as `eventual_store`. Restarts: a message names its operation, whose number is unique in the world.
Promises:      nothing: these are values.
Not promised:  order, or delivery.
Departs:       as `eventual_store`.
Size:          all versions of one key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dscourse.clocks import VersionVector
from dscourse.node import Message, Timer
from dscourse.protocols.context_client import VersionedRequest
from dscourse.protocols.versions import Siblings, values_text

__all__ = [
    "NO_OPERATION", "Get", "GetReply", "HandoffDue", "Hint", "Operation", "Put", "PutAck", "RepliesDue",
]  # fmt: skip


NO_OPERATION = -1  # in place of an operation: no coordinator waits for the reply


@dataclass(frozen=True, slots=True)
class Put(Message):
    """Join these versions of ``key`` to yours; operation ``op`` waits for your acknowledgement."""

    op: int
    key: Any
    versions: Siblings

    def __str__(self) -> str:
        return f"put {self.key}={values_text(self.versions)}"


@dataclass(frozen=True, slots=True)
class PutAck(Message):
    """The versions are on my disk; ``seen`` is the context of the key here (traces do not show it)."""

    op: int
    key: Any
    seen: VersionVector = field(default_factory=VersionVector, repr=False)

    def __str__(self) -> str:
        return f"stored {self.key}"


@dataclass(frozen=True, slots=True)
class Get(Message):
    """Which versions of ``key`` do you store? Operation ``op`` needs them."""

    op: int
    key: Any

    def __str__(self) -> str:
        return f"get {self.key}"


@dataclass(frozen=True, slots=True)
class GetReply(Message):
    """I store these versions."""

    op: int
    versions: Siblings

    def __str__(self) -> str:
        return values_text(self.versions)


@dataclass(frozen=True, slots=True)
class RepliesDue(Timer):
    """Operation ``op`` stops waiting for replies."""

    op: int


@dataclass(frozen=True, slots=True)
class HandoffDue(Timer):
    """Time to hand off what peers lack."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A record: ``peer`` may lack versions of ``key`` that are stored here.

    A ``closed`` hint needs no more attempts: the peer has acknowledged the versions, or the last attempt was made.
    """

    peer: str
    key: Any
    closed: bool = False

    def __str__(self) -> str:
        return f"{'hint closed' if self.closed else 'hint'}: {self.key} for {self.peer}"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation at its coordinator: client and request, the nodes contacted, their replies, and whether the client
    has its answer.
    """

    client: str
    request: VersionedRequest
    contacted: tuple[str, ...] = ()
    replies: tuple[tuple[str, Siblings], ...] = ()
    answered: bool = False
