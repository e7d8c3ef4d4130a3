"""The contents of a space-time diagram, read from a trace, without coordinates: arrows, bars, bands and spells."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dscourse.core.deferred import deferred
from dscourse.history import Op

if TYPE_CHECKING:
    from dscourse.sim import events, faults
    from dscourse.sim.events import Event, Spell
    from dscourse.sim.trace import Trace
else:
    events = deferred("dscourse.sim.events")
    faults = deferred("dscourse.sim.faults")

__all__ = ["Arrow", "Band", "Scene", "read_scene", "setting_text"]


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message from its sending to its end: a delivery, a loss, or nothing yet (``end`` is None)."""

    sent: Event
    end: Event | None
    copy: bool = False  # the same message has ended before

    @property
    def lost(self) -> str | None:
        """Why the message was lost, or None."""
        return str(self.end.detail) if self.end is not None and self.end.kind == "drop" else None

    @property
    def noticed_at_once(self) -> bool:
        """True if it was lost when it was sent, so that its time of arrival is not known."""
        return self.lost is not None and self.end_ms == self.sent.time_ms

    @property
    def end_ms(self) -> float:
        """The time at which it ended; infinite if it has not."""
        return math.inf if self.end is None else self.end.time_ms


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time: the network was divided, cut or held from one fault to another, or to the end."""

    text: str
    start: Event
    end: Event | None
    nodes: frozenset[str]
    whole: bool  # it concerns the network, not one link alone

    @property
    def is_fault(self) -> bool:
        """True if a fault began it; False for a stretch that a picture marks for another reason."""
        return self.start.kind == "fault"


@dataclass(frozen=True, slots=True)
class Scene:
    """The complete contents of a diagram."""

    arrows: tuple[Arrow, ...]
    spells: tuple[Spell, ...]
    bands: tuple[Band, ...]
    marks: tuple[Event, ...]
    settings: tuple[Event, ...]
    operations: tuple[Op, ...]

    def of(self, names: Collection[str]) -> Scene:
        """Return the part that concerns these nodes; network faults concern all nodes."""
        return replace(
            self,
            arrows=tuple(a for a in self.arrows if a.sent.node in names and a.sent.peer in names),
            spells=tuple(spell for spell in self.spells if spell.node in names),
            marks=tuple(mark for mark in self.marks if mark.node in names),
            operations=tuple(op for op in self.operations if op.process in names),
        )

    def without_marks(self, *kinds: str) -> Scene:
        """Return all but the marks of these kinds."""
        return replace(self, marks=tuple(mark for mark in self.marks if mark.kind not in kinds))

    def without_messages(self, types: Collection[str]) -> Scene:
        """Return all but the messages of these types, by their names."""
        if not types:
            return self
        kept = tuple(arrow for arrow in self.arrows if type(arrow.sent.what).__name__ not in types)
        return replace(self, arrows=kept)

    def with_spells(self, spells: Iterable[Spell]) -> Scene:
        """Return the same with these spells drawn first, below those that it has."""
        return replace(self, spells=(*spells, *self.spells))

    def with_band(self, band: Band) -> Scene:
        """Return the same with one more band, before those that it has."""
        return replace(self, bands=(band, *self.bands))

    def with_operations(self, operations: Iterable[Op]) -> Scene:
        """Return the same with these operations."""
        return replace(self, operations=tuple(operations))

    def between(self, low: float, high: float) -> Scene:
        """Return the part that happened, or was going on, from ``low`` to ``high`` ms."""
        return Scene(
            tuple(a for a in self.arrows if a.sent.time_ms <= high and a.end_ms >= low),
            tuple(spell for spell in self.spells if _lasts(spell, low, high)),
            tuple(band for band in self.bands if _lasts(band, low, high)),
            tuple(mark for mark in self.marks if low <= mark.time_ms <= high),
            tuple(event for event in self.settings if low <= event.time_ms <= high),
            tuple(
                op
                for op in self.operations
                if op.invoked_ms <= high and (op.returned_ms is None or op.returned_ms >= low)
            ),
        )


def _lasts(item: Spell | Band, low: float, high: float) -> bool:
    return item.start.time_ms <= high and (item.end is None or item.end.time_ms >= low)


def read_scene(trace: Trace) -> Scene:
    """Return the scene of a whole trace."""
    events = list(trace)
    return Scene(
        tuple(_arrows(events)),
        tuple(_spells(events)),
        tuple(_both_ways(list(_bands(events)))),
        tuple(e for e in events if e.kind in ("timer", "write", "crash", "restart", "error")),
        tuple(
            e
            for e in events
            if e.kind == "fault" and isinstance(e.what, faults.SetLink | faults.SetClock)
        ),
        tuple(trace.history()),
    )


def _arrows(trace: Sequence[Event]) -> Iterator[Arrow]:
    sent: dict[int, Event] = {}
    ended: set[int] = set()
    for event in trace:
        if event.kind == "send":
            sent[event.id] = event
        elif event.kind in ("deliver", "drop") and event.id in sent:
            yield Arrow(sent[event.id], event, copy=event.id in ended)
            ended.add(event.id)
    yield from (Arrow(event, None) for number, event in sent.items() if number not in ended)


def _spells(trace: Sequence[Event]) -> Iterator[Spell]:
    """Yield each crash up to its restart, each pause up to its end or to a crash."""
    begun: dict[str, Event] = {}
    for event in trace:
        node = event.node or ""
        if event.kind in ("crash", "restart", "pause", "resume") and node in begun:
            start = begun.pop(node)
            yield events.Spell(node, "down" if start.kind == "crash" else "paused", start, event)
        if event.kind in ("crash", "pause"):
            begun[node] = event
    for node, start in begun.items():
        yield events.Spell(node, "down" if start.kind == "crash" else "paused", start, None)


def _bands(trace: Sequence[Event]) -> Iterator[Band]:
    begun: dict[int, tuple[Event, set[tuple[str, str]]]] = {}  # by index; the links that are cut
    for event in trace:
        if event.kind != "fault":
            continue
        for index, (start, links) in list(begun.items()):
            if isinstance(event.what, faults.Heal):
                links.discard((event.what.source or "", event.what.to or ""))
            if _ends(event.what, start.what, links):
                yield _band(start, event)
                del begun[index]
        if isinstance(event.what, faults.Partition | faults.Cut | faults.Hold):
            begun[event.index] = event, _links(event.what)
    yield from (_band(start, None) for start, _ in begun.values())


def _both_ways(bands: Sequence[Band]) -> Iterator[Band]:
    """Yield the bands; a link that is cut in both directions for the same time is one band."""
    begun: dict[tuple[faults.Fault | None, float, float | None], Band]
    begun = {(band.start.what, *_stretch(band)): band for band in bands}
    for (fault, start_ms, end_ms), band in begun.items():
        back = faults.Cut(fault.to, fault.source) if isinstance(fault, faults.Cut) else None
        other = begun.get((back, start_ms, end_ms))
        if other is None:
            yield band
        elif band.start.index < other.start.index:
            yield replace(band, text=f"cut: {band.start.what.source} – {band.start.what.to}")


def _stretch(band: Band) -> tuple[float, float | None]:
    return band.start.time_ms, None if band.end is None else band.end.time_ms


def _links(fault: faults.Fault) -> set[tuple[str, str]]:
    """Return the links that a partition cuts; none for any other fault."""
    groups = fault.groups if isinstance(fault, faults.Partition) else ()
    return {
        (a, b) for one in groups for other in groups if one != other for a in one for b in other
    }


def _ends(fault: faults.Fault, begun: faults.Fault, links: set[tuple[str, str]]) -> bool:
    """Return True if ``fault`` ends the network fault ``begun``, of which it has left these ``links`` cut."""
    if isinstance(fault, faults.Recover):
        return not fault.nodes or set(begun.names()) <= set(fault.nodes)
    if isinstance(begun, faults.Hold):
        return isinstance(fault, faults.Release) and (fault.source, fault.to) == (
            begun.source,
            begun.to,
        )
    if not isinstance(fault, faults.Heal):
        return False
    ends = (fault.source, fault.to)
    if isinstance(begun, faults.Partition):
        return fault.source is None or not links
    return fault.source is None or (
        isinstance(begun, faults.Cut) and ends == (begun.source, begun.to)
    )


def _band(start: Event, end: Event | None) -> Band:
    fault = start.what
    if isinstance(fault, faults.Partition):
        sides = [", ".join(sorted(group)) for group in fault.groups]
        text = "partition: " + " | ".join(sides)
    else:
        text = f"{'held' if isinstance(fault, faults.Hold) else 'cut'}: {fault.source} → {fault.to}"
    return Band(text, start, end, frozenset(fault.names()), isinstance(fault, faults.Partition))


def setting_text(fault: faults.SetLink | faults.SetClock) -> str:
    """Return a new setting in few words: ``c1 → s: loss=0.5``."""
    if isinstance(fault, faults.SetClock):
        drift = f", {fault.drift_ppm:+g} ppm" if fault.drift_ppm else ""
        return f"clock of {fault.node}: {fault.skew_ms:+g} ms{drift}"
    where = "every link" if fault.source is None else f"{fault.source} → {fault.to}"
    settings = ", ".join(f"{name}={value!r}" for name, value in fault.settings)
    return f"{where}: {settings or 'as at the start'}"
