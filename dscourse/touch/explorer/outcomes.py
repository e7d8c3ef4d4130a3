"""The outcome of a move in words: messages sent, records written and operations ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dscourse.show.words import short
from dscourse.sim import Event, World

__all__ = ["outcome"]

_LONGEST = 90  # characters
_ENDS = {"ok": "ok", "fail": "failed", "unknown": "unknown"}


def outcome(before: World, after: World, node: str = "") -> str:
    """Return the effects of one move at ``node`` in words; ``before`` and ``after`` are the worlds around it.

    >>> from dscourse.protocols.textbook.replicated_counter import Counter
    >>> from dscourse.node import cluster
    >>> world = World(cluster(Counter, ["a", "b"])).run().submit("a", [("add", None, 1)])
    >>> after = world.clone()
    >>> outcome(world, after.run(until_ms=after.now_ms))
    'a sends add 1 to b; ok'
    """
    text = "; ".join(_parts(list(after.trace)[len(before.trace) :])) or _without_effects(
        before, after, node
    )
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _without_effects(before: World, after: World, node: str) -> str:
    """Return in words what a move without effects changes."""
    if node and before.paused(node):
        return f"{node} is paused: this waits until it resumes"
    changed = [name for name in after.nodes if _state(before, name) != _state(after, name)]
    return f"changes the state of {', '.join(changed)} alone" if changed else "changes no state"


def _state(world: World, name: str) -> Mapping[str, object]:
    return world.nodes[name].state()


def _parts(events: list[Event]) -> Iterator[str]:
    sent: dict[tuple[str | None, str], list[str]] = {}
    for event in events:
        if event.kind == "send":
            sent.setdefault((event.node, short(event.what)), []).append(str(event.peer))
    for event in events:
        if event.kind == "write":
            yield f"{event.node} writes {short(event.what)}"
        elif event.kind == "send":
            receivers = sent.pop((event.node, short(event.what)), None)
            if receivers:
                yield f"{event.node} sends {short(event.what)} to {', '.join(receivers)}"
        elif event.kind in _ENDS:
            result = "" if event.what is None else f": {short(event.what)}"
            yield f"{_ENDS[event.kind]}{result}"
        elif event.kind == "drop":
            yield "the message is lost"
