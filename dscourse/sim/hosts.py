"""Hosts: each runs one node of a world."""

from __future__ import annotations

from collections import deque
from random import Random
from typing import TYPE_CHECKING, Any

from dscourse.core.dispatch import handlers_of
from dscourse.node import Client, Clock, Node, Time, Timer, context_of
from dscourse.sim.fates import Fates
from dscourse.sim.streams import copy_stream, stream

if TYPE_CHECKING:
    from dscourse.sim.wires import Wire

__all__ = ["Host", "Todo"]

# A client's queued operation: earliest start (µs), delay after the previous end (µs), (f, key, value)
Todo = tuple[int, int, tuple[str, object, object]]


_SHARED = (
    "client", "clock", "crash_after", "free_us", "has_crashed", "name", "next_operation", "operation",
    "paused",
    "ready", "record_state", "seed", "up", "usual",
)  # fmt: skip


class Host:
    """A node, its durable log, its timers, and whether it is up."""

    __slots__ = (
        "_draws",
        "backlog",
        "client",
        "clock",
        "context",
        "crash_after",
        "effects",
        "fates",
        "free_us",
        "handlers",
        "has_crashed",
        "log",
        "name",
        "next_operation",
        "node",
        "operation",
        "paused",
        "ready",
        "record_state",
        "seed",
        "time",
        "timers",
        "todo",
        "up",
        "usual",
        "wires",
    )  # fmt: skip

    def __init__(
        self, node: Node, seed: int, clock: Clock | None, time: Time, record_state: bool
    ) -> None:
        self.name = node.id
        self.time = time
        self.record_state = record_state
        self.client = isinstance(node, Client)
        self.seed = seed
        self.clock = clock
        self.log: list[object] = []
        self.timers: dict[Timer, int] = {}
        self.backlog: list[tuple[Any, ...]] = []
        self.todo: deque[Todo] = deque()
        self.free_us = 0  # when the last operation ended
        self.operation: int | None = None
        self.next_operation = 0  # its number
        self.has_crashed = False
        self.fates: Fates | None = None  # of timers
        self.set_crash_after(None)
        self.up, self.paused, self.ready = True, False, True
        self.wires: dict[str, Wire] = {}
        self._draws: Random | None = None
        self.install(node)

    def install(self, node: Node) -> None:
        """Replace the host's node by ``node``."""
        self.node = node
        self.context = context_of(node)
        self.context.time, self.context.clock = self.time, self.clock
        self.effects = self.context.effects
        self.handlers = handlers_of(type(node))

    def set_crash_after(self, effects: int | None) -> None:
        """Crash in the next handler with more than ``effects`` effects, after that many; None cancels."""
        self.crash_after = effects
        self.usual = effects is None and not self.record_state

    def set_clock(self, clock: Clock) -> None:
        self.clock = self.context.clock = clock

    def set_state(self, *, up: bool, paused: bool) -> None:
        self.up, self.paused, self.ready = up, paused, up and not paused

    def next_us(self) -> int:
        """Return the earliest start of the next operation (µs): its own time, and the pause after the last end."""
        start_us, think_us, _ = self.todo[0]
        return max(start_us, self.free_us + think_us)

    def delay_us(self, low_ms: float, high_ms: float) -> int:
        """Return a timer's delay in true time (µs), drawn from the range on this host's clock."""
        own_ms = low_ms
        if high_ms > low_ms:
            if self._draws is None:
                self._draws = stream(self.seed, "timer", self.name)
            own_ms += self._draws.random() * (high_ms - low_ms)
        return round(own_ms * 1000) if self.clock is None else self.clock.true_us(own_ms * 1000)

    def clone(self, time: Time) -> Host:
        """Return a copy for a world whose time is ``time``.

        Wires and backlog are left out, since they refer to other hosts of one world.
        """
        other = Host.__new__(Host)
        for name in _SHARED:
            setattr(other, name, getattr(self, name))
        other.time = time
        other.log, other.timers, other.todo = list(self.log), dict(self.timers), deque(self.todo)
        other.wires, other.backlog = {}, []
        other.fates = self.fates and self.fates.copy()
        other._draws = self._draws and copy_stream(self._draws)
        other.install(self.node.clone())
        return other
