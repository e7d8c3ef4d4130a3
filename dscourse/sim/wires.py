"""Wires: the one-way links between the hosts of a world."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from dscourse.sim.fates import Fates
from dscourse.sim.hosts import Host
from dscourse.sim.network import Constant, Link, Uniform
from dscourse.sim.streams import copy_stream, stream

__all__ = ["Wire"]


def _no_draw() -> float:
    """Return 0 where the latency is constant, so that no random number is drawn."""
    return 0.0


class Wire:
    """One direction between two hosts: the settings in force, blockages, and random streams.

    Each message owns one number of every stream, given by its position on the link, whether it is
    used or not. What happens to a message therefore does not depend on the settings for earlier
    ones. A stream is made when its first number is drawn: it takes longer than all the rest of a
    link, and n nodes have n (n - 1) links, most of which a partition touches and nobody uses.
    """

    __slots__ = (
        "_draw_counts",
        "_streams",
        "blocked",
        "client",
        "cut",
        "drawing",
        "fates",
        "fixed_us",
        "held",
        "host",
        "last_us",
        "low",
        "parked",
        "plain",
        "quantile",
        "seed",
        "sent",
        "settings",
        "source",
        "span",
        "uniform",
    )  # fmt: skip

    def __init__(self, source: str, host: Host, seed: int, settings: Link, client: bool) -> None:
        self.source, self.host, self.seed, self.client = source, host, seed, client
        self.cut = self.held = self.blocked = False
        self.drawing = False  # latencies, without counting, as the loop does
        self.parked: list[tuple[Any, ...]] = []
        self.last_us = self.sent = self.fixed_us = 0
        self.fates: Fates | None = None
        self._streams: dict[str, Random] = {}
        self._draw_counts: dict[
            str, int
        ] = {}  # per stream, for how many messages numbers have been drawn
        self.configure(settings)

    def configure(self, settings: Link) -> None:
        """Use ``settings`` for messages sent from now on."""
        if self.drawing:
            self._draw_counts["latency"], self.drawing = self.sent, False
        self.settings = settings
        latency = settings.latency
        self.fixed_us = round(latency.ms * 1000) if type(latency) is Constant else -1
        self.low, self.span = -1.0, 0.0
        if type(latency) is Uniform:  # a subclass may have another quantile
            self.low, self.span = latency.low, latency.high - latency.low
        self.quantile: Callable[[float], float] = latency.quantile
        self.uniform = self._first_uniform if self.fixed_us < 0 else _no_draw
        self._update()

    def _first_uniform(self) -> float:
        """Return the number for the latency of the message being sent; `uniform` draws those that follow."""
        draws = self._skip("latency", self.sent - 1)
        self.uniform, self.drawing = draws.random, True
        return draws.random()

    def set_cut(self, cut: bool) -> None:
        self.cut = cut
        self._update()

    def set_fates(self, fates: Fates) -> None:
        self.fates = fates
        self._update()

    def set_held(self, on_hold: bool) -> None:
        self.held = on_hold
        self._update()

    def _update(self) -> None:
        link = self.settings
        self.blocked = self.cut or self.held
        altered = self.cut or self.fates is not None
        self.plain = not (altered or link.loss or link.duplicate or link.reorder or link.fifo)

    def stream(self, purpose: str) -> Random:
        """Return this link's random stream for ``purpose``."""
        draws = self._streams.get(purpose)
        if draws is None:
            draws = self._streams[purpose] = stream(self.seed, purpose, self.source, self.host.name)
        return draws

    def _skip(self, purpose: str, messages: int) -> Random:
        """Return the stream for ``purpose`` advanced past the numbers of this many messages."""
        draws = self.stream(purpose)
        for _ in range(self._draw_counts.get(purpose, 0), messages):
            draws.random()
        self._draw_counts[purpose] = messages
        return draws

    def _draw(self, purpose: str) -> float:
        """Return the random number for ``purpose`` of the message being sent."""
        draws = self._skip(purpose, self.sent - 1)
        self._draw_counts[purpose] = self.sent
        return draws.random()

    def happens(self, probability: float, purpose: str) -> bool:
        """Return True if an event of this ``probability`` happens to the message being sent."""
        return bool(probability) and self._draw(purpose) < probability

    def latency_us(self) -> int:
        """Return the delay of the message being sent (µs), never negative."""
        return self.fixed_us if self.fixed_us >= 0 else round(self.quantile(self.uniform()) * 1000)

    def copy_latency_us(self) -> int:
        """Return the delay of the message's duplicate (µs)."""
        if self.fixed_us >= 0:
            return self.fixed_us
        return round(self.quantile(self._draw("duplicate-latency")) * 1000)

    def extra_us(self) -> int:
        """Return the extra delay of the message (µs): 0 unless it is reordered."""
        if not self.happens(self.settings.reorder, "reorder"):
            return 0
        return round(self._draw("reorder-by") * self.settings.reorder_by_ms * 1000)

    def clone(self, host: Host) -> Wire:
        """Return a copy that leads to ``host``, without parked messages, which belong to one world."""
        other = Wire.__new__(Wire)
        other.source, other.host, other.seed, other.client = (
            self.source,
            host,
            self.seed,
            self.client,
        )
        other.cut, other.held, other.last_us, other.parked = self.cut, self.held, self.last_us, []
        other.sent, other.fixed_us, other._draw_counts = (
            self.sent,
            self.fixed_us,
            dict(self._draw_counts),
        )
        other.fates, other.drawing = self.fates and self.fates.copy(), self.drawing
        other._streams = {purpose: copy_stream(draws) for purpose, draws in self._streams.items()}
        other.configure(self.settings)
        return other
