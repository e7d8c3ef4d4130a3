"""A storage that takes writes from whoever leads, and none from who led before.

Source:        Burrows, "The Chubby lock service for loosely-coupled distributed systems", OSDI 2006, section 2.4
               (sequencers); Kleppmann, "How to do distributed locking", 2016 (fencing tokens).
Assumes:       crash-recovery with a durable log; each leader has an epoch, and a later one a higher epoch.
Promises:      `terms_in_order`: once a write of an epoch is accepted, none of an earlier epoch is.
Not promised:  that the writes of an epoch are not lost, or that a leader hears of its writes.
Departs:       nothing.
Size:          1 message a write, and 1 for a refusal.
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
    """Write number ``number`` of a leader since it began to lead; its epoch, 0 where there are none."""

    epoch: int
    number: int


@dataclass(frozen=True, slots=True)
class Refused(Message):
    """There has been a write of this later epoch."""

    epoch: int


@dataclass(frozen=True, slots=True)
class WriteDue(Timer):
    """The leader has something to write."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A record of the storage: whose write it was."""

    writer: str
    epoch: int
    number: int


class FencedStorage(Node):
    """Remembers the highest epoch that it has seen, and refuses writes of earlier ones."""

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
    """A node that writes to its storage, if it has one, every ``write_ms`` while it believes to lead."""

    def __init__(
        self, id: str, peers: Iterable[str] = (), storage: str = "", write_ms: float = 40.0
    ) -> None:
        super().__init__(id, peers)
        self.storage, self.write_ms = storage, write_ms
        self.written = 0

    @property
    def epoch_led(self) -> int | None:
        """The epoch that this node believes to lead; None if it does not."""
        raise NotImplementedError

    def begin_writing(self) -> None:
        """Write from now on, as long as this node leads; numbers begin with 1 again."""
        if self.storage:
            self.written = 0
            self.on_write_due(WriteDue())

    def on_write_due(self, timer: WriteDue) -> None:
        if self.epoch_led is not None:
            self.written += 1
            self.send(self.storage, Append(self.epoch_led, self.written))
            self.set_timer(timer, self.write_ms)

    def on_refused(self, sender: str, refused: Refused) -> None:
        """Somebody else leads by now; who cares says so in a subclass."""


# --- properties ----------------------------------------------------------------------------------


def accepted(log: Iterable[object]) -> list[Accepted]:
    """The writes that a storage has accepted, in order."""
    return [record for record in log if isinstance(record, Accepted)]


def late_writes(log: Iterable[object]) -> list[Accepted]:
    """The accepted writes of a leader after a later leader had written, oldest first.

    The later leader is that of the higher epoch. Where epochs do not differ, it is the one that began to write later;
    a writer whose numbers do not rise counts as elected again, so its writes must arrive in the order of sending.

    >>> late_writes([Accepted("a", 0, 1), Accepted("b", 0, 1), Accepted("a", 0, 2)])
    [Accepted(writer='a', epoch=0, number=2)]
    >>> late_writes([Accepted("a", 0, 1), Accepted("b", 0, 1), Accepted("a", 0, 1)])  # elected again
    []
    """
    latest: dict[str, tuple[tuple[int, int], int]] = {}  # by writer: its term, its last number
    newest, late = (-1, -1), []
    for place, write in enumerate(accepted(log)):
        term, number = latest.get(write.writer, ((-1, -1), 0))
        if write.epoch != term[0] or write.number <= number:
            term = (write.epoch, place)
        latest[write.writer] = (term, write.number)
        if term < newest:
            late.append(write)
        newest = max(newest, term)
    return late


def terms_in_order(log: Iterable[object]) -> Verdict:
    """No write of a leader is accepted after one of a later leader.

    >>> terms_in_order([Accepted("a", 1, 1), Accepted("b", 2, 1), Accepted("a", 1, 2)])
    not terms in order: write 2 of a (epoch 1) is accepted after one of a later leader
    """
    wrong = [
        f"write {one.number} of {one.writer} (epoch {one.epoch}) is accepted after one of a later leader"
        for one in late_writes(log)
    ]
    return unless("terms in order", wrong[0] if wrong else "")
