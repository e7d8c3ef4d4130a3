"""Notes between nodes, stamped with the sender's own time of day.

Source:        the rule of most first programs: an event with a smaller timestamp happened earlier. Why it fails:
               Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 21(7), 1978, p. 559.
Assumes:       that all clocks show the same time, and never go backwards.
Promises:      under this assumption, that an event's stamp is no smaller than those of its causes. Two events in the
               same µs have equal stamps.
Not promised:  anything if clocks differ by more than a message takes.
Departs:       nothing: this is the version to break. `dscourse.protocols.stamped_messages` is the repair.
Size:          1 message per note, with a stamp of one number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.wording import text_of
from dscourse.node import Client, Invocation, Message

__all__ = ["Note", "Stamped", "Stamper", "WallClockStamper"]


@dataclass(frozen=True, slots=True)
class Note(Message):
    """Note ``number``, with the stamp of its sending."""

    number: int
    stamp: Any

    def __str__(self) -> str:
        return f"note stamped {text_of(self.stamp)}"


@dataclass(frozen=True, slots=True)
class Stamped:
    """A record: an event of this node (``"send"`` or ``"receive"``), its stamp, and its node's clock reading."""

    event: str
    number: int
    stamp: Any
    read_ms: float

    def __str__(self) -> str:
        return f"{self.event} of note {self.number} stamped {text_of(self.stamp)}"


class Stamper(Client):
    """A node that sends a note to ``op.key`` per operation; it stamps and records every sending and receipt."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.clock = self.first()

    def first(self) -> Any:
        """Return the clock before the first event."""
        raise NotImplementedError(f"{type(self).__name__} needs a method first")

    def after_sending(self) -> Any:
        """Return the clock after a note is sent, which is the note's stamp."""
        raise NotImplementedError(f"{type(self).__name__} needs a method after_sending")

    def after_receipt(self, stamp: Any) -> Any:
        """Return the clock after the receipt of a note with this stamp."""
        raise NotImplementedError(f"{type(self).__name__} needs a method after_receipt")

    def on_start(self, log: Sequence[object]) -> None:
        stamps = [record.stamp for record in log if isinstance(record, Stamped)]
        self.clock = stamps[-1] if stamps else self.first()

    def on_invoke(self, op: Invocation) -> None:
        self.clock = self.after_sending()
        self.write(Stamped("send", op.id, self.clock, self.now))
        self.send(op.key, Note(op.id, self.clock))
        self.complete(op.id)

    def on_note(self, sender: str, note: Note) -> None:
        self.clock = self.after_receipt(note.stamp)
        self.write(Stamped("receive", note.number, self.clock, self.now))


class WallClockStamper(Stamper):
    """A node that stamps each event with its own time of day, in ms."""

    def first(self) -> float:
        return 0.0

    def after_sending(self) -> float:
        return self.now

    def after_receipt(self, stamp: float) -> float:
        return self.now
