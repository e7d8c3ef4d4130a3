"""The handlers of a run: which event each handled, and its effects in their order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dscourse.core.wording import action
from dscourse.show.words import short
from dscourse.sim import Event, Trace

__all__ = ["Handler", "handler_of", "handlers"]

_BEGINS = ("start", "restart", "deliver", "timer", "invoke")
_EFFECTS = {
    "send": "send", "write": "write", "set_timer": "set the timer", "cancel_timer": "cancel the timer",
    "ok": "return", "fail": "refuse the operation", "unknown": "give the operation up",
}  # fmt: skip


@dataclass(slots=True)
class Handler:
    """One run of a handler: the ``event`` handled, its ``effects``, and whether the node ``crashed`` in it."""

    event: Event
    effects: list[Event] = field(default_factory=list)
    crashed: bool = False

    @property
    def text(self) -> str:
        """The handled event in words."""
        event = self.event
        if event.kind == "invoke":
            return f"the operation {action(event.what.f, event.what.key, event.what.value)}"
        if event.kind in ("start", "restart"):
            return f"its {event.kind}"
        what = short(event.what)
        return f"{what} from {event.peer}" if event.kind == "deliver" else f"its timer {what}"

    @property
    def words(self) -> list[str]:
        """The effects in words: ``send add 1 to b``."""
        return [_effect(event) for event in self.effects]


def handlers(trace: Trace) -> Iterator[Handler]:
    """Yield the handlers of the run in the order in which they began, each complete."""
    present: Handler | None = None
    for event in trace:
        if event.kind in _BEGINS:
            if present is not None:
                yield present
            present = Handler(event)
        elif present is None or event.node not in (present.event.node, None):
            continue
        elif event.kind in _EFFECTS:
            present.effects.append(event)
        elif event.kind in (
            "crash",
            "fault",
        ):  # a planned crash comes after its fault: not in a handler
            present.crashed = event.kind == "crash"
            yield present
            present = None
    if present is not None:
        yield present


def handler_of(trace: Trace, index: int) -> Handler | None:
    """Return the handler of the event with this index; None if no node handles it."""
    return next((one for one in handlers(trace) if one.event.index == index), None)


def _effect(event: Event) -> str:
    text = f"{_EFFECTS[event.kind]} {short(event.what)}".removesuffix(" ")
    return f"{text} to {event.peer}" if event.kind == "send" else text
