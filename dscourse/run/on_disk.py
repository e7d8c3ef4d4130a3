"""A node whose log is a SQLite file: its records survive the death of its process.

The simulator keeps logs in memory; here the same protocol class recovers from a real file. There is no network: each
event is given by hand, and the messages that the node sends are returned as a list. Clients are not supported: their
completed operations are dropped.
"""

from __future__ import annotations

import ast
import math
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from os import PathLike
from typing import Any
from zlib import crc32

from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.node import CancelTimer, Message, Node, Send, SetTimer, Timer, Write, take_effects
from dscourse.run.disk import DamagedLogError

__all__ = ["OnDisk", "SqliteLog"]


class SqliteLog:
    """Records in a SQLite file, in order; a record is on disk once `append` has returned.

    A record is a dataclass of None, bool, int, finite float, str, bytes, and tuples of these; ``kinds`` are the
    classes that the file may hold. TypeError for a kind that is not a dataclass, ValueError for two of one name.

    Each row has a checksum of its position, kind and fields, and the file's header counts the rows. Damage to the
    records is therefore detected when the log is opened or read: DamagedLogError. The replacement of the file by an
    older copy of itself is not detected. A process that dies during `append` leaves no torn record, because SQLite
    executes a transaction entirely or not at all.

    >>> from dscourse.protocols.atomicity import Outcome
    >>> log = SqliteLog(":memory:", [Outcome])
    >>> log.append(Outcome(1, True))
    >>> log.records(), log.rows()
    ([Outcome(tx=1, commit=True)], [(1, 'Outcome', '(1, True)')])
    """

    def __init__(self, path: str | PathLike[str], kinds: Iterable[type]) -> None:
        self._path = os.fspath(path)
        self._kinds: dict[str, type] = {}
        for kind in kinds:
            self._add(kind)
        self._file = _opened(self._path)
        self._file.text_factory = bytes  # the checksum covers the raw bytes
        try:
            self._count = len(self.records())
            self._file.execute("PRAGMA synchronous = FULL")
        except BaseException:
            self.close()
            raise

    def append(self, record: Any) -> None:
        """Write the record. TypeError if it could not be read back unchanged, LookupError for an unknown kind."""
        name = type(record).__name__
        text = self._text(record)
        number = self._count + 1
        with self._file:  # one transaction: commit, or roll back and raise
            self._file.execute("BEGIN IMMEDIATE")
            row = (number, name, text, _checksum(number, name.encode(), text.encode()))
            self._file.execute("INSERT INTO log VALUES (?, ?, ?, ?)", row)
            self._file.execute(f"PRAGMA user_version = {number}")
        self._count = number

    def records(self) -> list[Any]:
        """Return all records, in the order in which they were written. DamagedLogError if the file is damaged."""
        return [self._checked(number, kind, text) for number, kind, text in self.rows()]

    def rows(self) -> list[tuple[int, str, str]]:
        """Return the rows of the table: position from 1, kind, fields. DamagedLogError if one is not as written."""
        with self._noticing_damage():
            stored = self._file.execute(
                "SELECT place, kind, fields, checksum FROM log ORDER BY place"
            ).fetchall()
            (count,) = self._file.execute("PRAGMA user_version").fetchone()
        rows = [self._row(number, row) for number, row in enumerate(stored, start=1)]
        if len(rows) != count:
            raise DamagedLogError(
                f"{self._path}: {count} records were written, and {len(rows)} are there"
            )
        return rows

    def close(self) -> None:
        """Close the file; nothing more can be written."""
        self._file.close()

    def _add(self, kind: type) -> None:
        if not (isinstance(kind, type) and is_dataclass(kind)):
            raise TypeError(f"kinds: {kind!r}: a kind of record must be a dataclass")
        if self._kinds.setdefault(kind.__name__, kind) is not kind:
            raise ValueError(f"kinds: two classes are called {kind.__name__}: rename one of them")

    def _row(self, number: int, row: tuple[Any, ...]) -> tuple[int, str, str]:
        """Return the row as text. Raise DamagedLogError unless it was written at this position."""
        position, kind, text, checksum = row
        if position != number:
            raise DamagedLogError(f"{self._path}: record {number} is missing")
        whole = isinstance(kind, bytes) and isinstance(text, bytes)
        if not whole or _checksum(number, kind, text) != checksum:
            raise DamagedLogError(f"{self._path}: record {number} is damaged: its checksum differs")
        return number, kind.decode(), text.decode()

    def _checked(self, number: int, kind: str, text: str) -> Any:
        try:
            return self._read(kind, text)
        except _UNREADABLE as error:
            raise DamagedLogError(
                f"{self._path}: record {number} does not fit its kind {kind}: {error}"
            ) from error

    def _text(self, record: Any) -> str:
        """Return the record's fields as text, from which `_read` makes an equal record."""
        name = type(record).__name__
        if self._kinds.get(name) is not type(record):
            raise self._unknown(name)
        values = _values(record)
        try:
            text = repr(values)
            if _storable(values) and _values(self._read(name, text)) == values:
                return text
        except _UNREADABLE:
            pass
        raise TypeError(
            f"{name}: it cannot be written, because it could not be read again as it is: "
            "its fields must be None, numbers, texts, bytes, and tuples of these"
        )

    def _read(self, kind: str, text: str) -> Any:
        if kind not in self._kinds:
            raise self._unknown(kind)
        return self._kinds[kind](*ast.literal_eval(text))

    def _unknown(self, kind: str) -> LookupError:
        known = ", ".join(sorted(self._kinds)) or "none"
        return LookupError(f"a record of kind {kind!r}: the kinds of this log are {known}")

    @contextmanager
    def _noticing_damage(self) -> Iterator[None]:
        """Turn SQLite's complaints about the file into DamagedLogError, except for a lock or use after `close`."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except (sqlite3.DatabaseError, UnicodeDecodeError, MemoryError) as error:
            if getattr(error, "sqlite_errorname", "") in ("SQLITE_BUSY", "SQLITE_LOCKED"):
                raise
            raise DamagedLogError(f"{self._path}: the file cannot be read: {error}") from error


_UNREADABLE = (ValueError, SyntaxError, TypeError, MemoryError, RecursionError)


def _opened(path: str) -> sqlite3.Connection:
    """Open the file at ``path``, created atomically if missing, so that an empty file never passes for a new log."""
    if path == ":memory:":
        return _created(path)
    if not os.path.exists(path):
        unfinished = f"{path}.new"
        for left in (unfinished, f"{unfinished}-journal"):  # left by a process that died here
            if os.path.exists(left):
                os.remove(left)
        _created(unfinished).close()
        os.replace(unfinished, path)
    return sqlite3.connect(path, isolation_level=None)  # transactions begin when asked for


def _created(path: str) -> sqlite3.Connection:
    file = sqlite3.connect(path, isolation_level=None)
    file.execute(
        "CREATE TABLE log (place INTEGER PRIMARY KEY, kind TEXT NOT NULL, fields TEXT NOT NULL, "
        "checksum INTEGER NOT NULL)"
    )
    return file


def _checksum(number: int, kind: bytes, text: bytes) -> int:
    return crc32(b"%d %b %b" % (number, kind, text))


def _values(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, field.name) for field in fields(record))


def _storable(value: object) -> bool:
    """Return whether ``repr`` describes the value exactly: it is of these types, and of no subclass."""
    if type(value) is tuple:
        return all(map(_storable, value))
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (bool, int, str, bytes)


class OnDisk:
    """A node that has started from the records of its log; ``timers`` are those that are set.

    DamagedLogError if the log is damaged: a node that has forgotten a record may break its promises.

    >>> from dscourse.protocols.atomicity import Outcome, Prepared
    >>> from dscourse.protocols.two_phase_commit import Participant
    >>> from dscourse.protocols.two_phase_messages import Prepare
    >>> host = OnDisk(Participant("p1", ["c"]), SqliteLog(":memory:", [Outcome, Prepared]))
    >>> host.deliver("c", Prepare(1, (("x", 5),), ("p1",)))
    [Send(to='c', message=Vote(tx=1, yes=True))]
    >>> host.log.records()
    [Prepared(tx=1, writes=(('x', 5),), coordinator='c', participants=('p1',))]
    """

    def __init__(self, node: Node, log: SqliteLog) -> None:
        self.node, self.log = node, log
        self.timers: list[Timer] = []
        node.on_start(log.records())
        self.sent = self._carry_out()

    def deliver(self, sender: str, message: Message) -> list[Send]:
        """Deliver a message to the node, append its records to the log, and return the messages that it sends."""
        handle_message(self.node, sender, message)
        return self._carry_out()

    def fire(self, timer: Timer) -> list[Send]:
        """Fire a timer and return the messages that the node sends. Raise LookupError if the timer is not set."""
        if timer not in self.timers:
            raise LookupError(f"{timer!r} is not set: the timers are {self.timers}")
        self.timers.remove(timer)
        handle_timer(self.node, timer)
        return self._carry_out()

    def _carry_out(self) -> list[Send]:
        """Execute the node's effects in order: a record is on disk before a later message is returned."""
        sent = []
        for effect in take_effects(self.node):
            if isinstance(effect, Write):
                self.log.append(effect.record)
            elif isinstance(effect, Send):
                sent.append(effect)
            elif isinstance(effect, SetTimer | CancelTimer):
                self.timers = [timer for timer in self.timers if timer != effect.timer]
                self.timers += [effect.timer] if isinstance(effect, SetTimer) else []
        return sent
