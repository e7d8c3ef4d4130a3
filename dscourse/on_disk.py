"""A node whose log is a SQLite file: what it has written is there after its process has died.

The simulator keeps logs in memory, which shows what a protocol does with them; this shows that the same class
recovers from a real file. Messages are not delivered by themselves: each event is given by hand, and what the node
sends comes back as a list. Clients are no such nodes: what they complete is nobody's to hear.
"""

from __future__ import annotations

import ast
import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from os import PathLike
from typing import Any

from dscourse.dispatch import handle_message, handle_timer
from dscourse.node import CancelTimer, Message, Node, Send, SetTimer, Timer, Write, take_effects

__all__ = ["OnDisk", "SqliteLog"]


class SqliteLog:
    """Records in a SQLite file, in order. What `append` has returned from is on the disk.

    A record is a dataclass of numbers, texts and tuples; ``kinds`` are those that the file may hold.

    >>> from dscourse.protocols.two_phase_commit import Outcome
    >>> log = SqliteLog(":memory:", [Outcome])
    >>> log.append(Outcome(1, True))
    >>> log.records(), log.rows()
    ([Outcome(tx=1, commit=True)], [(1, 'Outcome', '(1, True)')])
    """

    def __init__(self, path: str | PathLike[str], kinds: Iterable[type]) -> None:
        self._kinds = {kind.__name__: kind for kind in kinds}
        self._file = sqlite3.connect(path, isolation_level=None)  # each statement is a transaction
        self._file.execute("PRAGMA synchronous = FULL")
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS log (place INTEGER PRIMARY KEY, kind TEXT NOT NULL, fields TEXT NOT NULL)"
        )

    def append(self, record: Any) -> None:
        """Write the record; TypeError for one that could not be read again, LookupError for an unknown kind."""
        name = type(record).__name__
        text = repr(tuple(getattr(record, field.name) for field in fields(record)))
        if self._read(name, text) != record:
            raise TypeError(
                f"{record!r} cannot be written: its fields must be numbers, texts and tuples"
            )
        self._file.execute("INSERT INTO log (kind, fields) VALUES (?, ?)", (name, text))

    def records(self) -> list[Any]:
        """All records, in the order in which they were written."""
        return [self._read(kind, text) for _, kind, text in self.rows()]

    def rows(self) -> list[tuple[int, str, str]]:
        """The rows of the table as they stand in the file."""
        return self._file.execute("SELECT place, kind, fields FROM log ORDER BY place").fetchall()

    def close(self) -> None:
        """Close the file; nothing more can be written."""
        self._file.close()

    def _read(self, kind: str, text: str) -> Any:
        if kind not in self._kinds:
            known = ", ".join(sorted(self._kinds)) or "none"
            raise LookupError(f"a record of kind {kind!r}: the kinds of this log are {known}")
        try:
            return self._kinds[kind](*ast.literal_eval(text))
        except (ValueError, SyntaxError):
            return None


class OnDisk:
    """A node that has started with what its log holds; ``timers`` are those that are set.

    >>> from dscourse.protocols.two_phase_commit import Outcome, Participant, Prepare, Prepared
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
        """Hand the node a message, write what it writes, and return what it sends."""
        handle_message(self.node, sender, message)
        return self._carry_out()

    def fire(self, timer: Timer) -> list[Send]:
        """Let a timer fire that is set; LookupError if it is not."""
        if timer not in self.timers:
            raise LookupError(f"{timer} is not set: the timers are {self.timers}")
        self.timers.remove(timer)
        handle_timer(self.node, timer)
        return self._carry_out()

    def _carry_out(self) -> list[Send]:
        """Everything the node has asked for, in its order: a record is on disk before what follows it is sent."""
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
