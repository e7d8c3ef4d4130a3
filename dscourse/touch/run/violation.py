"""The first event of a run after which a property no longer holds: the run again, judged after each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from dscourse.core.properties import Property
from dscourse.sim import At, PropertyWatch, Trace, World, observing
from dscourse.sim.observation import Ruled
from dscourse.touch.run.event_words import SHOWN, EventWords

__all__ = ["find_violation"]

_UNOBSERVED = "The moments of the run cannot be judged: build returned a world that it had constructed before."


def find_violation(
    build: Callable[[list[At]], World], plan: list[At], claim: Property
) -> dict[str, Any]:
    """Run ``build(plan)`` again and judge ``claim``, a property of a `View`, after each step.

    Return ``event``, the index of the first event after which it no longer holds, or None, and in ``words`` what
    became of the property in the course of the run. Raises what the run raises, and PropertyError if the property
    does.
    """
    with observing(partial(PropertyWatch, claim)):
        world = build(plan)
    watch = world.observer
    if not isinstance(watch, PropertyWatch):
        return {"event": None, "words": _UNOBSERVED}
    lost = _first_loss(watch.changes)
    more = f" Only the first {watch.most:,} states were judged." if watch.is_full else ""
    words = _in_words(claim.name, watch.changes, world.trace)
    return {"event": None if lost is None else lost.event, "words": words + more}


def _first_loss(changes: Sequence[Ruled]) -> Ruled | None:
    """Return the first answer of no after another answer."""
    return next((change for change in changes[1:] if change.ok is False), None)


def _in_words(name: str, changes: Sequence[Ruled], trace: Trace) -> str:
    """Return the course of the property in a sentence or two."""
    first, lost = changes[0], _first_loss(changes)
    if lost is None:
        return _without_loss(name, changes, trace)
    why = f": {lost.reason}" if lost.reason else ""
    later = [change for change in changes if change.event > lost.event]
    words = f"“{name}” no longer holds from {_when(trace, lost)}{why}."
    if first.ok is False:
        words = f"“{name}” does not hold at the beginning. It holds later, and {words}"
    if later:
        times = sum(change.ok is True for change in later)
        end = (
            "holds"
            if changes[-1].ok
            else "does not hold"
            if changes[-1].ok is False
            else "is unknown"
        )
        words += f" It holds again {times} time{'s' * (times != 1)} later; at the end it {end}."
    return words


def _without_loss(name: str, changes: Sequence[Ruled], trace: Trace) -> str:
    if changes[0].ok is not False:
        return f"“{name}” is violated at no moment of this run."
    if len(changes) == 1:
        return f"There is no first violation to go to: “{name}” holds at no moment of this run."
    return f"“{name}” does not hold at the beginning; it holds from {_when(trace, changes[1])}."


def _when(trace: Trace, change: Ruled) -> str:
    """Return the time of a change, and the event that brings it about."""
    event = trace[change.event]
    cause = f", when {EventWords(trace).of(event)}" if event.kind in SHOWN else ""
    return f"{event.time_ms:g} ms on{cause}"
