"""A log of numbered entries, as a primary writes it and its replicas copy it: a value, changed by making another.

Each entry has a position: the epoch of the primary that made it, and its number (log sequence number, LSN). Within a
log both rise, so positions are ordered as the entries are. Two logs that hold the same position are equal up to it,
because a primary sends with its entries the position before them, and who lacks that takes none.

Source: Oki and Liskov, "Viewstamped replication", PODC 1988, section 3 (positions of a view and a number); Ongaro and
Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, section 5.3 (the position before).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["BinaryLog", "Entry", "Position", "agree", "applied", "match"]

OPERATIONS = ("begin", "delete", "write")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where an entry stands: the epoch of its primary, and its number; (0, 0) is before all entries."""

    epoch: int = 0
    lsn: int = 0

    def __str__(self) -> str:
        return f"{self.epoch}:{self.lsn}"


START = Position()


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened at a position: ``f`` is "write" or "delete" of a key, or "begin", a primary's first entry."""

    position: Position
    f: str
    key: Any = None
    value: Any = None

    def __str__(self) -> str:
        done = f"{self.key}={self.value}" if self.f == "write" else f"{self.f} {self.key or ''}"
        return f"{self.position} {done}".rstrip()


@dataclass(frozen=True, slots=True)
class BinaryLog:
    """The entries after ``base``; what came up to it is in a snapshot.

    >>> log = BinaryLog().extended([Entry(Position(1, 1), "write", "x", 5)])
    >>> log.last, Position(1, 1) in log, Position(2, 1) in log
    (Position(epoch=1, lsn=1), True, False)
    """

    base: Position = START
    entries: tuple[Entry, ...] = ()

    @property
    def last(self) -> Position:
        """The position of the last entry."""
        return self.entries[-1].position if self.entries else self.base

    def position(self, lsn: int) -> Position:
        """The position with this number; LookupError if it is not in this log."""
        if not self.base.lsn <= lsn <= self.last.lsn:
            raise LookupError(
                f"lsn={lsn}: this log holds those from {self.base.lsn} to {self.last.lsn}"
            )
        place = lsn - self.base.lsn
        return self.entries[place - 1].position if place else self.base

    def __contains__(self, position: Position) -> bool:
        inside = self.base.lsn <= position.lsn <= self.last.lsn
        return inside and self.position(position.lsn) == position

    def after(self, position: Position) -> tuple[Entry, ...]:
        """The entries after this position; LookupError if it is not in this log."""
        if position not in self:
            raise LookupError(f"{position} is not in this log, which ends at {self.last}")
        return self.entries[position.lsn - self.base.lsn :]

    def common(self, position: Position) -> Position:
        """The last position here up to which a log that ends at ``position`` can be the same: neither its epoch nor
        its number is higher. `START` if there is none.
        """
        for entry in reversed(self.entries):
            if entry.position <= position and entry.position.lsn <= position.lsn:
                return entry.position
        return self.base if self.base <= position and self.base.lsn <= position.lsn else START

    def lacking(self, after: Position, entries: tuple[Entry, ...]) -> tuple[Entry, ...] | None:
        """Those of the ``entries``, which come after a position, that this log lacks; None if it lacks what precedes.

        >>> one, two = Entry(Position(1, 1), "write", "x", 5), Entry(Position(1, 2), "write", "x", 6)
        >>> log = BinaryLog().extended([one])
        >>> log.lacking(START, (one, two)) == (two,), log.lacking(two.position, ())
        (True, None)
        """
        known = [after, *(entry.position for entry in entries)]
        shared = [place for place, position in enumerate(known) if position in self]
        return entries[shared[-1] :] if shared else None

    def extended(self, entries: Iterable[Entry]) -> BinaryLog:
        """The log that goes on with these entries, in place of what it held from the first of them on.

        ValueError if they leave a gap, begin before the base, or if an epoch falls.
        """
        log = self
        for entry in entries:
            lsn = entry.position.lsn
            if not log.base.lsn < lsn <= log.last.lsn + 1:
                raise ValueError(
                    f"entry {lsn}: the next after {log.last.lsn} is needed, or one after {log.base.lsn} to replace"
                )
            kept = log.entries[: lsn - log.base.lsn - 1]
            before = kept[-1].position if kept else log.base
            if entry.position.epoch < before.epoch:
                raise ValueError(
                    f"entry {lsn} of epoch {entry.position.epoch} comes after {before}"
                )
            log = BinaryLog(log.base, (*kept, entry))
        return log

    def cut(self, lsn: int) -> BinaryLog:
        """The log without the entries up to this number, which a snapshot holds."""
        base = self.position(lsn)
        return BinaryLog(base, self.after(base))


def applied(state: Mapping[Any, Any], entries: Iterable[Entry]) -> dict[Any, Any]:
    """What a state becomes by these entries. ValueError for an operation that a log does not know.

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


def match(logs: Iterable[BinaryLog]) -> bool:
    """True if any two of these logs that hold the same position hold the same entries up to it.

    >>> one, other, then = (Entry(Position(*at), "write", "x", at) for at in ((1, 1), (2, 1), (3, 2)))
    >>> match([BinaryLog().extended([one, then]), BinaryLog().extended([other, then])])
    False
    """
    held = [{entry.position.lsn: entry for entry in log.entries} for log in logs]
    return all(_match(one, other) for place, one in enumerate(held) for other in held[:place])


def _match(one: Mapping[int, Entry], other: Mapping[int, Entry]) -> bool:
    both = sorted(one.keys() & other.keys())
    last = max((lsn for lsn in both if one[lsn].position == other[lsn].position), default=0)
    return all(one[lsn] == other[lsn] for lsn in both if lsn <= last)


def agree(logs: Iterable[tuple[BinaryLog, int]]) -> bool:
    """True if no two of these logs, each up to a number, hold different entries under the same one.

    >>> one, other = (BinaryLog().extended([Entry(Position(epoch, 1), "begin")]) for epoch in (1, 2))
    >>> agree([(one, 1), (other, 0)]), agree([(one, 1), (other, 1)])
    (True, False)
    """
    seen: dict[int, Entry] = {}
    return all(
        seen.setdefault(entry.position.lsn, entry) == entry
        for log, upto in logs
        for entry in log.entries
        if entry.position.lsn <= upto
    )
