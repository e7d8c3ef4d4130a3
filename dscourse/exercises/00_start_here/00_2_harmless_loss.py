"""Judge of 00.2: the largest message loss at which every node still ends with the right count."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.tasks import Wrong
from dscourse.experiments.start_here import counter_world
from dscourse.protocols.replicated_counter import counts
from dscourse.show import Picture, spacetime
from dscourse.sim import World

__all__ = ["judge"]


def judge(answer: Any) -> Wrong | None:
    if (
        isinstance(answer, bool)
        or not isinstance(answer, int)
        or answer % 5
        or not 0 <= answer <= 100
    ):
        return Wrong(
            f"{answer!r} is not one of the slider's positions: a whole number of per cent, a multiple of 5."
        )
    right = [loss for loss in range(0, 101, 5) if _all_right(loss)]
    if answer not in right:
        return Wrong(f"At {answer} % at least one node is wrong.", _picture(answer))
    if answer != max(right):
        return Wrong(f"At {answer} % all nodes are right, but they are at a larger loss too.")
    return None


def _all_right(loss: int) -> bool:
    return set(counts(_world(loss).nodes).values()) == {6}


def _world(loss: int) -> World:
    return counter_world("textbook", 6, loss / 100, 0.0, 1)


def _picture(loss: int) -> Picture:
    world = _world(loss)
    totals = ", ".join(f"{name} says {value}" for name, value in counts(world.nodes).items())
    return spacetime(world.trace, sentence=f"{totals}; 6 increments were made.")
