"""Events in a learner's words, without ids, as a picture shows them."""

from __future__ import annotations

from collections.abc import Callable

from dscourse.core.wording import action, count, text_of
from dscourse.node import Invocation
from dscourse.show.words import short
from dscourse.sim import Event, Trace

__all__ = ["SHOWN", "EventWords"]

_MOST = 10_000  # characters: words are compared whole
_REASONS = {
    "lost": "is lost",
    "cut": "is lost: the link is cut",
    "crashed": "is lost: the receiver is down",
    "dropped": "is lost",
}


class EventWords:
    """The words for the events of one trace, such as ``b receives add 1 from a``; they hold no ids and no times.

    A result is told with the operation that it answers, so the words need the trace and not the event alone.
    """

    def __init__(self, trace: Trace) -> None:
        self._asked: dict[int, Invocation] = {
            event.id: event.what for event in trace.kinds("invoke")
        }

    def of(self, event: Event) -> str:
        """Return the event in words; LookupError for a kind that no picture shows."""
        if event.kind in _OUTCOMES:
            asked = self._asked[event.id]
            request = action(asked.f, asked.key, asked.value)
            return _OUTCOMES[event.kind](f"{event.node}'s {request}", event)
        return _WORDS[event.kind](event)


def _records(event: Event, verb: str) -> str:
    return f" {verb} {count(event.id, 'record')}" if event.id else ""


_OUTCOMES: dict[str, Callable[[str, Event], str]] = {
    "ok": lambda op, event: f"{op} returns {text_of(event.what)}",
    "fail": lambda op, event: f"{op} fails",
    "unknown": lambda op, event: f"the outcome of {op} becomes unknown",
}
_WORDS: dict[str, Callable[[Event], str]] = {
    "send": lambda e: f"{e.node} sends {short(e.what, _MOST)} to {e.peer}",
    "deliver": lambda e: f"{e.node} receives {short(e.what, _MOST)} from {e.peer}",
    "drop": lambda e: (
        f"{short(e.what, _MOST)} from {e.peer} to {e.node} {_REASONS.get(e.detail, 'is lost')}"
    ),
    "timer": lambda e: f"{e.node}'s timer {short(e.what, _MOST)} expires",
    "write": lambda e: f"{e.node} writes {short(e.what, _MOST)}",
    "crash": lambda e: f"{e.node} crashes{_records(e, 'and loses its last')}",
    "restart": lambda e: f"{e.node} restarts{_records(e, 'with')}",
    "pause": lambda e: f"{e.node} pauses",
    "resume": lambda e: f"{e.node} resumes",
    "invoke": lambda e: f"{e.node} invokes {action(e.what.f, e.what.key, e.what.value)}",
    "error": lambda e: f"{e.node}'s handler raises {e.detail}",
}
SHOWN = frozenset({*_WORDS, *_OUTCOMES})
"""The kinds of events that a picture shows. Faults are the plan's own; setting a timer shows when it expires."""
