"""Moves in a world that is played event by event: events and faults as values, and in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dscourse.core.wording import spaced
from dscourse.node import Message, Timer
from dscourse.show.words import short
from dscourse.sim import (
    Crash,
    DropPending,
    DuplicatePending,
    Fault,
    HandlerError,
    Pause,
    Pending,
    Restart,
    Resume,
    StepPending,
    World,
)

__all__ = ["Choice", "Move", "as_code", "choices", "in_words", "node_of", "path_in_words"]

Move = StepPending | DropPending | DuplicatePending | Fault
NodeFault = Crash | Pause | Restart | Resume

_WIDEST = 60  # characters of a message


@dataclass(frozen=True, slots=True)
class Choice:
    """A move that can be made in a state, in words; ``event`` is the pending event that it is about, if any."""

    move: Move
    text: str
    event: Pending | None = None


def choices(world: World) -> list[Choice]:
    """Return the events that may happen next, in the order in which they are due, and then the faults of nodes.

    >>> from dscourse.node import Node, cluster
    >>> [choice.text for choice in choices(World(cluster(Node, ["a"])))]
    ['a starts', 'crash a', 'pause a']
    """
    events = [Choice(StepPending(one.id), event_in_words(one), one) for one in world.pending()]
    return [*events, *(Choice(fault, in_words(fault, world)) for fault in _faults(world))]


def in_words(move: Move, world: World) -> str:
    """Return a move that can be made in ``world`` in words, such as ``lose a → b prepare 1a``."""
    if not isinstance(move, StepPending | DropPending | DuplicatePending):
        name = getattr(move, "node", None)
        return repr(move) if name is None else f"{spaced(type(move).__name__)} {name}"
    event = next((one for one in world.pending() if one.id == move.id), None)
    text = f"event {move.id}" if event is None else event_in_words(event)
    return f"{_VERBS[type(move)]}{text}"


def node_of(move: Move, world: World) -> str:
    """Return the name of the node that a move in ``world`` is about; "" if it is about none."""
    if not isinstance(move, StepPending | DropPending | DuplicatePending):
        return str(getattr(move, "node", ""))
    return next((one.node for one in world.pending() if one.id == move.id), "")


def path_in_words(world: World, path: Iterable[Move]) -> Iterator[str]:
    """Yield each move of a path from ``world`` in words; the last one may fail."""
    world = world.clone()
    for move in path:
        yield in_words(move, world)
        try:
            world.replay([move])
        except HandlerError:
            return


_VERBS = {StepPending: "", DropPending: "lose ", DuplicatePending: "duplicate "}


def event_in_words(event: Pending) -> str:
    """Return a pending event: its nodes first, then its message or timer as on the diagram."""
    if isinstance(event.what, Message):
        return f"{event.peer} → {event.node}  {short(event.what, _WIDEST)}"
    if isinstance(event.what, Timer):
        return f"{event.node}  timer {short(event.what, _WIDEST)}"
    return str(event)


def _faults(world: World) -> Iterator[NodeFault]:
    """Yield the crashes, restarts, pauses and resumptions that are possible now."""
    for name in world.nodes:
        if not world.alive(name):
            yield Restart(name)
        else:
            yield Crash(name)
            yield Resume(name) if world.paused(name) else Pause(name)


def as_code(moves: tuple[Move, ...], build: str) -> str:
    """Return Python code that makes these moves in the world that the function ``build`` returns.

    >>> print(as_code((StepPending(3), Crash("a")), "build"))
    from dscourse.sim import Crash, StepPending
    <BLANKLINE>
    world = build()
    world.replay([
        StepPending(id=3),
        Crash('a'),
    ])
    """
    names = sorted({type(move).__name__ for move in moves})
    lines = [f"from dscourse.sim import {', '.join(names)}", ""] if names else []
    lines.append(f"world = {build}()")
    if names:
        lines += ["world.replay([", *(f"    {move!r}," for move in moves), "])"]
    return "\n".join(lines)
