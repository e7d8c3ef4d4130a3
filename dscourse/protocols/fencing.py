"""Fencing: a storage that rejects the writes of a former leader.

Source:        Burrows, "The Chubby lock service for loosely-coupled distributed systems", OSDI 2006, section 2.4
               (sequencers); Kleppmann, "How to do distributed locking", 2016 (fencing tokens).
Assumes:       crash-recovery with a durable log; each leader has an epoch, and a later leader a higher one. Restarts:
               the storage, with its log.
Promises:      `terms_in_order`: once a write of an epoch is accepted, none of an earlier epoch is.
Not promised:  that no write of an epoch is lost; that a leader learns the outcome of its writes.
Departs:       nothing.
Size:          1 message per write, and 1 per refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Message, Node, Timer

__all__ = [
    "Accepted", "Append", "FencedStorage", "Refused", "WriteDue", "Writer", "accepted", "late_writes",
    "terms_in_order",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Append(Message):
    """Write ``number`` of a leader since it was elected, with its epoch as fencing token; 0 without epochs."""

    epoch: int
    number: int

    def __str__(self) -> str:
        return f"write {self.number}{f' (epoch {self.epoch})' if self.epoch else ''}"


@dataclass(frozen=True, slots=True)
class Refused(Message):
    """A refusal: the storage has accepted a write of this later epoch."""

    epoch: int

    def __str__(self) -> str:
        return f"refused: epoch {self.epoch} has begun"


@dataclass(frozen=True, slots=True)
class WriteDue(Timer):
    """The leader's next write is due."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A record of the storage: an accepted write, with its writer."""

    writer: str
    epoch: int
    number: int

    def __str__(self) -> str:
        return (
            f"write {self.number} of {self.writer}{f' (epoch {self.epoch})' if self.epoch else ''}"
        )


class FencedStorage(Node):
    """A storage that remembers the highest epoch of its writes, and refuses writes of earlier ones."""

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.epoch = 0

    def on_start(self, log: Sequence[object]) -> None:
        self.epoch = max(
            (record.epoch for record in log if isinstance(record, Accepted)), default=0
        )

    def on_append(self, sender: str, append: Append) -> None:
        if append.epoch < self.epoch:
            self.send(sender, Refused(self.epoch))
            return
        self.epoch = append.epoch
        self.write(Accepted(sender, append.epoch, append.number))


class Writer(Node):
    """A node that writes to its storage, if it has one, every ``write_ms`` while it believes that it leads."""

    def __init__(
        self, id: str, peers: Iterable[str] = (), storage: str = "", write_ms: float = 40.0
    ) -> None:
        super().__init__(id, peers)
        self.storage, self.write_ms = storage, write_ms
        self.written = 0

    @property
    def epoch_led(self) -> int | None:
        """The epoch that this node believes it leads; None if it believes that it does not lead."""
        raise NotImplementedError

    @property
    def shown_role(self) -> str:
        return "" if self.epoch_led is None else "leads"

    def begin_writing(self) -> None:
        """Begin to write, from number 1 on, for as long as this node leads."""
        if self.storage:
            self.written = 0
            self.on_write_due(WriteDue())

    def on_write_due(self, timer: WriteDue) -> None:
        if self.epoch_led is not None:
            self.written += 1
            self.send(self.storage, Append(self.epoch_led, self.written))
            self.set_timer(timer, self.write_ms)

    def on_refused(self, sender: str, refused: Refused) -> None:
        """Another node leads by now; a subclass may react."""


# --- properties ----------------------------------------------------------------------------------


def accepted(log: Iterable[object]) -> list[Accepted]:
    """Return the writes that a storage has accepted, in order."""
    return [record for record in log if isinstance(record, Accepted)]


def late_writes(log: Iterable[object]) -> list[Accepted]:
    """Return the writes that were accepted from a leader after a later leader had written, oldest first.

    The later leader is the one with the higher epoch or, in the same epoch, the one that began to write later. A
    writer whose numbers do not rise counts as elected again, so its writes must arrive in the order of sending.

    >>> late_writes([Accepted("a", 0, 1), Accepted("b", 0, 1), Accepted("a", 0, 2)])
    [Accepted(writer='a', epoch=0, number=2)]
    >>> late_writes([Accepted("a", 0, 1), Accepted("b", 0, 1), Accepted("a", 0, 1)])  # elected again
    []
    """
    latest: dict[str, tuple[tuple[int, int], int]] = {}  # by writer: its term, its last number
    newest, late = (-1, -1), []
    for count, write in enumerate(accepted(log)):
        term, number = latest.get(write.writer, ((-1, -1), 0))
        if write.epoch != term[0] or write.number <= number:
            term = (write.epoch, count)
        latest[write.writer] = (term, write.number)
        if term < newest:
            late.append(write)
        newest = max(newest, term)
    return late


def terms_in_order(log: Iterable[object]) -> Verdict:
    """No write of a leader is accepted after one of a later leader.

    >>> terms_in_order([Accepted("a", 1, 1), Accepted("b", 2, 1), Accepted("a", 1, 2)])
    violated: terms in order; write 2 of a (epoch 1) is accepted after one of a later leader
    """
    wrong = [
        f"write {one.number} of {one.writer} (epoch {one.epoch}) is accepted after one of a later leader"
        for one in late_writes(log)
    ]
    return unless("terms in order", wrong[0] if wrong else "")
