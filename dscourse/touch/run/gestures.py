"""The gestures: each makes a `Touch` from the present run and what was pointed at.

They raise ValueError, in words, for what no network or node can do; LookupError for a message or event that the run
does not have; TypeError for an argument of the wrong type. Times are in ms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dscourse.core.wording import action
from dscourse.node import Client
from dscourse.sim import (
    At,
    Crash,
    CrashDuring,
    Cut,
    Delay,
    Event,
    Heal,
    Lose,
    Partition,
    Pause,
    Repeat,
    Restart,
    Resume,
    SetClock,
    Submit,
    World,
)  # fmt: skip
from dscourse.touch.run.aiming import latency_until
from dscourse.touch.run.anchors import Anchor, anchor_of
from dscourse.touch.run.arguments import bind, require_index, require_spelled
from dscourse.touch.run.handlers import handler_of
from dscourse.touch.run.names import MessageName, message_names, sending_of
from dscourse.touch.run.numbers import in_ms
from dscourse.touch.run.touches import Touch

__all__ = ["GESTURES", "make"]


def make(world: World, gesture: str, *given: Any, **named: Any) -> Touch:
    """Return the gesture of this name with these arguments; LookupError if there is none."""
    if gesture not in GESTURES:
        raise LookupError(f"no gesture is called {gesture!r}: there are {', '.join(GESTURES)}")
    function = GESTURES[gesture]
    bound = bind(gesture, function, world, given, named)
    text, entries, about, arguments = function(*bound.args, **bound.kwargs)
    known = {**dict(list(bound.arguments.items())[1:]), **arguments}
    return Touch(text, tuple(entries), True, about, gesture, tuple(known.items()))


Parts = tuple[str, list[At], Anchor | None, dict[str, Any]]

# --- messages --------------------------------------------------------------------------------------


def _lose(world: World, message: int | MessageName) -> Parts:
    name, sent = _sent(world, message)
    if any(end.id == sent.id and end.detail == "dropped" for end in world.trace.kinds("drop")):
        raise ValueError(f"{name} is lost already: switch that gesture off, or remove it")
    about = anchor_of(world.trace, sent)
    return f"lose {name}", [At(0, Lose(*name.fields))], about, {"message": name}


def _repeat(world: World, message: int | MessageName, arrives_ms: float) -> Parts:
    name, sent = _sent(world, message)
    entry = At(0, Repeat(*name.fields, latency_ms=_latency(sent, arrives_ms)))
    text = f"a copy of {name} arrives at {in_ms(arrives_ms)} ms"
    return text, [entry], anchor_of(world.trace, sent), {"message": name}


def _move(world: World, message: int | MessageName, arrives_ms: float) -> Parts:
    name, sent = _sent(world, message)
    entry = At(0, Delay(*name.fields, latency_ms=_latency(sent, arrives_ms)))
    text = f"{name} arrives at {in_ms(arrives_ms)} ms"
    return text, [entry], anchor_of(world.trace, sent), {"message": name}


def _sent(world: World, message: int | MessageName) -> tuple[MessageName, Event]:
    """Return the name and the sending of a message. Raise LookupError if the run has no such message."""
    name: MessageName | None
    if isinstance(message, MessageName):
        name, described = message, f"is {message}"
    else:
        number = require_index(message, "the id of a message")
        name, described = message_names(world.trace).get(number), f"has the id {number!r}"
    sent = None if name is None else sending_of(world.trace, name)
    if name is None or sent is None:
        raise LookupError(f"no message of this run {described}")
    return name, sent


def _latency(sent: Event, arrives_ms: float) -> float:
    """Return the latency of a message that arrives at ``arrives_ms``. Raise ValueError if it cannot."""
    latency_ms = latency_until(arrives_ms, sent)
    if latency_ms < 0:
        raise ValueError(
            f"a message cannot arrive at {in_ms(arrives_ms)} ms: it is sent at {in_ms(sent.time_ms)} ms"
        )
    return latency_ms


# --- nodes -----------------------------------------------------------------------------------------


def _crash(world: World, node: str, ms: float) -> Parts:
    return f"crash {node} at {in_ms(ms)} ms", [At(ms, Crash(node))], None, {}


def _crash_during(world: World, event: Event | int, after: int, raw: int | None = None) -> Parts:
    index = event.index if isinstance(event, Event) else require_index(event, "an event's index")
    require_index(after, "a number of effects")
    handler = handler_of(world.trace, index)
    if handler is None or handler.event.node is None:
        raise ValueError(f"{event}: no node handles this event")
    if handler.event.kind == "start":
        raise ValueError(
            f"{handler.event.node} starts before the first fault of any plan: crash it at 0 ms"
        )
    if not handler.effects:
        raise ValueError(
            f"{event}: this handler has no effects; crash {handler.event.node} at {in_ms(handler.event.time_ms)} ms"
        )
    if not 0 <= after < len(handler.effects):
        raise ValueError(
            f"after effect {after!r}: this handler has {len(handler.effects)} effects; crash it after fewer"
        )
    of, node = handler.event, handler.event.node
    when = f"after {handler.words[after - 1]!r}" if after else "before its first effect"
    text = f"crash {node} as it handles {handler.text} at {in_ms(of.time_ms)} ms, {when}"
    entry = At(of.time_ms, CrashDuring(node, after if raw is None else raw))
    return text, [entry], anchor_of(world.trace, of), {"event": index}


def _restart(world: World, node: str, ms: float) -> Parts:
    return f"restart {node} at {in_ms(ms)} ms", [At(ms, Restart(node))], None, {}


def _pause(world: World, node: str, start_ms: float, end_ms: float) -> Parts:
    _check_stretch(start_ms, end_ms)
    entries = [At(start_ms, Pause(node)), At(end_ms, Resume(node))]
    return f"pause {node} from {in_ms(start_ms)} to {in_ms(end_ms)} ms", entries, None, {}


def _skew(world: World, node: str, ms: float, skew_ms: float, drift_ppm: float = 0.0) -> Parts:
    drift = f" and {drift_ppm:+g} ppm" if drift_ppm else ""
    sign = "" if skew_ms < 0 else "+"
    text = f"clock of {node} {sign}{in_ms(skew_ms)} ms{drift} from {in_ms(ms)} ms on"
    return text, [At(ms, SetClock(node, skew_ms, drift_ppm))], None, {}


def _invoke(
    world: World, node: str, ms: float, f: str, key: Any = None, value: Any = None
) -> Parts:
    if not isinstance(world.nodes[node], Client):
        raise ValueError(f"{node} invokes no operations: only a client does")
    fault = Submit(node, f, key, value)
    for part in (fault.key, fault.value):
        require_spelled(part, f"{node} invokes {f}")
    entry = At(ms, fault)
    return f"{node} invokes {action(f, key, value)} at {in_ms(ms)} ms", [entry], None, {}


# --- links -----------------------------------------------------------------------------------------


def _cut(
    world: World, source: str, to: str, start_ms: float, end_ms: float, both: bool = True
) -> Parts:
    _check_stretch(start_ms, end_ms)
    if not isinstance(both, bool):
        raise TypeError(f"cut: both={both!r}: it must be True or False")
    if source == to:
        raise ValueError(f"{source} – {to}: a link has two different ends")
    ends = [(source, to), (to, source)] if both else [(source, to)]
    entries = [At(start_ms, Cut(*pair)) for pair in ends]
    entries += [At(end_ms, Heal(*pair)) for pair in ends]
    sign = "–" if both else "→"
    return (
        f"cut {source} {sign} {to} from {in_ms(start_ms)} to {in_ms(end_ms)} ms",
        entries,
        None,
        {},
    )


def _isolate(world: World, node: str, start_ms: float, end_ms: float) -> Parts:
    others = tuple(name for name in world.nodes if name != node)
    if not others:
        raise ValueError(f"{node} is the only node: there is none to cut it off from")
    _, entries, about, _ = _partition(world, ((node,), others), start_ms, end_ms)
    text = f"cut {node} off from all others from {in_ms(start_ms)} to {in_ms(end_ms)} ms"
    return text, entries, about, {}


def _partition(
    world: World, groups: Sequence[Sequence[str]], start_ms: float, end_ms: float
) -> Parts:
    _check_stretch(start_ms, end_ms)
    if len(groups) < 2 or not all(groups):
        raise ValueError("partition: each side needs a node; choose one or more for either side")
    fault = Partition(*groups)
    ends = [(a, b) for one in fault.groups for a in sorted(one) for b in fault.names()]
    heals = [Heal(a, b) for a, b in ends if not any({a, b} <= group for group in fault.groups)]
    sides = " | ".join(", ".join(sorted(group)) for group in fault.groups)
    entries = [At(start_ms, fault), *(At(end_ms, heal) for heal in heals)]
    known = {"groups": tuple(tuple(sorted(group)) for group in fault.groups)}
    return f"partition {sides} from {in_ms(start_ms)} to {in_ms(end_ms)} ms", entries, None, known


def _check_stretch(start_ms: float, end_ms: float) -> None:
    if not start_ms < end_ms:
        raise ValueError(
            f"from {in_ms(start_ms)} to {in_ms(end_ms)} ms: the start must be before the end"
        )


GESTURES: dict[str, Callable[..., Parts]] = {
    "lose": _lose, "repeat": _repeat, "move": _move, "crash": _crash, "crash_during": _crash_during,
    "restart": _restart, "pause": _pause, "skew": _skew, "cut": _cut, "isolate": _isolate,
    "partition": _partition, "invoke": _invoke,
}  # fmt: skip
"""Every gesture that adds an entry to the list, by its name."""
