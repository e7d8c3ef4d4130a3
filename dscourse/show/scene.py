"""What a space-time diagram shows, read from a trace: arrows, bars, bands and spells, still without coordinates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass

from dscourse.copying import stable_repr
from dscourse.history import Op
from dscourse.sim.faults import (
    Cut,
    Fault,
    Heal,
    Hold,
    Partition,
    Recover,
    Release,
    SetClock,
    SetLink,
)
from dscourse.sim.trace import Event, Trace

__all__ = ["Arrow", "Band", "Scene", "Spell", "count", "read_scene", "short"]


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message from its sending to its end: a delivery, a loss, or nothing yet (``end`` is None)."""

    sent: Event
    end: Event | None
    copy: bool = False

    @property
    def lost(self) -> str | None:
        """Why the message was lost, or None."""
        return str(self.end.detail) if self.end is not None and self.end.kind == "drop" else None

    @property
    def noticed_at_once(self) -> bool:
        """True if it was lost when it was sent, so that its time of arrival is not known."""
        return (
            self.lost is not None and self.end is not None and self.end.time_ms == self.sent.time_ms
        )


@dataclass(frozen=True, slots=True)
class Spell:
    """A node was ``down`` or ``paused`` from one event to another, or to the end."""

    node: str
    kind: str
    start: Event
    end: Event | None


@dataclass(frozen=True, slots=True)
class Band:
    """The network was divided, cut or held from one fault to another, or to the end."""

    text: str
    start: Event
    end: Event | None
    nodes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is drawn."""

    arrows: tuple[Arrow, ...]
    spells: tuple[Spell, ...]
    bands: tuple[Band, ...]
    marks: tuple[Event, ...]
    settings: tuple[Event, ...]
    operations: tuple[Op, ...]


def read_scene(trace: Trace) -> Scene:
    """The scene of a whole trace."""
    return Scene(
        tuple(_arrows(trace)),
        tuple(_spells(trace)),
        tuple(_bands(trace)),
        tuple(e for e in trace if e.kind in ("timer", "write", "crash", "restart", "error")),
        tuple(e for e in trace if e.kind == "fault" and isinstance(e.what, SetLink | SetClock)),
        tuple(trace.history()),
    )


def _arrows(trace: Trace) -> Iterator[Arrow]:
    sent: dict[int, Event] = {}
    ended: set[int] = set()
    for event in trace:
        if event.kind == "send":
            sent[event.id] = event
        elif event.kind in ("deliver", "drop") and event.id in sent:
            yield Arrow(sent[event.id], event, copy=event.id in ended)
            ended.add(event.id)
    yield from (Arrow(event, None) for number, event in sent.items() if number not in ended)


def _spells(trace: Trace) -> Iterator[Spell]:
    """Each crash up to its restart, each pause up to its end or to a crash."""
    begun: dict[str, Event] = {}
    for event in trace:
        node = event.node or ""
        if event.kind in ("crash", "restart", "pause", "resume") and node in begun:
            start = begun.pop(node)
            yield Spell(node, "down" if start.kind == "crash" else "paused", start, event)
        if event.kind in ("crash", "pause"):
            begun[node] = event
    for node, start in begun.items():
        yield Spell(node, "down" if start.kind == "crash" else "paused", start, None)


def _bands(trace: Trace) -> Iterator[Band]:
    begun: list[Event] = []
    for event in trace:
        if event.kind != "fault":
            continue
        still = [start for start in begun if not _ends(event.what, start.what)]
        for start in begun:
            if start not in still:
                yield _band(start, event)
        begun = still
        if isinstance(event.what, Partition | Cut | Hold):
            begun.append(event)
    yield from (_band(start, None) for start in begun)


def _ends(fault: Fault, begun: Fault) -> bool:
    """True if ``fault`` ends the network fault ``begun``."""
    if isinstance(fault, Recover):
        return not fault.nodes or set(begun.names()) <= set(fault.nodes)
    if isinstance(begun, Hold):
        return isinstance(fault, Release) and (fault.source, fault.to) == (begun.source, begun.to)
    if not isinstance(fault, Heal):
        return False
    ends = (fault.source, fault.to)
    return fault.source is None or (isinstance(begun, Cut) and ends == (begun.source, begun.to))


def _band(start: Event, end: Event | None) -> Band:
    fault = start.what
    if isinstance(fault, Partition):
        sides = [", ".join(sorted(group)) for group in fault.groups]
        text = "partition: " + " | ".join(sides)
    else:
        text = f"{'held' if isinstance(fault, Hold) else 'cut'}: {fault.source} → {fault.to}"
    return Band(text, start, end, frozenset(fault.names()))


def short(value: object, most: int = 26) -> str:
    """A message, timer or value in few characters: ``Vote(yes=True)`` becomes ``Vote True``."""
    if is_dataclass(value) and not isinstance(value, type):
        shown = [_field(getattr(value, option.name)) for option in fields(value) if option.repr]
        text = " ".join([type(value).__name__, *filter(None, shown)])
    else:
        text = _field(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def _field(value: object) -> str:
    if isinstance(value, tuple | list) and value:
        return " ".join(_pair(item) for item in value)
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:g}"
    return "" if value is None else value if isinstance(value, str) else stable_repr(value)


def _pair(item: object) -> str:
    """``("a", 5)`` becomes ``a:5``."""
    if isinstance(item, tuple) and len(item) == 2:
        return f"{_field(item[0])}:{_field(item[1])}"
    return _field(item)


def count(number: int, noun: str) -> str:
    """``1 message``, ``2 messages``."""
    plural = (
        noun[:-1] + "ies"
        if noun.endswith("y")
        else noun + "es"
        if noun.endswith("sh")
        else noun + "s"
    )
    return f"{number:,} {noun if number == 1 else plural}"


def describe(scene: Scene, trace: Trace, names: Iterable[str]) -> str:
    """The sentence of a diagram: what took part, what went wrong, how operations ended."""
    arrows = [arrow for arrow in scene.arrows if not arrow.copy]
    parts = [count(len(list(names)), "node"), count(len(arrows), "message")]
    lost = sum(arrow.lost is not None for arrow in scene.arrows)
    copies = sum(arrow.copy for arrow in scene.arrows)
    parts += [f"{lost:,} lost"] if lost else []
    parts += [f"{copies:,} delivered again"] if copies else []
    under_way = sum(arrow.end is None for arrow in arrows)
    parts += [f"{under_way:,} under way at the end"] if under_way else []
    crashes = sum(spell.kind == "down" for spell in scene.spells)
    pauses = sum(spell.kind == "paused" for spell in scene.spells)
    parts += [count(crashes, "crash")] if crashes else []
    parts += [count(pauses, "pause")] if pauses else []
    parts += [count(len(scene.bands), "network fault")] if scene.bands else []
    text = ", ".join(parts)
    if trace:
        text += f" in {trace[-1].time_ms - trace[0].time_ms:g} ms"
    return text + _operations(scene.operations)


def _operations(operations: tuple[Op, ...]) -> str:
    if not operations:
        return "."
    ends = [
        f"{number} {status}"
        for status in ("ok", "fail", "unknown", "pending")
        if (number := sum(op.status == status for op in operations))
    ]
    return f"; {count(len(operations), 'operation')}: {', '.join(ends)}."
