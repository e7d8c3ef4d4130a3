"""The log that a primary writes and its replicas copy, by epoch and log sequence number (LSN)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dscourse.replication.log import Log

__all__ = ["START", "BinaryLog", "Entry", "Position", "applied"]

OPERATIONS = ("begin", "delete", "write")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """The position of an entry: its primary's epoch and its log sequence number (LSN); (0, 0) precedes all."""

    epoch: int = 0
    lsn: int = 0

    @property
    def number(self) -> int:
        return self.lsn

    def __str__(self) -> str:
        return f"{self.epoch}:{self.lsn}"


START = Position()


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: ``f`` is "write" or "delete" of a key, or "begin", the first entry of a primary's epoch."""

    position: Position
    f: str
    key: Any = None
    value: Any = None

    @property
    def change(self) -> str:
        """The change in words, without its position: ``x=5``, ``delete x`` or ``begin``."""
        if self.f == "write":
            return f"{self.key}={self.value}"
        return self.f if self.key is None else f"{self.f} {self.key}"

    def __str__(self) -> str:
        return f"{self.position} {self.change}"


@dataclass(frozen=True, slots=True)
class BinaryLog(Log[Position, Entry]):
    """The log that a primary writes and its replicas copy.

    >>> log = BinaryLog().extended([Entry(Position(1, 1), "write", "x", 5)])
    >>> log.last, Position(1, 1) in log, Position(2, 1) in log
    (Position(epoch=1, lsn=1), True, False)
    >>> print(BinaryLog(), log, sep="; ")
    empty; 1:1 x=5
    """

    base: Position = START

    def entry_text(self, entry: Entry) -> str:
        """Describe an entry, which begins with its position."""
        return str(entry)


def applied(state: Mapping[Any, Any], entries: Iterable[Entry]) -> dict[Any, Any]:
    """Return ``state`` after these entries. ValueError for an operation that a log does not know.

    >>> applied({"x": 1}, [Entry(Position(1, 1), "write", "y", 2), Entry(Position(1, 2), "delete", "x")])
    {'y': 2}
    """
    after = dict(state)
    for entry in entries:
        if entry.f not in OPERATIONS:
            raise ValueError(
                f"entry {entry.position.lsn}: f={entry.f!r}: known are {', '.join(OPERATIONS)}"
            )
        if entry.f == "write":
            after[entry.key] = entry.value
        elif entry.f == "delete":
            after.pop(entry.key, None)
    return after
