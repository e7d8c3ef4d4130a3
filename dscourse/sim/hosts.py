"""The moving parts of a world: hosts, which run one node each, and one-way wires between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

from dscourse.core.dispatch import handlers_of
from dscourse.node import Client, Clock, Node, Time, Timer, context_of
from dscourse.sim.fates import Fates
from dscourse.sim.network import Constant, Link, Uniform
from dscourse.sim.streams import LinkStreams, copy_stream, stream

__all__ = ["Host", "Todo", "Wire"]

# A client's queued operation: earliest start (µs), delay after the previous end (µs), (f, key, value)
Todo = tuple[int, int, tuple[str, object, object]]


_SHARED = (
    "client", "clock", "crash_after", "free_us", "has_crashed", "name", "next_operation", "operation",
    "paused", "ready", "record_state", "seed", "up", "usual",
)  # fmt: skip


class Host:
    """A node, its durable log, its timers, and whether it is up."""

    __slots__ = (
        "_draws", "backlog", "client", "clock", "context", "crash_after", "effects", "fates",
        "free_us", "handlers", "has_crashed", "log", "name", "next_operation", "node", "operation",
        "paused", "ready", "record_state", "seed", "time", "timers", "todo", "up", "usual", "wires",
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


def _no_draw() -> float:
    """Return 0 where the latency is constant, so that no random number is drawn."""
    return 0.0


class Wire:
    """One direction between two hosts: the settings in force, blockages, and random streams.

    Each message owns one number of every stream, given by its position on the link, whether it is
    used or not. What happens to a message therefore does not depend on the settings for earlier
    ones.
    """

    __slots__ = (
        "_streams", "blocked", "client", "cut", "drawing", "fates", "fixed_us", "held", "host",
        "last_us", "latency", "low", "parked", "plain", "sent", "settings", "source", "span",
        "uniform",
    )  # fmt: skip

    def __init__(
        self, source: str, host: Host, streams: LinkStreams, settings: Link, client: bool
    ) -> None:
        self.source, self.host, self.client = source, host, client
        self.cut = self.held = self.blocked = False
        self.drawing = False  # latencies, without counting, as the loop does
        self.parked: list[tuple[Any, ...]] | tuple[()] = ()
        self.last_us = self.sent = self.fixed_us = 0
        self.fates: Fates | None = None
        self._streams = streams
        self.configure(settings)

    def configure(self, settings: Link) -> None:
        """Use ``settings`` for messages sent from now on."""
        if self.drawing:
            self._streams.positions["latency"], self.drawing = self.sent, False
        self.settings = settings
        self.latency = latency = settings.latency
        self.fixed_us = round(latency.ms * 1000) if type(latency) is Constant else -1
        self.low, self.span = -1.0, 0.0
        if type(latency) is Uniform:  # a subclass may have another quantile
            self.low, self.span = latency.low, latency.high - latency.low
        self.uniform: Callable[[], float] = self._first_uniform if self.fixed_us < 0 else _no_draw
        self._update()

    def _first_uniform(self) -> float:
        """Return the number for the latency of the message being sent; `uniform` draws those that follow."""
        self.uniform, self.drawing = self._streams.after("latency", self.sent - 1), True
        return self.uniform()

    def release(self) -> None:
        """Let go of what refers to this link: it carries no more messages."""
        self.uniform, self.parked = _no_draw, ()

    def set_cut(self, cut: bool) -> None:
        self.cut = cut
        self._update()

    def set_fates(self, fates: Fates) -> None:
        self.fates = fates
        self._update()

    def parking(self) -> list[tuple[Any, ...]]:
        """Return the list of what waits on this link while it is held; most links never have one."""
        if isinstance(self.parked, tuple):
            self.parked = []
        return self.parked

    def set_held(self, on_hold: bool) -> None:
        self.held = on_hold
        self._update()

    def _update(self) -> None:
        link = self.settings
        self.blocked = self.cut or self.held
        altered = self.cut or self.fates is not None
        self.plain = not (altered or link.loss or link.duplicate or link.reorder or link.fifo)

    def _draw(self, purpose: str) -> float:
        """Return the random number for ``purpose`` of the message being sent."""
        return self._streams.draw(purpose, self.sent)

    def happens(self, probability: float, purpose: str) -> bool:
        """Return True if an event of this ``probability`` happens to the message being sent."""
        return bool(probability) and self._draw(purpose) < probability

    def latency_us(self) -> int:
        """Return the delay of the message being sent (µs), never negative."""
        return (
            self.fixed_us
            if self.fixed_us >= 0
            else round(self.latency.quantile(self.uniform()) * 1000)
        )

    def copy_latency_us(self) -> int:
        """Return the delay of the message's duplicate (µs)."""
        if self.fixed_us >= 0:
            return self.fixed_us
        return round(self.latency.quantile(self._draw("duplicate-latency")) * 1000)

    def extra_us(self) -> int:
        """Return the extra delay of the message (µs): 0 unless it is reordered."""
        if not self.happens(self.settings.reorder, "reorder"):
            return 0
        return round(self._draw("reorder-by") * self.settings.reorder_by_ms * 1000)

    def clone(self, host: Host) -> Wire:
        """Return a copy that leads to ``host``, without parked messages, which belong to one world."""
        other = Wire.__new__(Wire)
        other.source, other.host, other.client = self.source, host, self.client
        other.cut, other.held, other.last_us, other.parked = self.cut, self.held, self.last_us, ()
        other.sent, other.fixed_us, other.drawing = self.sent, self.fixed_us, self.drawing
        other.fates = self.fates and self.fates.copy()
        other._streams = self._streams.copy()
        other.configure(self.settings)
        return other
