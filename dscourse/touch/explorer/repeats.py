"""A check that a move does the same when it is made again in the same state."""

from __future__ import annotations

from dscourse.sim import World
from dscourse.touch.explorer.moves import Move

__all__ = ["difference_when_repeated", "is_alike"]


def difference_when_repeated(before: World, move: Move, after: World, node: str) -> str:
    """Make the move in ``before`` again; return in words that it does not lead to ``after``, or "" if it does.

    ``node`` is the one whose handler the move runs. A handler that draws random numbers, reads the time of day, or
    counts in data that all copies of a node share does not do the same twice.

    >>> from dscourse.node import Node, cluster
    >>> from dscourse.sim import StepPending
    >>> world = World(cluster(Node, ["a"]))
    >>> difference_when_repeated(world, StepPending(1), world.clone().replay([StepPending(1)]), "a")
    ''
    """
    if is_alike(before.clone().replay([move]), after):
        return ""
    return (
        f"{node or 'a node'} did not do the same when this move was made twice: "
        "its handler uses random numbers, the time of day, or data outside of its node"
    )


def is_alike(one: World, other: World) -> bool:
    """Return True if both worlds have the same states, pending events, times and traces."""
    return _form(one) == _form(other)


def _form(world: World) -> object:
    return world.state_key(history=True, timed=True), world.trace.hash()
