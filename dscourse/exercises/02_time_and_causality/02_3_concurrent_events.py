"""Judge of 02.3: two concurrent events that are far apart in time."""

from __future__ import annotations

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
    numbers = [whole(one) for one in listed(pair) or ()]
    named = [one for one in numbers if one is not None]
    if not len(numbers) == len(named) == 2:
        return Wrong(f"`pair` must be two numbers of events, such as (1, 2), not {pair!r:.60}.")
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


def _causes(world: World, index: int) -> Picture:
    return spacetime(
        world.trace.kinds("start", "send", "deliver"), focus=Focus(past_of=events_of(world)[index]), clocks="vector",
        look=Look(labels=False),
    )  # fmt: skip
