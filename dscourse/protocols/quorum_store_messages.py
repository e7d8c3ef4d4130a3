"""The messages of `quorum_store`, and the state of an operation's phase at its coordinator.

Source:        as `quorum_store`: Attiya, Bar-Noy and Dolev, JACM 42(1), 1995; Lynch and Shvartsman, FTCS 1997.
Assumes:       as `quorum_store`. Restarts: a message names its operation, whose number is unique in the world.
Promises:      nothing: these are values.
Not promised:  order, or delivery.
Departs:       as `quorum_store`.
Size:          one value and its tag.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dscourse.core.wording import text_of
from dscourse.node import Message, Timer
from dscourse.protocols.stores import Request, Tag

__all__ = ["Phase", "Query", "QueryReply", "ResendDue", "Update", "UpdateAck"]


@dataclass(frozen=True, slots=True)
class Query(Message):
    """Which value of ``key`` do you store? Operation ``op`` needs it."""

    op: int
    key: Any

    def __str__(self) -> str:
        return f"query {self.key}"


@dataclass(frozen=True, slots=True)
class QueryReply(Message):
    """I store this value, with this tag."""

    op: int
    tag: Tag
    value: Any

    def __str__(self) -> str:
        return f"{text_of(self.value)} (tag {self.tag})" if self.tag.counter else "nothing"


@dataclass(frozen=True, slots=True)
class Update(Message):
    """Store this value of ``key``, unless you have a newer one."""

    op: int
    key: Any
    tag: Tag
    value: Any

    def __str__(self) -> str:
        return f"update {self.key}={text_of(self.value)} (tag {self.tag})"


@dataclass(frozen=True, slots=True)
class UpdateAck(Message):
    """The value of operation ``op``, or a newer one, is on my disk."""

    op: int

    def __str__(self) -> str:
        return "ack update"


@dataclass(frozen=True, slots=True)
class ResendDue(Timer):
    """Too few replies to operation ``op`` have arrived since its message was last sent."""

    op: int


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of an operation at its coordinator: its client, its message, the attempt, and the replies by node."""

    client: str
    request: Request
    sent: Query | Update
    attempt: int = 1
    replies: tuple[tuple[str, QueryReply | UpdateAck], ...] = ()

    @property
    def newest(self) -> QueryReply:
        """The reply with the largest tag, in a phase of queries."""
        answers = [reply for _, reply in self.replies if isinstance(reply, QueryReply)]
        return max(answers, key=lambda answer: answer.tag)
