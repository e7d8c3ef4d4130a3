"""Remarks on gestures that have lost their effect or meaning since other gestures changed the run."""

from __future__ import annotations

from dscourse.show.words import short
from dscourse.sim import (
    At,
    Crash,
    CrashDuring,
    Delay,
    Event,
    Fault,
    Pause,
    Restart,
    Resume,
    Trace,
    World,
)  # fmt: skip
from dscourse.sim.message_faults import MessageFault
from dscourse.touch.run.names import MessageName, sending_of
from dscourse.touch.run.touches import Touch

__all__ = ["remark"]


def remark(touch: Touch, world: World) -> str:
    """Return in words why a gesture does not do in this run what it says; "" if it does."""
    if not touch.on:
        return "switched off"
    return next(filter(None, (_of_entry(entry, touch, world) for entry in touch.entries)), "")


def _of_entry(entry: At, touch: Touch, world: World) -> str:
    if isinstance(entry.fault, MessageFault):
        return _of_message(entry.fault, touch.label, world.trace)
    if entry.ms > world.now_ms:
        return f"the run ends at {world.now_ms:g} ms, before it"
    leaves = _LEAVES.get(type(entry.fault))
    if leaves is None:
        return ""
    kind, why_not = leaves
    node = next(iter(entry.fault.names()))
    happened = any(
        (event.node, event.time_ms) == (node, entry.ms) for event in world.trace.kinds(kind)
    )
    return "" if happened else f"{node} {why_not} at {entry.ms:g} ms"


_LEAVES: dict[type[Fault], tuple[str, str]] = {
    Crash: ("crash", "is not up"),
    CrashDuring: ("crash", "does not crash"),
    Restart: ("restart", "is not down"),
    Pause: ("pause", "is not running"),
    Resume: ("resume", "is not paused"),
}


def _of_message(fault: MessageFault, label: str, trace: Trace) -> str:
    sent = sending_of(trace, MessageName(*fault.name))
    if sent is None:
        return "this message is no longer sent"
    now = short(sent.what)
    if now != label:
        return f"this message now says {now!r}; it said {label!r}"
    return _of_arrival(sent, fault.latency_ms, trace) if isinstance(fault, Delay) else ""


def _of_arrival(sent: Event, latency_ms: float, trace: Trace) -> str:
    """Return why a message does not arrive when it should; "" if it does."""
    end = next((e for e in trace if e.kind in ("deliver", "drop") and e.id == sent.id), None)
    if end is None:
        return "the run ends before it arrives"
    if end.kind == "drop":
        return _LOST.get(str(end.detail), "it is lost on its way").format(to=sent.peer)
    due = round(sent.time_ms * 1000 + latency_ms * 1000) / 1000
    if end.time_ms > due:
        return f"it arrives only at {end.time_ms:g} ms: the link keeps order, or {sent.peer} was paused"
    return ""


_LOST = {
    "crashed": "it is lost: {to} is down when it arrives",
    "cut": "it is lost: its link is cut",
    "dropped": "it is lost by another gesture",
}
