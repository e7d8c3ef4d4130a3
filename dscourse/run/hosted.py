"""A node beside others in one process, for `run.maelstrom`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from dscourse.core.dispatch import handlers_of
from dscourse.node import Node, Time, Timer, context_of
from dscourse.run.codec import Codec
from dscourse.run.disk import FileLog

__all__ = ["Around", "Hosted"]


class Around(Protocol):
    """The surroundings of a hosted node: time, messages, timers and requests."""

    time: Time
    codec: Codec

    def send(self, sender: str, to: str, message: Any) -> None: ...
    def plan(self, hosted: Hosted, timer: Timer, low_ms: float, high_ms: float) -> int: ...
    def complete(self, op: int, status: str, result: Any) -> None: ...


class Hosted:
    """One node in this process: its timers, and the effects of its handlers in their order."""

    def __init__(self, around: Around, node: Node, log: FileLog | None) -> None:
        self.around, self.node, self.log = around, node, log
        self.context = context_of(node)
        self.context.time = around.time
        self.handlers = handlers_of(type(node))
        self.due: dict[Timer, int] = {}
        self.idle = True
        records = [] if log is None else [around.codec.decode(record) for record in log.records]
        self.run(lambda: node.on_start(records))

    def deliver(self, sender: str, message: Any) -> None:
        """Hand a message to the node."""
        self.run(lambda: self.handlers[type(message)](self.node, sender, message))

    def fire(self, timer: Timer, number: int) -> None:
        """Fire a timer, unless it was cancelled or replaced."""
        if self.due.get(timer) == number:
            del self.due[timer]
            self.run(lambda: self.handlers[type(timer)](self.node, timer))

    def run(self, handler: Callable[[], None]) -> None:
        """Run a handler, and carry out its effects."""
        handler()
        effects, self.context.effects[:] = list(self.context.effects), []
        for kind, *parts in effects:
            if kind == "send":
                self.around.send(self.node.id, *parts)
            elif kind == "write":
                if self.log is not None:
                    self.log.append([self.around.codec.encode(parts[0])])
            elif kind == "set_timer":
                self.due[parts[0]] = self.around.plan(self, *parts)
            elif kind == "cancel_timer":
                self.due.pop(parts[0], None)
            else:
                self.idle = True
                self.around.complete(*parts)
