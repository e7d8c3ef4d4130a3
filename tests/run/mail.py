"""Links without processes: packets are pairs of a message's type and a number, and time is virtual."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Any

from dscourse.run.links import Links
from dscourse.sim.hosts import Wire
from dscourse.sim.network import Network

__all__ = ["Mail", "Parcel"]

Parcel = tuple[str, int]


class Mail(Links[Parcel]):
    """The links between a, b and the client c; ``arrived`` and ``observed`` say at which µs which parcel did what."""

    def __init__(self, network: Network | None = None, seed: int = 0) -> None:
        super().__init__("abc", network or Network(), seed, lambda name: name == "c")
        self.us = self.count = 0
        self.due: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self.arrived: list[tuple[int, str, str, Parcel]] = []
        self.observed: list[tuple[int, str, Parcel, str | None]] = []
        self.history: list[tuple[str, str, str]] = []

    def post(self, source: str, to: str, kind: str = "Put", number: int = 0) -> None:
        self.transmit(self.wire(source, to), (kind, number))
        self.history.append((source, to, kind))

    def run(self, until_us: int = 10**9) -> None:
        while self.due and self.due[0][0] <= until_us:
            self.us, _, call, args = heappop(self.due)
            call(*args)
        self.us = until_us

    def now_us(self) -> int:
        return self.us

    def later(self, us: int, call: Callable[..., None], *args: Any) -> None:
        self.count += 1
        heappush(self.due, (self.us + us, self.count, call, args))

    def kind(self, packet: Parcel) -> str:
        return packet[0]

    def kinds_sent(self, source: str, to: str) -> Iterable[str]:
        return [kind for one, other, kind in self.history if (one, other) == (source, to)]

    def hand_over(self, wire: Wire, packet: Parcel) -> None:
        self.arrived.append((self.us, wire.source, wire.host.name, packet))

    def observe(self, kind: str, wire: Wire, packet: Parcel, detail: str | None = None) -> None:
        self.observed.append((self.us, kind, packet, detail))
