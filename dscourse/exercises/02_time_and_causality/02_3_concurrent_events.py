"""Judge of 02.3: two concurrent events that are far apart in time."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Number
from typing import Any

from dscourse.exercises.judges.values import listed, whole
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.time_and_causality import events_of, puzzle, records_of
from dscourse.protocols.stamped_messages import causal_pasts
from dscourse.show import Focus, Look, Picture, spacetime
from dscourse.sim import World

__all__ = ["judge"]

_APART_MS = 50


def judge(pair: Any) -> Wrong | None:
    world = puzzle()
    events, records = events_of(world), records_of(world)
    items = listed(pair, most=len(events) + 1)
    named = [one for one in map(whole, items or ()) if one is not None]
    if not items or not len(items) == len(named) == 2:
        return Wrong(
            f"`pair` must be two numbers of events, such as (1, 2), not {_shown(pair, items)}."
        )
    if not all(1 <= one <= len(events) for one in named):
        return Wrong(f"The events are numbered from 1 to {len(events)}.")
    first, second = sorted(one - 1 for one in named)
    if first == second:
        return Wrong("An event is not concurrent with itself: name two.")
    if causal_pasts(records)[second] >> first & 1:
        clocks = [str(records[index][1].stamp) for index in (first, second)]
        return Wrong(
            f"Event {first + 1} is in the causal past of event {second + 1}: no entry of {clocks[0]} "
            f"is larger than in {clocks[1]}. The picture shows all causes of event {second + 1}.",
            _causes(world, second),
        )
    gap = events[second].time_ms - events[first].time_ms
    if gap < _APART_MS:
        return Wrong(f"They are concurrent, but only {gap:.1f} ms apart.")
    return None


def _shown(pair: Any, items: list[Any] | None) -> str:
    """Return the answer as short text without addresses: its items if it has some, else its value or its type."""
    if items:
        return ", ".join(f"{item!r:.30}" for item in items[:4]) + (", …" if len(items) > 4 else "")
    return (
        f"{pair!r:.60}" if isinstance(pair, str | Number | Mapping) else f"a {type(pair).__name__}"
    )


def _causes(world: World, index: int) -> Picture:
    return spacetime(
        world.trace.kinds("start", "send", "deliver"), focus=Focus(past_of=events_of(world)[index]), clocks="vector",
        look=Look(labels=False),
    )  # fmt: skip
