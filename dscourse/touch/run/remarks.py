"""Remarks on gestures that do not do in the present run what they say, with the reason in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dscourse.sim import (
    At,
    Crash,
    CrashDuring,
    Cut,
    Delay,
    Event,
    Fault,
    Heal,
    Partition,
    Pause,
    Recover,
    Repeat,
    Restart,
    Resume,
    Submit,
    World,
)  # fmt: skip
from dscourse.sim.message_faults import MessageFault
from dscourse.touch.run.anchors import told_apart, words_of
from dscourse.touch.run.names import MessageName, sending_of
from dscourse.touch.run.numbers import in_ms
from dscourse.touch.run.touches import Touch

__all__ = ["Remarks"]

_LIVES = ("start", "crash", "restart", "pause", "resume")


class Remarks:
    """The remarks on the gestures whose entries make up ``plan``, in the run that ``world`` is.

    The trace records each fault when it happens; the event after it says whether it had an effect.
    """

    def __init__(self, world: World, plan: Sequence[At]) -> None:
        self.world = world
        self._events = list(world.trace)
        self._faults = [event for event in self._events if event.kind == "fault"]
        self._happened = _happened(plan, self._faults)
        self._planned = {id(entry) for entry in plan}

    def of(self, touch: Touch) -> str:
        """Return in words why a gesture does not do in this run what it says; "" if it does."""
        own = (entry for entry in touch.entries if id(entry) in self._planned)
        return next(filter(None, (self._of_entry(entry, touch) for entry in own)), "")

    def _of_entry(self, entry: At, touch: Touch) -> str:
        now, fault = self.world.now_ms, entry.fault
        if entry.ms > now:
            what = "it" if entry.ms == touch.entries[0].ms else "its end"
            return f"the run ends at {in_ms(now)} ms, before {what}"
        at = self._happened.get(id(entry))
        if at is None:
            return "it is not in the plan of the world that build returned"
        if isinstance(fault, MessageFault):
            return self._of_message(fault, touch)
        if isinstance(fault, Heal):
            return self._of_heal(fault, at, self._happened.get(id(touch.entries[0]), at))
        if isinstance(fault, Submit):
            return self._of_request(fault, at)
        return self._of_node(fault, at)

    # --- nodes -----------------------------------------------------------------------------------------

    def _of_node(self, fault: Fault, at: Event) -> str:
        if type(fault) not in _LEAVES:
            return ""
        kind, why_not = _LEAVES[type(fault)]
        [node] = fault.names()
        if isinstance(fault, CrashDuring):
            same = [event for event in self._events[at.index :] if event.time_ms == at.time_ms]
        else:
            same = self._events[at.index + 1 : at.index + 2]
        if any((event.kind, event.node) == (kind, node) for event in same):
            return ""
        if isinstance(fault, Pause) and self._life(node, at) == "pause":
            return ""  # by another gesture
        return f"{node} {why_not} at {in_ms(at.time_ms)} ms"

    def _life(self, node: str, before: Event | None = None) -> str:
        """Return the kind of the last event that changed whether the node is up, before this event or the end."""
        known = self._events[: before.index] if before is not None else self._events
        kinds = (event.kind for event in reversed(known) if event.node == node)
        return next((kind for kind in kinds if kind in _LIVES), "")

    def _of_request(self, request: Submit, at: Event) -> str:
        asked = (request.client, request.f, request.key, request.value)
        begun = (event for event in self._events[at.index :] if event.kind == "invoke")
        if any((e.node, e.what.f, e.what.key, e.what.value) == asked for e in begun):
            return ""
        life = self._life(request.client)
        why = {"crash": "it is down", "pause": "it is paused"}.get(life, "it is busy to the end")
        return f"{request.client} never begins it: {why}"

    # --- links -----------------------------------------------------------------------------------------

    def _of_heal(self, heal: Heal, at: Event, cut: Event) -> str:
        """Return that the link was healed before this gesture heals it; "" if it was cut until then."""
        healed = None
        for event in self._faults:
            if cut.index < event.index < at.index and event.time_ms < at.time_ms:
                if _heals(event.what, heal):
                    healed = event
                elif _cuts(event.what, heal):
                    healed = None
        if healed is None:
            return ""
        return f"the link {heal.source} → {heal.to} heals at {in_ms(healed.time_ms)} ms"

    # --- messages --------------------------------------------------------------------------------------

    def _of_message(self, fault: MessageFault, touch: Touch) -> str:
        sent = sending_of(self.world.trace, MessageName(*fault.name))
        if sent is None:
            return "this message is no longer sent"
        now = words_of(sent.what)
        if touch.about is not None and now != touch.about.words:
            new, old = told_apart(now, touch.about.words)
            return f"this message now says {new!r}; it said {old!r}"
        if isinstance(fault, Delay | Repeat):
            return self._of_arrival(sent, fault.latency_ms, isinstance(fault, Repeat))
        return ""

    def _of_arrival(self, sent: Event, latency_ms: float, copy: bool) -> str:
        """Return why a message, or its copy, does not arrive when it should; "" if it does."""
        due = round(sent.time_ms * 1000 + latency_ms * 1000) / 1000
        ends = [e for e in self._events if e.kind in ("deliver", "drop") and e.id == sent.id]
        gone = [e for e in ends if e.kind == "drop" and e.time_ms == sent.time_ms]
        if gone and (not copy or gone[0].detail == "cut"):  # a lost message can have a copy
            return _lost(gone[0])
        later = sorted((e.time_ms, e.kind == "drop", e.index) for e in ends if e.time_ms >= due)
        if not later:
            return "the run ends before it arrives"
        first = self._events[later[0][2]]
        if first.kind == "drop":
            return _lost(first)
        if first.time_ms > due:
            return f"it arrives only at {in_ms(first.time_ms)} ms: the link keeps order, or {sent.peer} was paused"
        return ""


def _happened(plan: Sequence[At], faults: Sequence[Event]) -> dict[int, Event]:
    """Return the event at which each entry of the plan happened, by the entry's identity."""
    events: dict[tuple[int, Fault], Iterator[Event]] = {}
    for event in reversed(faults):
        key = _moment(event.time_ms, event.what)
        events[key] = iter([event, *events.get(key, ())])
    found = {}
    for entry in plan:
        event_of = events.get(_moment(entry.ms, entry.fault))
        same = next(event_of, None) if event_of is not None else None
        if same is not None:
            found[id(entry)] = same
    return found


def _moment(ms: float, fault: Fault) -> tuple[int, Fault]:
    """Return the time of a fault (µs) and the fault; one of a message is in force from the start of a world on."""
    return 0 if isinstance(fault, MessageFault) else round(ms * 1000), fault


_LEAVES: dict[type[Fault], tuple[str, str]] = {
    Crash: ("crash", "is not up"),
    CrashDuring: ("crash", "does not crash"),
    Restart: ("restart", "is not down"),
    Pause: ("pause", "is not running"),
    Resume: ("resume", "is not paused"),
}


def _heals(fault: Fault, link: Heal) -> bool:
    if isinstance(fault, Recover):
        return not fault.nodes or {link.source, link.to} <= set(fault.nodes)
    return isinstance(fault, Heal) and (fault.source is None or fault == link)


def _cuts(fault: Fault, link: Heal) -> bool:
    if isinstance(fault, Partition):
        sides = [
            number
            for number, group in enumerate(fault.groups)
            for end in (link.source, link.to)
            if end in group
        ]
        return len(sides) == 2 and sides[0] != sides[1]
    return isinstance(fault, Cut) and (fault.source, fault.to) == (link.source, link.to)


def _lost(end: Event) -> str:
    return _LOST.get(str(end.detail), "it is lost on its way").format(to=end.node)


_LOST = {
    "crashed": "it is lost: {to} is down when it arrives",
    "cut": "it is lost: its link is cut",
    "dropped": "it is lost by another gesture",
}
