"""The moments of a run as plain data for the browser: events in words, and the changes of nodes by each step.

The browser finds the state of every node at any moment from it, and the past and future of every event, without
asking Python. Long runs are sent by stretches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dscourse.core.wording import action, count, spaced
from dscourse.node import Node
from dscourse.show.node_states import field_in_words, in_words, own_fields, state_in_words
from dscourse.show.scene import setting_text
from dscourse.sim import Event, Fault, SetClock, SetLink, StateRecorder, World
from dscourse.touch.display.unchanging import unchanging_fields
from dscourse.touch.run.event_words import SHOWN, EventWords

__all__ = ["moments"]

NARRATED = (SHOWN - {"drop"}) | {
    "start"
}  # what a node does or undergoes; a loss is no event of a node
_LONGEST = 120  # characters of the words of an event
_TOLD_BY_DOING = "open_operation"  # of a client, as an id
_UNOBSERVED = (
    "The states of the nodes are not known: build returned a world that it had constructed before."
)


def moments(world: World) -> dict[str, Any]:
    """Return the events and states of the stretch of the run that the world's `StateRecorder` holds.

    ``events`` holds [index, kind, node, ms, words, message id or -1]; ``steps`` [first index, index after the last,
    ms, words for a fault or loss]; ``base`` each node before the first step, and ``changes`` [number of the step,
    node, what is new]. A node is its ``status`` ("down", "paused" or ""), what it is ``doing``, what is on its
    ``disk``, and its ``fields`` in words, null for a field that is gone.
    ``fixed`` holds the fields of each node that no node of its class changes in this stretch or has changed before.
    ``whole`` is false for a stretch, and ``note`` says so.
    """
    recorder = world.observer
    if not isinstance(recorder, StateRecorder):
        return _data(note=_UNOBSERVED)
    steps = recorder.steps
    first, last = (steps[0].first, steps[-1].last) if steps else (0, 0)
    all_events = list(world.trace)
    base, changes = _states(world, recorder, all_events)
    words = EventWords(world.trace)
    whole = not recorder.start and not recorder.is_full
    return _data(
        events=[_event(e, words) for e in all_events[first:last] if e.kind in NARRATED],
        steps=[_step(all_events[step.first], step.last, words) for step in steps],
        base=base,
        changes=changes,
        fixed=unchanging_fields(world, _initial(world, recorder), base, changes),
        whole=whole,
        note="" if whole else _stretch(world, first, last),
    )


def _data(**known: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"events": [], "steps": [], "base": {}, "changes": [], "fixed": {}}
    return {**empty, "whole": True, "note": "", **known}


def _states(
    world: World, recorder: StateRecorder, events: Sequence[Event]
) -> tuple[dict[str, Any], list[list[Any]]]:
    """Return the nodes before the first recorded step, and the changes by each; ``events`` are those of the run."""
    trackers = {name: _Tracker(node) for name, node in world.nodes.items()}
    _follow(trackers, events[: recorder.steps[0].first] if recorder.steps else [])
    base = {name: tracker.shown(recorder.base.get(name)) for name, tracker in trackers.items()}
    changes, known = [], dict(base)
    for number, step in enumerate(recorder.steps):
        _follow(trackers, events[step.first : step.last])
        for name, state in step.states.items():
            now = trackers[name].shown(state)
            new = _difference(known[name], now)
            known[name] = now
            if new:
                changes.append([number, name, new])
    return base, changes


def _initial(world: World, recorder: StateRecorder) -> dict[str, dict[str, str]]:
    """Return the fields in words at the beginning of the run; for a stretch from there, the base tells them."""
    if not recorder.start:
        return {}
    return {
        name: state_in_words(own_fields(world.nodes[name], state))
        for name, state in recorder.initial.items()
        if state
    }


def _stretch(world: World, first: int, last: int) -> str:
    start, end = world.trace[first].time_ms, world.trace[last - 1].time_ms
    return (
        f"In this run of {count(len(world.trace), 'event')}, states are known from {start:g} to {end:g} ms; "
        "move the cursor to another moment to have them there."
    )


def _step(first: Event, last: int, words: EventWords) -> list[Any]:
    text = ""
    if first.kind == "fault":
        text = _fault_words(first.what)
    elif first.kind == "drop":
        text = words.of(first)
    return [first.index, last, first.time_ms, text]


def _fault_words(fault: Fault) -> str:
    if isinstance(fault, SetLink | SetClock):
        return setting_text(fault)
    names = ", ".join(sorted(fault.names()))
    return f"{spaced(type(fault).__name__)} {names}".strip()


def _event(event: Event, words: EventWords) -> list[Any]:
    text = f"{event.node} starts" if event.kind == "start" else words.of(event)
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    message = event.id if event.kind in ("send", "deliver") else -1
    return [event.index, event.kind, event.node, event.time_ms, text, message]


@dataclass(slots=True)
class _Tracker:
    """One node beside its volatile state, as the trace tells it."""

    node: Node
    status: str = ""
    doing: str = ""
    records: int = 0  # in its durable log
    state: Mapping[str, object] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)  # of the state, by field

    def follow(self, event: Event) -> None:
        """Take an event of this node into account."""
        kind = event.kind
        if kind in ("start", "restart", "resume"):
            self.status = ""
        elif kind in ("crash", "pause"):
            self.status = "down" if kind == "crash" else "paused"
        if kind == "invoke":
            self.doing = action(event.what.f, event.what.key, event.what.value)
        elif kind in ("ok", "fail", "unknown"):
            self.doing = ""
        elif kind == "write":
            self.records = event.id
        elif kind == "crash":
            self.records = max(0, self.records - event.id)

    def put(self, state: Mapping[str, object]) -> dict[str, str]:
        """Return the state in words; only what differs from the last one is put into words again."""
        known, words = self.state, self.words
        own = own_fields(self.node, state)
        self.state = {name: value for name, value in own.items() if name != _TOLD_BY_DOING}
        self.words = {
            name: words[name]
            if name in known and _same(known[name], value)
            else in_words(value, name)
            for name, value in self.state.items()
        }
        return {field_in_words(name): text for name, text in self.words.items()}

    def shown(self, state: Mapping[str, object] | None) -> dict[str, Any]:
        """Return the node for the browser; ``state`` is None while it is down."""
        return {
            "status": self.status if state is not None else "down",
            "doing": self.doing,
            "disk": count(self.records, "record") if self.records else "",
            "fields": {} if state is None else self.put(state),
        }


def _same(one: object, other: object) -> bool:
    """Return True if two values are known to be equal; learners' values may not be comparable."""
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:  # an array, for instance
        return False


def _follow(trackers: Mapping[str, _Tracker], events: Iterable[Event]) -> None:
    for event in events:
        tracker = trackers.get(event.node or "")
        if tracker is not None and event.kind in NARRATED:
            tracker.follow(event)


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes of a node; a field that is gone is None."""
    changed = {key: new[key] for key in ("status", "doing", "disk") if new[key] != old[key]}
    fields = _changed(old["fields"], new["fields"])
    return {**changed, "fields": fields} if fields else changed


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str | None]:
    names: Iterable[str] = dict.fromkeys([*old, *new])
    return {name: new.get(name) for name in names if old.get(name) != new.get(name)}
