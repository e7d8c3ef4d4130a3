"""Pending events chosen by hand: one happens next, is dropped, or is duplicated, whatever its time.

A scenario is a list of such choices and of faults; `World.replay` carries it out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heapify, heappush
from numbers import Integral

from dscourse.core.copying import stable_repr
from dscourse.node import Message, Timer
from dscourse.sim.arguments import as_list
from dscourse.sim.engine import DELIVER, FAULT, INVOKE, START, TIMER, Engine, Entry
from dscourse.sim.faults import Fault
from dscourse.sim.operations import can_begin
from dscourse.sim.transmission import drop

__all__ = [
    "DropPending", "DuplicatePending", "Pending", "StepPending", "as_scenario", "bring_forward", "drop_pending",
    "duplicate_pending", "pending_events",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pending:
    """A pending event; ``str`` describes it in words. `World.step` and the like take its ``id``.

    ``message`` is the id that a message has in the trace, which its copies share; 0 for anything else.
    """

    id: int
    due_ms: float
    kind: str
    node: str
    peer: str
    what: Message | Timer | Fault | None
    message: int = field(default=0, repr=False, compare=False)

    def __str__(self) -> str:
        if self.kind == DELIVER:
            return f"deliver {stable_repr(self.what)}: {self.peer} → {self.node}"
        if self.kind == TIMER:
            return f"timer {stable_repr(self.what)} at {self.node}"
        if self.kind == FAULT:
            return f"fault {self.what!r}"
        return f"{self.node} {'starts' if self.kind == START else 'begins its next operation'}"


@dataclass(frozen=True, slots=True)
class StepPending:
    """A step of a scenario: the pending event ``id`` happens next."""

    id: int


@dataclass(frozen=True, slots=True)
class DropPending:
    """A step of a scenario: the pending message ``id`` is lost."""

    id: int


@dataclass(frozen=True, slots=True)
class DuplicatePending:
    """A step of a scenario: a copy of the pending message ``id`` is put in flight."""

    id: int


Scenario = Iterable[StepPending | DropPending | DuplicatePending | Fault]


def as_scenario(steps: Scenario) -> list[StepPending | DropPending | DuplicatePending | Fault]:
    """Return the steps of a scenario as a list. Raise TypeError for anything that is not one."""
    example = "[StepPending(3), DropPending(5)]"
    return as_list(steps, "steps", StepPending | DropPending | DuplicatePending | Fault, example)


def pending_events(engine: Engine) -> list[Pending]:
    """Return the pending events, in the order in which they would happen."""
    waiting = [
        entry
        for entry in sorted(engine.heap, key=lambda entry: entry[:2])
        if not engine.cancelled(entry)
    ]
    begun: dict[str, int] = {}
    for due, number, kind, target, _, _ in waiting:
        if kind is INVOKE and can_begin(target, max(due, engine.time.us)):
            begun.setdefault(target.name, number)
    return [
        Pending(
            number,
            max(due, engine.time.us) / 1000,
            kind,
            target.host.name if kind is DELIVER else target.name if target else "",
            target.source if kind is DELIVER else "",
            value,
            message if kind is DELIVER else 0,
        )
        for due, number, kind, target, value, message in waiting
        if kind is not INVOKE or begun.get(target.name) == number
    ]


def bring_forward(engine: Engine, event: int) -> None:
    """Make the pending event with this id the next one: now, or at its own time if that is later."""
    due, *rest = _take(engine, event)
    heappush(engine.heap, (-2, *rest))  # before waiting events, which are at -1 or later
    engine.time.us = max(engine.time.us, due)


def drop_pending(engine: Engine, event: int) -> None:
    """Drop the pending message with this id. Raise LookupError if there is none."""
    _, _, _, wire, message, number = _take(engine, event, DELIVER)
    drop(engine, wire, message, number, "dropped")


def duplicate_pending(engine: Engine, event: int) -> None:
    """Put a copy of the pending message with this id in flight, due at the same time."""
    entry = _take(engine, event, DELIVER)
    heappush(engine.heap, entry)
    due, _, _, wire, message, number = entry
    engine.record("duplicate", wire.host.name, wire.source, message, number)
    engine.push(due, DELIVER, wire, message, number)


def _take(engine: Engine, event: int, kind: str | None = None) -> Entry:
    """Remove and return the pending event with this id."""
    if not isinstance(event, Integral):
        advice = (
            f"write {event.id}" if isinstance(event, Pending) else "such as world.pending()[0].id"
        )
        raise TypeError(f"{event!r}: the id of a pending event is required, {advice}")
    for index, entry in enumerate(engine.heap):
        if entry[1] != event or engine.cancelled(entry):
            continue
        if kind is None or entry[2] is kind:
            engine.heap[index] = engine.heap[-1]
            engine.heap.pop()
            heapify(engine.heap)
            return entry
    noun = "message" if kind else "event"
    ids = ", ".join(
        str(pending.id) for pending in pending_events(engine) if kind in (None, pending.kind)
    )
    raise LookupError(f"no pending {noun} has the id {event}: the ids are {ids or 'none'}")
