"""The events of a trace. What the fields of an event mean depends on its kind:

kind                  node      peer      what        id              detail
start, restart        node      –         –           records in log  –
send                  sender    receiver  message     message         –
deliver, duplicate    receiver  sender    message     message         –
drop                  receiver  sender    message     message         lost, cut, crashed, dropped
set_timer             node      –         timer       timer           when it is due, in ms
timer, cancel_timer   node      –         timer       timer           –
write                 node      –         record      index in log    –
crash                 node      –         –           records lost    –
pause, resume         node      –         –           –               –
fault                 –         –         fault       –               –
invoke                client    –         Invocation  operation       –
ok, fail, unknown     client    –         result      operation       –
state                 node      –         dict        –               –
error                 node      –         what it had –               the error
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dscourse.core.copying import stable_repr
from dscourse.core.wording import count
from dscourse.history import Op
from dscourse.node import Invocation

__all__ = ["KINDS", "OBSERVED_ONLY", "Event", "Spell"]

KINDS = (
    "start", "send", "deliver", "drop", "duplicate", "set_timer", "timer", "cancel_timer", "write",
    "crash", "restart", "pause", "resume", "fault", "invoke", "ok", "fail", "unknown", "state",
    "error",
)  # fmt: skip
# Recorded by the observer alone; no node takes part.
OBSERVED_ONLY = frozenset({"fault", "drop", "duplicate", "state"})


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a trace; ``index`` is its index in the whole trace, also within a slice."""

    index: int
    time_ms: float
    kind: str
    node: str | None
    peer: str | None
    what: Any
    id: int
    detail: Any

    def __str__(self) -> str:
        return f"{self.time_ms:8.3f} ms  {_where(self):<8} {_WORDS[self.kind](self)}".rstrip()


def _where(event: Event) -> str:
    if event.kind == "send":
        return f"{event.node} → {event.peer}"
    if event.kind in ("deliver", "drop", "duplicate"):
        return f"{event.node} ← {event.peer}"
    return event.node or "*"


_REASONS = {
    "lost": "lost",
    "cut": "lost: the link is cut",
    "crashed": "lost: the receiver is down",
    "dropped": "lost: it was dropped",
}


def _ended(word: str) -> Callable[[Event], str]:
    return lambda e: f"#{e.id} {word}" + ("" if e.what is None else f": {e.what}")


_WORDS: dict[str, Callable[[Event], str]] = {
    "start": lambda e: f"starts with {count(e.id, 'record')}" if e.id else "starts",
    "send": lambda e: stable_repr(e.what),
    "deliver": lambda e: stable_repr(e.what),
    "drop": lambda e: f"{stable_repr(e.what)}  {_REASONS.get(e.detail, e.detail)}",
    "duplicate": lambda e: f"{stable_repr(e.what)}  duplicated",
    "set_timer": lambda e: f"sets timer {stable_repr(e.what)} for {e.detail:.3f} ms",
    "timer": lambda e: f"timer {stable_repr(e.what)}",
    "cancel_timer": lambda e: f"cancels timer {stable_repr(e.what)}",
    "write": lambda e: f"writes {stable_repr(e.what)}",
    "crash": lambda e: f"crashes and loses its last {count(e.id, 'record')}" if e.id else "crashes",
    "restart": lambda e: f"restarts with {count(e.id, 'record')}",
    "pause": lambda _: "stands still",
    "resume": lambda _: "goes on",
    "fault": lambda e: repr(e.what),
    "invoke": lambda e: f"invokes #{e.id} {_op(e.what).describe()}",
    "ok": _ended("ok"),
    "fail": _ended("failed"),
    "unknown": _ended("unknown"),
    "state": lambda e: ", ".join(f"{name} = {stable_repr(v)}" for name, v in e.what.items()),
    "error": lambda e: f"{e.detail}  (handling {stable_repr(e.what)})",
}


def _op(what: Invocation) -> Op:
    return Op(what.id, "", what.f, what.key, what.value)


@dataclass(frozen=True, slots=True)
class Spell:
    """A period in which a node was in a state such as ``down``; ``end`` is None if the period outlasts the run."""

    node: str
    kind: str
    start: Event
    end: Event | None

    @property
    def text(self) -> str:
        """Return the spell in words, as in ``b down``."""
        return f"{self.node} {self.kind}"
