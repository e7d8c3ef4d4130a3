"""Judge of 00.2: the largest message loss at which every node still ends with the right count."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges.values import number
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.start_here import counter_world
from dscourse.protocols.replicated_counter import counts
from dscourse.show import Picture, spacetime
from dscourse.sim import World

__all__ = ["judge"]

_POSITIONS = range(0, 101, 5)
_INCREMENTS = 6


def judge(answer: Any) -> Wrong | None:
    loss = number(answer)
    if loss is None:
        return Wrong(f"{answer!r} is not one of the slider's positions: it must be a number.")
    if loss not in _POSITIONS:
        share = f" {loss:g} is a share; the slider is in per cent." if 0 < loss < 1 else ""
        return Wrong(
            f"{answer!r} is not one of the slider's positions: a multiple of 5, from 0 to 100 per cent.{share}"
        )
    return _compare(int(loss))


def _compare(loss: int) -> Wrong | None:
    right = max(position for position in _POSITIONS if _all_right(position))
    if loss < right:
        return Wrong(f"At {loss} % all nodes are right, but they are at a larger loss too.")
    if loss == right:
        return None
    other = _all_right(loss, "repaired")
    hint = ' In the version "send totals" they are all right there, but the question is about the other.'
    return Wrong(
        f"At {loss} % at least one node is wrong: {_totals(_world(loss))}.{hint if other else ''}",
        _picture(loss),
    )


def _all_right(loss: int, version: str = "textbook") -> bool:
    return set(counts(_world(loss, version).nodes).values()) == {_INCREMENTS}


def _world(loss: int, version: str = "textbook") -> World:
    return counter_world(version, _INCREMENTS, loss / 100, 0.0, 1)


def _totals(world: World) -> str:
    return ", ".join(f"{name} says {value}" for name, value in counts(world.nodes).items())


def _picture(loss: int) -> Picture:
    world = _world(loss)
    sentence = f"{_totals(world)}; {_INCREMENTS} increments were made."
    return spacetime(world.trace, sentence=sentence)
