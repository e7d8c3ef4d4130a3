"""Shrinking a list of gestures: only those that the verdict of no needs stay on, and their stretches get shorter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

from dscourse.core.wording import count
from dscourse.sim import At
from dscourse.touch.run.numbers import in_ms
from dscourse.touch.run.touches import Touch

__all__ = ["Shrinking", "shrink"]

Touches = tuple[Touch, ...]
Refutes = Callable[[Touches], bool]

_MOST_RUNS = 400  # for looking at all smaller sets of gestures: some seconds
_LENGTHS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_END = re.compile(r" to [\d.]+ ms$")


@dataclass(frozen=True, slots=True)
class Shrinking:
    """The result of `shrink`: the lists from the given one to the last, each with one change, and a claim in words.

    ``changed`` holds the position in the list that each step changes.
    """

    steps: tuple[Touches, ...]
    changed: tuple[int, ...]
    claim: str

    @property
    def touches(self) -> Touches:
        """The last list."""
        return self.steps[-1]


def shrink(touches: Touches, refutes: Refutes) -> Shrinking:
    """Switch off gestures while ``refutes`` returns True for the rest, then shorten the stretches of those left.

    First gestures are left out one at a time, the last first. Then, if that takes at most 400 runs, all smaller sets
    are tried, the smallest first, and the claim says "fewest"; else it says that none can be left out alone. Last,
    each pause, cut or partition is given the shortest of the lengths 1, 2, 5, 10 … 1,000 ms that still refutes.

    >>> some = tuple(Touch(f"crash {name}", ()) for name in "abc")
    >>> found = shrink(some, lambda rest: rest[1].on)
    >>> [touch.on for touch in found.touches], found.claim
    ([False, True, False], '1 touch is needed: without it, the verdict is another.')
    """
    on = tuple(at for at, touch in enumerate(touches) if touch.on)
    kept = _without_single_ones(touches, on, refutes)
    fewest = _fewest(touches, on, kept, refutes)
    chosen = kept if fewest is None else fewest
    steps, changed = [touches], list[int]()
    for at in reversed(on):
        if at not in chosen:
            steps.append(_changed(steps[-1], at, replace(touches[at], on=False)))
            changed.append(at)
    for at in chosen:
        shorter = _shortest(steps[-1], at, refutes)
        if shorter is not None:
            steps.append(shorter)
            changed.append(at)
    shortened = len(steps) - 1 - (len(on) - len(chosen))
    return Shrinking(
        tuple(steps), tuple(changed), _claim(len(chosen), fewest is not None, shortened)
    )


def _without_single_ones(
    touches: Touches, on: tuple[int, ...], refutes: Refutes
) -> tuple[int, ...]:
    """Return the positions that stay when gestures are left out one at a time, until none can be."""
    kept, before = on, None
    while kept != before:
        before = kept
        for at in reversed(kept):
            fewer = tuple(one for one in kept if one != at)
            if refutes(_only(touches, fewer)):
                kept = fewer
    return kept


def _fewest(
    touches: Touches, on: tuple[int, ...], kept: tuple[int, ...], refutes: Refutes
) -> tuple[int, ...] | None:
    """Return a smallest set of positions that refutes; None if too many would have to be tried."""
    if sum(comb(len(on), size) for size in range(len(kept))) > _MOST_RUNS:
        return None
    smaller = (some for size in range(len(kept)) for some in combinations(on, size))
    return next((some for some in smaller if refutes(_only(touches, some))), kept)


def _shortest(touches: Touches, at: int, refutes: Refutes) -> Touches | None:
    """Return the list with the shortest stretch of this gesture that still refutes; None if none is shorter."""
    for shorter in _shorter(touches[at]):
        tried = _changed(touches, at, shorter)
        if refutes(tried):
            return tried
    return None


def _shorter(touch: Touch) -> Iterator[Touch]:
    """Yield the gesture with shorter stretches, the shortest first; nothing for one at a single moment."""
    if not {"start_ms", "end_ms"} <= set(touch.numbers):
        return
    start, end = touch.numbers["start_ms"], touch.numbers["end_ms"]
    for new in (start + length for length in _LENGTHS_MS if start + length < end):
        entries = (At(new if entry.ms == end else entry.ms, entry.fault) for entry in touch.entries)
        arguments = {**dict(touch.arguments), "end_ms": new}
        text = _END.sub(f" to {in_ms(new)} ms", touch.text)
        yield replace(touch, text=text, entries=tuple(entries), arguments=tuple(arguments.items()))


def _only(touches: Touches, kept: tuple[int, ...]) -> Touches:
    return tuple(replace(touch, on=at in kept) for at, touch in enumerate(touches))


def _changed(touches: Touches, at: int, touch: Touch) -> Touches:
    return (*touches[:at], touch, *touches[at + 1 :])


def _claim(left: int, fewest: bool, shortened: int) -> str:
    """Return in words what the search has shown about the gestures that are left."""
    if not left:
        return "The run is refuted without any touch."
    number = count(left, "touch")
    if fewest and left == 1:
        claim = "1 touch is needed: without it, the verdict is another."
    elif fewest:
        claim = (
            f"{number} are the fewest of yours that refute: all smaller sets of them were tried."
        )
    else:
        claim = f"None of the {number} can be left out alone; not all smaller sets were tried."
    if shortened:
        claim += f" {count(shortened, 'stretch')} of time got shorter: round lengths of 1, 2, 5, 10 … ms were tried."
    return claim
