"""A log of numbered entries that replicas copy from a leader: a value, changed by making another one.

`Log` is what replicated protocols share. Each entry has a position: the period of the leader that created the entry,
and the entry's number. Both rise along a log, so positions are ordered as entries are. Two logs that hold the same
position hold the same entries up to it, because a leader sends the position before its entries along with them, and a
replica that lacks it rejects them. What a position is called is up to the protocol: `binary_log` has the epoch and
the log sequence number (LSN) of primary and replicas, `raft_log` Raft's term and index.

Source: Oki and Liskov, "Viewstamped replication", PODC 1988, section 3 (viewstamps); Ongaro and Ousterhout, "In
search of an understandable consensus algorithm", USENIX ATC 2014, section 5.3 (AppendEntries' consistency check).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Generic, Protocol, Self, TypeVar

__all__ = ["Log", "agree", "match"]


class Numbered(Protocol):
    """The position of an entry, ordered by the leader's period, then by number; the start, numbered 0, is lowest."""

    @property
    def number(self) -> int:
        """The number of the entry at this position, from 1 on; 0 before all entries."""

    def __le__(self, other: Any, /) -> bool: ...


P = TypeVar("P", bound=Numbered)


class Placed(Protocol):
    """An entry of a log."""

    @property
    def position(self) -> Any: ...


E = TypeVar("E", bound=Placed)


@dataclass(frozen=True, slots=True)
class Log(Generic[P, E]):
    """The ``entries`` that follow the position ``base``; a snapshot replaces those up to it."""

    base: P
    entries: tuple[E, ...] = ()

    def __str__(self) -> str:
        """Describe the entries with their positions, such as "no-op at index 1 of term 1"; "empty" without any."""
        texts = list(map(self.entry_text, self.entries))
        if self.base.number:
            texts.insert(0, f"a snapshot up to {self.base}")
        return ", ".join(texts) or "empty"

    def entry_text(self, entry: E) -> str:
        """Describe an entry with its position."""
        return f"{entry} at {entry.position}"

    @property
    def last(self) -> P:
        """The position of the last entry."""
        return self.entries[-1].position if self.entries else self.base

    def position(self, number: int) -> P:
        """Return the position with this number; LookupError if it is not in this log."""
        first = self.base.number
        if not first <= number <= self.last.number:
            raise LookupError(
                f"entry {number}: this log reaches from {first} to {self.last.number}"
            )
        return self.entries[number - first - 1].position if number > first else self.base

    def __contains__(self, position: P) -> bool:
        index = position.number - self.base.number - 1  # of its entry; numbers have no gaps
        if index < 0:
            return bool(position == self.base)
        return index < len(self.entries) and bool(self.entries[index].position == position)

    def after(self, position: P) -> tuple[E, ...]:
        """Return the entries after this position; LookupError if it is not in this log."""
        if position not in self:
            raise LookupError(f"{position} is not in this log, which ends at {self.last}")
        return self.entries[position.number - self.base.number :]

    def common(self, position: P) -> P:
        """Return the last position at which this log may still agree with a log that ends at ``position``.

        Neither its period nor its number is higher; the start of all logs if there is none.
        """
        for entry in reversed(self.entries):
            if entry.position <= position and entry.position.number <= position.number:
                return entry.position  # type: ignore[no-any-return]
        agrees = self.base <= position and self.base.number <= position.number
        return self.base if agrees else type(self.base)()

    def lacking(self, after: P, entries: tuple[E, ...]) -> tuple[E, ...] | None:
        """Return those of ``entries``, which follow ``after``, that this log lacks; None if it lacks ``after`` too.

        >>> from dscourse.replication.binary_log import START, BinaryLog, Entry, Position
        >>> one, two = Entry(Position(1, 1), "write", "x", 5), Entry(Position(1, 2), "write", "x", 6)
        >>> log = BinaryLog().extended([one])
        >>> log.lacking(START, (one, two)) == (two,), log.lacking(two.position, ())
        (True, None)
        """
        known = [after, *(entry.position for entry in entries)]
        shared = [count for count, position in enumerate(known) if position in self]
        return entries[shared[-1] :] if shared else None

    def extended(self, entries: Iterable[E]) -> Self:
        """Return this log continued by ``entries``; the first of them replaces its own from that number on.

        ValueError if they leave a gap, begin before the base, or if an entry follows one of a later leader.
        """
        log = self
        for entry in entries:
            log = log._extended_by(entry)
        return log

    def _extended_by(self, entry: E) -> Self:
        number, first, last = entry.position.number, self.base.number, self.last.number
        if not first < number <= last + 1:
            raise ValueError(
                f"entry {number}: the next after {last} is needed, or one after {first} to replace"
            )
        earlier = self.entries[: number - first - 1]
        before = earlier[-1].position if earlier else self.base
        if entry.position <= before:
            raise ValueError(
                f"{entry.position} cannot follow {before}, which a later leader created"
            )
        return replace(self, entries=(*earlier, entry))

    def cut(self, number: int) -> Self:
        """Return the log without the entries up to this number, which a snapshot replaces."""
        base = self.position(number)
        return replace(self, base=base, entries=self.after(base))


def match(logs: Iterable[Log[Any, Any]]) -> bool:
    """Return True if any two of these logs that hold the same position hold the same entries up to it.

    >>> from dscourse.replication.binary_log import BinaryLog, Entry, Position
    >>> one, other, then = (Entry(Position(*at), "write", "x", at) for at in ((1, 1), (2, 1), (3, 2)))
    >>> match([BinaryLog().extended([one, then]), BinaryLog().extended([other, then])])
    False
    """
    numbered = [{entry.position.number: entry for entry in log.entries} for log in logs]
    return all(_match(one, other) for one, other in combinations(numbered, 2))


def _match(one: Mapping[int, Any], other: Mapping[int, Any]) -> bool:
    both = sorted(one.keys() & other.keys())
    shared = (number for number in both if one[number].position == other[number].position)
    last = max(shared, default=0)
    return all(one[number] == other[number] for number in both if number <= last)


def agree(logs: Iterable[tuple[Log[Any, Any], int]]) -> bool:
    """Return True if no two of these logs, each up to a number, hold different entries of the same number.

    Of the entries that a snapshot has replaced, only the last is compared, by its position.

    >>> from dscourse.replication.binary_log import BinaryLog, Entry, Position
    >>> one, other = (BinaryLog().extended([Entry(Position(epoch, 1), "begin")]) for epoch in (1, 2))
    >>> agree([(one, 1), (other, 0)]), agree([(one, 1), (other, 1)]), agree([(one, 1), (other.cut(1), 1)])
    (True, False, False)
    """
    by_number: dict[int, Any] = {}
    bases: dict[int, object] = {}
    for log, last in logs:
        if bases.setdefault(log.base.number, log.base) != log.base:
            return False
        for entry in log.entries:
            number = entry.position.number
            if number <= last and by_number.setdefault(number, entry) != entry:
                return False
    return all(
        by_number[number].position == base for number, base in bases.items() if number in by_number
    )
