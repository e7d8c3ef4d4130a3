"""The effects of gestures on a run, read from the trace alone."""

from __future__ import annotations

from typing import Any

from dscourse.sim import Event
from dscourse.touch import TouchedRun
from dscourse.touch.run.touches import Touch

__all__ = ["is_fulfilled"]


def is_fulfilled(touch: Touch, run: TouchedRun) -> bool:
    """Return True if the trace shows the effect of the gesture at its time; True for those without a check."""
    check = _CHECKS.get(touch.gesture)
    return check is None or check(dict(touch.arguments), list(run.world.trace))


def _sent(name: Any, trace: list[Event]) -> Event:
    """Return the sending of the message of this name, counted here once more."""
    same = [
        event for event in trace
        if event.kind == "send" and (event.node, event.peer, type(event.what).__name__)
        == (name.source, name.to, name.message)
    ]  # fmt: skip
    return same[name.nth - 1]


def _is_lost(given: dict[str, Any], trace: list[Event]) -> bool:
    sent = _sent(given["message"], trace)
    return any(event.kind == "drop" and event.id == sent.id for event in trace)


def _arrives(given: dict[str, Any], trace: list[Event]) -> bool:
    sent = _sent(given["message"], trace)
    ends = [event.time_ms for event in trace if event.kind == "deliver" and event.id == sent.id]
    return given["arrives_ms"] in ends


def _happens(kind: str) -> Any:
    return lambda given, trace: any(
        (event.kind, event.node, event.time_ms) == (kind, given["node"], given["ms"])
        for event in trace
    )


def _is_paused(given: dict[str, Any], trace: list[Event]) -> bool:
    """Return True if the node does nothing from the start to the end of its pause."""
    active = ("deliver", "timer", "invoke", "send", "write", "start", "restart")
    return not any(
        event.node == given["node"] and event.kind in active
        and given["start_ms"] < event.time_ms < given["end_ms"]
        for event in trace
    )  # fmt: skip


def _is_cut(given: dict[str, Any], trace: list[Event]) -> bool:
    """Return True if nothing passes the link from the start to the end of its cut."""
    ends = {(given["source"], given["to"])} | (
        {(given["to"], given["source"])} if given["both"] else set()
    )
    return not any(
        event.kind == "deliver" and (event.peer, event.node) in ends
        and given["start_ms"] < event.time_ms < given["end_ms"]
        for event in trace
    )  # fmt: skip


_CHECKS = {
    "lose": _is_lost, "move": _arrives, "repeat": _arrives, "crash": _happens("crash"),
    "restart": _happens("restart"), "pause": _is_paused, "cut": _is_cut,
}  # fmt: skip
