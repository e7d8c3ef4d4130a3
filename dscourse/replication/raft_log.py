"""Raft's replicated log: entries with a term and an index.

Source: Ongaro and Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, section 5.3.
"""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass
from typing import Any

from dscourse.replication.log import Log

__all__ = ["START", "Entry", "Position", "ReplicatedLog"]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A term and an index, which identify an entry; (0, 0) is before all entries.

    The log that ends at the higher position is the more up-to-date one (section 5.4.1).
    """

    term: int = 0
    index: int = 0

    @property
    def number(self) -> int:
        return self.index

    def __str__(self) -> str:
        return f"index {self.index} of term {self.term}"


START = Position()


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log: ``f`` says what it does, to which key and with which value.

    "no-op" does nothing; every other ``f`` belongs to a subclass of Raft. A value that is a dataclass describes the
    whole entry in its text.
    """

    position: Position
    f: str
    key: Any = None
    value: Any = None

    @property
    def term(self) -> int:
        """The term of the leader that created this entry."""
        return self.position.term

    @property
    def index(self) -> int:
        """The index of this entry in the log, from 1 on."""
        return self.position.index

    def __str__(self) -> str:
        """Describe the effect of the entry.

        >>> print(Entry(Position(1, 1), "no-op"), Entry(Position(1, 2), "members", None, ("a", "b")), sep=", then ")
        no-op, then members a b
        """
        if is_dataclass(self.value):
            return str(self.value)
        named = self.value if isinstance(self.value, tuple) else (self.value,)
        return " ".join(str(part) for part in (self.f, self.key, *named) if part is not None)


@dataclass(frozen=True, slots=True)
class ReplicatedLog(Log[Position, Entry]):
    """The log of one node; ``base`` is the position of the last entry that a snapshot has replaced.

    >>> log = ReplicatedLog().extended([Entry(Position(1, 1), "no-op"), Entry(Position(3, 2), "no-op")])
    >>> log.last_index, log.term_at(1), log.term_at(2)
    (2, 1, 3)
    >>> print(ReplicatedLog(), log, sep="; ")
    empty; no-op at index 1 of term 1, no-op at index 2 of term 3
    """

    base: Position = START

    @property
    def last_index(self) -> int:
        """The index of the last entry."""
        return self.last.index

    def term_at(self, index: int) -> int:
        """Return the term of the entry at an index; LookupError if it is not in this log."""
        return self.position(index).term

    def entry_at(self, index: int) -> Entry:
        """Return the entry at an index; LookupError if it is not in this log, or only in a snapshot."""
        if not self.base.index < index <= self.last_index:
            raise LookupError(
                f"index {index}: this log holds entries {self.base.index + 1} to {self.last_index}"
            )
        return self.entries[index - self.base.index - 1]
