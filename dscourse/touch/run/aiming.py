"""Gestures on messages, aimed again when earlier ones have changed a message's name or the time of its sending."""

from __future__ import annotations

import math
from dataclasses import replace

from dscourse.sim import At, Delay, Event, Repeat, Trace
from dscourse.sim.message_faults import MessageFault
from dscourse.touch.run.anchors import Anchor, anchor_of, causal_paths
from dscourse.touch.run.names import MessageName, message_names
from dscourse.touch.run.numbers import in_ms
from dscourse.touch.run.touches import Touch

__all__ = ["Sendings", "aim", "latency_until"]


class Sendings:
    """The messages of a run: the sending of each by its name, and its name by its causal path."""

    def __init__(self, trace: Trace) -> None:
        self._trace, names, self._paths = trace, message_names(trace), causal_paths(trace)
        self.by_name = {names[event.id]: event for event in trace.kinds("send")}
        self.name_of = {self._paths[event.index]: name for name, event in self.by_name.items()}

    def anchor(self, sent: Event) -> Anchor:
        """Return the anchor by which this message is found in another run."""
        return anchor_of(self._trace, sent, self._paths)


def latency_until(arrives_ms: float, sent: Event) -> float:
    """Return the latency in ms, in whole µs, of a message that arrives at ``arrives_ms``; negative if it cannot."""
    return round(arrives_ms * 1000 - sent.time_ms * 1000) / 1000


def aim(touch: Touch, sendings: Sendings) -> tuple[float, Touch, str]:
    """Return when the gesture acts, the gesture aimed at its message in this run, and why it must be left out, or "".

    A message with the causal path of the one that the gesture was about is the same, whatever its name is now. If the
    run has none, the message of the same name is, as long as it has the same content.
    """
    about, fault = touch.about, touch.entries[0].fault
    assert about is not None
    assert isinstance(fault, MessageFault)
    named = MessageName(*fault.name)
    name = sendings.name_of.get(about.path, named)
    sent, acts_on = sendings.by_name.get(name), sendings.by_name.get(named)
    if sent is None:
        return math.inf, touch, ""  # it acts on nothing
    when = min(one.time_ms for one in (sent, acts_on) if one is not None)
    now = sendings.anchor(sent)
    if not about.matches(now):
        new, old = now.told_apart(about)
        why = f"no longer sent: this name now means {new!r}, and the gesture was about {old!r}"
        return when, touch, why
    arrives = dict(touch.arguments).get("arrives_ms")
    if arrives is not None and latency_until(arrives, sent) < 0:
        return when, touch, f"not possible: it is sent only at {in_ms(sent.time_ms)} ms"
    return when, _aimed_at(touch, name, sent, arrives), ""


def _aimed_at(touch: Touch, name: MessageName, sent: Event, arrives: float | None) -> Touch:
    """Return the gesture on the message of this name, to arrive when it did; the same object if nothing changes."""
    fault = touch.entries[0].fault
    assert isinstance(fault, MessageFault)
    new = replace(fault, nth=name.nth)
    if isinstance(new, Delay | Repeat) and arrives is not None:
        new = replace(new, latency_ms=latency_until(arrives, sent))
    if new == fault:
        return touch
    text = touch.text.replace(str(MessageName(*fault.name)), str(name))
    arguments = {**dict(touch.arguments), "message": name}
    return replace(
        touch,
        text=text,
        entries=(At(touch.entries[0].ms, new),),
        arguments=tuple(arguments.items()),
    )
