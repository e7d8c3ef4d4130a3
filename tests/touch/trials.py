"""Trials of touches on a run: given ones, and every single one, at each point in time that can make a difference.

What a fault does changes only where it passes an event: a cut that begins between two events does the same wherever
it begins between them. So the middle between any two neighbouring events stands for all times between them, and the
run with a fault that does not end tells between which events it may end. A message, a resumption or a restart moves
what follows with it, so that the times are taken from which a later message passes another event, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any, cast

from dscourse.sim import At, World
from dscourse.touch import Deed, MessageName, TouchedRun
from dscourse.touch.run.gestures import make
from dscourse.touch.run.touches import plan_of

__all__ = ["Search", "Touching", "done_by", "middles", "touched"]

Touching = tuple[Any, ...]  # the name of a gesture, and its arguments; a message by its name
_ON_MESSAGES = ("lose", "repeat", "move")
_SKEWS_MS = (-250.0, -150.0, -50.0, 50.0, 150.0, 250.0)
_DRIFTS_PPM = (-900_000.0, 100_000.0, 1_000_000.0, 10_000_000.0)
_MOST_EFFECTS = 6  # of a handler
_NEVER_MS = 1e6


def touched(run: TouchedRun, *touchings: Touching) -> TouchedRun:
    """Return another run of the same world, without a judge, with these touches, one after the other.

    A message may be given by its name in words, as it is when its turn comes. A run that fails is an error.
    """
    other = TouchedRun(run.build)
    for gesture, first, *others in touchings:
        if gesture in _ON_MESSAGES:
            numbers = {str(name): number for number, name in other.messages.items()}
            first = numbers.get(str(first), first)
        getattr(other, gesture)(first, *others)
    assert other.error is None, other.error
    return other


def done_by(deed: Deed, run: TouchedRun, *touchings: Touching) -> bool:
    """Return True if these touches do the deed."""
    return deed.is_done(touched(run, *touchings))


def middles(times: Iterable[float], low: float, high: float) -> list[float]:
    """Return a time between any two neighbours of these times, from ``low`` to ``high`` ms, in whole µs.

    >>> middles([10, 20, 10, 50], 0, 30)
    [5.0, 15.0, 25.0]
    """
    edges = sorted({low, high, *(ms for ms in times if low < ms < high)})
    return sorted({round((a + b) / 2, 3) for a, b in pairwise(edges)})


@dataclass(frozen=True)
class _Played:
    """A run as a deed sees it, without what only a diagram needs: runs of a search are many."""

    world: World
    plan: list[At]
    count: int = 1
    error: None = None


@dataclass
class Search:
    """Every single touch of a run, until ``until_ms``; ``found`` are those that do each of the deeds, by its text.

    ``delays_ms`` are times between an event and what follows from it, such as the latency of a message. Only
    ``messages`` and ``nodes`` are touched, if they are given. Of every ``stride`` touches one is tried; of those
    that can begin and end at many times, each ``stride``-th beginning with each ``stride``-th end. ``runs`` is the
    number of runs.
    """

    run: TouchedRun
    deeds: Sequence[Deed]
    until_ms: float = 0.0
    delays_ms: Sequence[float] = ()
    messages: Sequence[MessageName] = ()
    nodes: Sequence[str] = ()
    stride: int = 1
    seen: int = 0
    begun: int = 0
    runs: int = 0
    found: dict[str, list[Touching]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world = self.run.world
        self.until_ms = self.until_ms or self.world.now_ms
        self.nodes = self.nodes or list(self.world.nodes)
        self.messages = self.messages or list(self.run.messages.values())
        self.starts_ms = middles(_times(self.world), 0, self.until_ms)

    def everything(self) -> dict[str, list[Touching]]:
        """Try every touch; return those that do a deed."""
        for trial in (
            self.on_messages,
            self.on_nodes,
            self.on_clocks,
            self.on_links,
            self.divisions,
        ):
            trial()
        return self.found

    def on_messages(self) -> None:
        """Try to lose, repeat and move each message."""
        sent = {event.id: event.time_ms for event in self.world.trace.kinds("send")}
        since = {name: sent[number] for number, name in self.run.messages.items()}
        for name in self.messages:
            self._try("lose", name)
            for gesture in ("repeat", "move"):
                self._along(
                    since[name], lambda ms, does=gesture, of=name: (does, of, ms), moves=True
                )

    def on_nodes(self) -> None:
        """Try to crash, restart and pause each node, and to crash it in each handler after each effect."""
        for node in self.nodes:
            for start in self.starts_ms:
                self._try("crash", node, start)
                self._try("restart", node, start)
                self._along(start, lambda ms, of=node, at=start: ("pause", of, at, ms), moves=True)
        for event in self.world.trace.kinds("start", "deliver", "timer", "invoke"):
            if event.node in self.nodes:
                for raw in range(_MOST_EFFECTS):
                    self._try("crash_during", event.index, 0, raw)

    def on_clocks(self) -> None:
        """Try to set each clock wrong by some times, and to let it drift by some rates."""
        for node in self.nodes:
            for start in self.starts_ms:
                for by in _SKEWS_MS:
                    self._try("skew", node, start, by)
                for drift in _DRIFTS_PPM:
                    self._try("skew", node, start, 0.0, drift)

    def on_links(self) -> None:
        """Try to cut each link, both ways and one way."""
        for a, b in combinations(self.nodes, 2):
            for ends in ((a, b, True), (a, b, False), (b, a, False)):
                for start in self.starts_ms:
                    self._along(
                        start, lambda ms, to=ends, at=start: ("cut", *to[:2], at, ms, to[2])
                    )

    def divisions(self) -> None:
        """Try every partition of all nodes into two sides; a node that is cut off is one of them."""
        first, *others = self.world.nodes
        for size in range(len(others)):
            for chosen in combinations(others, size):
                side = [first, *chosen]
                sides = [side, [name for name in others if name not in side]]
                for start in self.starts_ms:
                    self._along(start, lambda ms, of=sides, at=start: ("partition", of, at, ms))

    def _along(
        self, low: float, touching: Callable[[float], Touching], moves: bool = False
    ) -> None:
        """Try a touch at each time from ``low`` on, if it is its turn; ``moves`` if what follows moves with it."""
        self.begun += 1
        if self.begun % self.stride:
            return
        endless = self._played(*touching(self.until_ms + _NEVER_MS))
        times = _times(self.world) | (_times(endless) if endless else set())
        before = {ms - delay for ms in times for delay in self.delays_ms} if moves else set()
        for ms in middles(times | before, low, self.until_ms):
            self._try(*touching(ms))

    def _try(self, *touching: Any) -> None:
        """Try one touch, if it is its turn."""
        self.seen += 1
        if self.seen % self.stride == 0:
            self._played(*touching)

    def _played(self, *touching: Any) -> World | None:
        """Return the world of one touch, and keep the touch if it does a deed; None if the run refuses it."""
        with suppress(ValueError):
            plan = plan_of([make(self.world, *touching)])
            world = self.run.build(plan)
            self.runs += 1
            for deed in self.deeds:
                if deed.is_done(cast("TouchedRun", _Played(world, plan))):
                    self.found.setdefault(deed.text, []).append(touching)
            return world
        return None


def _times(world: World) -> set[float]:
    return {event.time_ms for event in world.trace}
