"""The register of Attiya, Bar-Noy and Dolev, as small as it can be: clients that ask three copies, one writer.

Source:        Attiya, Bar-Noy and Dolev, "Sharing Memory Robustly in Message-Passing Systems", JACM 42(1), 1995.
               A reader asks a majority for the newest value and stores it at a majority before it returns.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.node import Client, Invocation, Message, Node

__all__ = ["Copy", "HastyReader", "LostWriter", "Reader", "Writer"]

Version = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Ask(Message):
    op: int


@dataclass(frozen=True, slots=True)
class Newest(Message):
    op: int
    version: Version


@dataclass(frozen=True, slots=True)
class Keep(Message):
    op: int
    version: Version


@dataclass(frozen=True, slots=True)
class Kept(Message):
    op: int


class Copy(Node):
    """Holds the newest version that it has been sent."""

    version: Version

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.version = (0, None)

    def on_ask(self, sender: str, ask: Ask) -> None:
        self.send(sender, Newest(ask.op, self.version))

    def on_keep(self, sender: str, keep: Keep) -> None:
        if keep.version[0] > self.version[0]:
            self.version = keep.version
        self.send(sender, Kept(keep.op))


class Writer(Client):
    """The only writer: it numbers its versions itself."""

    def __init__(self, id: str, copies: Iterable[str]) -> None:
        super().__init__(id, copies)
        self.op = -1
        self.number = 0
        self.heard: set[str] = set()
        self.newest: Version = (0, None)

    def on_invoke(self, op: Invocation) -> None:
        self.number += 1
        self.store(op.id, (self.number, op.value))

    def store(self, op: int, version: Version) -> None:
        self.op, self.newest, self.heard = op, version, set()
        self.broadcast(Keep(op, version))

    def on_kept(self, sender: str, kept: Kept) -> None:
        if kept.op == self.op and self.majority(sender):
            self.end()

    def majority(self, sender: str) -> bool:
        """True once a majority has answered."""
        self.heard.add(sender)
        return len(self.heard) > len(self.peers) / 2

    def end(self) -> None:
        self.complete(self.op)
        self.op, self.heard = -1, set()


class LostWriter(Writer):
    """Crashes after its first message: its write stays open for ever."""

    def store(self, op: int, version: Version) -> None:
        self.send(self.peers[0], Keep(op, version))


class Reader(Writer):
    """Asks a majority, then stores what is newest before it returns it."""

    asking = False

    def on_invoke(self, op: Invocation) -> None:
        self.op, self.asking, self.newest = op.id, True, (0, None)
        self.broadcast(Ask(op.id))

    def on_newest(self, sender: str, newest: Newest) -> None:
        if newest.op != self.op or not self.asking:
            return
        self.newest = max(self.newest, newest.version, key=lambda version: version[0])
        if self.majority(sender):
            self.asking = False
            self.answered()

    def answered(self) -> None:
        self.store(self.op, self.newest)

    def end(self) -> None:
        self.complete(self.op, self.newest[1])
        self.op, self.heard, self.newest = -1, set(), (0, None)


class HastyReader(Reader):
    """Returns the value of its first phase at once: a later read may return an older one."""

    def answered(self) -> None:
        self.end()
