"""The picture of a world that is played event by event, and the sentence below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from dscourse.core.wording import count
from dscourse.show.picture import Picture
from dscourse.show.scene import read_scene
from dscourse.show.spacetime import Look, drawing
from dscourse.sim import Spell, World
from dscourse.touch.display.layout import layout

__all__ = ["draw_world", "in_a_sentence"]

_WIDE = 700  # px of the diagram, which stands beside the tree


def draw_world(
    world: World, spells: Callable[[World], Iterable[Spell]] | None
) -> tuple[Picture, dict[str, Any]]:
    """Return the space-time diagram of a world, and where its messages and nodes are."""
    scene = read_scene(world.trace).with_spells(spells(world) if spells else ())
    view = drawing(world.trace, look=Look(scale="order", width=_WIDE), scene=scene)
    return view.picture, layout(view, world.trace)


def in_a_sentence(world: World, moves: int, remark: str, picture: str) -> str:
    """Return how far the world has come, what waits, a remark, and the picture's sentence unless the remark has it.

    >>> from dscourse.node import Node, cluster
    >>> in_a_sentence(World(cluster(Node, ["a"])), 0, "No node leads.", "1 node.")
    '0 moves, 0 ms; 1 event waits. No node leads. 1 node.'
    """
    waiting = len(world.pending())
    waits = f"{count(waiting, 'event')} wait" if waiting else "nothing waits any more"
    sentence = remark if picture in remark else f"{remark} {picture}".strip()
    extent = f"{count(moves, 'move')}, {world.now_ms:g} ms"
    return f"{extent}; {waits}{'s' if waiting == 1 else ''}. {sentence}"
