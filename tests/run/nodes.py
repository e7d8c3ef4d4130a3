"""Nodes for the tests of real processes, in a module that a new process imports quickly."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Client, Invocation, Message, Node, Reply, Timer


@dataclass(frozen=True, slots=True)
class Add(Message):
    """Add this to the counter, for an operation."""

    op: int
    amount: int


@dataclass(frozen=True, slots=True)
class Added(Message):
    """An addition, on its way to the other nodes."""

    amount: int


@dataclass(frozen=True, slots=True)
class Total:
    """A record: the sum so far."""

    amount: int


@dataclass(frozen=True, slots=True)
class Tick(Timer):
    """Something to do every few milliseconds."""


class Counter(Node):
    """Adds up what its client sends, durably, and tells its peers."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.total = 0

    def on_start(self, log: Sequence[Any]) -> None:
        self.total = log[-1].amount if log else 0

    def on_add(self, sender: str, add: Add) -> None:
        self.total += add.amount
        self.write(Total(self.total))
        self.broadcast(Added(add.amount))
        self.reply(sender, add.op, self.total)

    def on_added(self, sender: str, added: Added) -> None:
        pass


class Adder(Client):
    """The client of one counter."""

    def __init__(self, id: str, server: str) -> None:
        super().__init__(id)
        self.server = server

    def on_invoke(self, op: Invocation) -> None:
        self.send(self.server, Add(op.id, op.value))

    def on_reply(self, sender: str, reply: Reply) -> None:
        self.complete(reply.op, reply.result)


class Failing(Counter):
    """Raises in its handler."""

    def on_add(self, sender: str, add: Add) -> None:
        raise ValueError(f"cannot add {add.amount}")


class Exiting(Counter):
    """Ends its own process in its handler."""

    def on_add(self, sender: str, add: Add) -> None:
        print("out of here", file=sys.stderr, flush=True)
        os._exit(3)


class Unloadable(Counter):
    """Cannot be made of its state in a new process."""

    def __setstate__(self, state: object) -> None:
        raise ValueError("this state is no good")


class Late(Counter):
    """Takes long to load."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        time.sleep(60)


class Guessing(Counter):
    """Draws a random number in its handler."""

    def on_add(self, sender: str, add: Add) -> None:
        self.reply(sender, add.op, random.SystemRandom().getrandbits(64))


class Lost(Counter):
    """Sends to a node that does not exist."""

    def on_add(self, sender: str, add: Add) -> None:
        self.send("nobody", add)


class Clocked(Counter):
    """Replies with the reading of its clock."""

    def on_add(self, sender: str, add: Add) -> None:
        self.reply(sender, add.op, self.now)


class Ticking(Counter):
    """Ticks every 5 ms, and counts."""

    def on_start(self, log: Sequence[Any]) -> None:
        self.set_timer(Tick(), 5)

    def on_tick(self, timer: Tick) -> None:
        self.total += 1
        self.set_timer(Tick(), 5)

    def on_add(self, sender: str, add: Add) -> None:
        self.reply(sender, add.op, self.total)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A value that no node names."""

    amount: int


class Echo(Counter):
    """Replies with what was sent."""

    def on_add(self, sender: str, add: Add) -> None:
        self.reply(sender, add.op, add.amount)


class Forking(Counter):
    """Starts a process that would outlive it."""

    def on_start(self, log: Sequence[Any]) -> None:
        if not log:
            child = os.fork()
            if not child:
                self.in_child()
            self.in_parent(child)
            self.write(Total(child))

    def in_parent(self, child: int) -> None:
        pass

    def in_child(self) -> None:
        time.sleep(999)
        os._exit(0)


class Leaving(Forking):
    """Starts a process that leaves the node's group and session, as daemons do, and waits until it has left."""

    def in_parent(self, child: int) -> None:
        while os.getsid(child) != child:
            time.sleep(0.001)

    def in_child(self) -> None:
        os.setsid()
        os.closerange(0, 64)
        super().in_child()


class Abandoning(Forking):
    """Ends itself while its child lives, which holds its socket open."""

    def on_add(self, sender: str, add: Add) -> None:
        os._exit(4)
