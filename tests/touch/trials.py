"""Trials of every single touch of a run on a grid of times, to show that a deed takes at least two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from dscourse.course.chapters import CHAPTERS
from dscourse.course.form import load
from dscourse.course.reading import code_cells, source
from dscourse.touch import Deed, Diagram, TouchedRun
from tests.notebooks.discovered import path_of

__all__ = [
    "Touching",
    "diagram_of",
    "moments",
    "single_touches",
    "touched",
    "touches_that_do",
]

Touching = tuple[
    str, tuple[Any, ...]
]  # a gesture of `TouchedRun`, and its arguments; a message by its name
_ON_MESSAGES = ("lose", "repeat", "move")


def diagram_of(chapter: str) -> Diagram:
    """Return the diagram of a chapter, made by the code of its notebook: the imports and the diagram's own cell."""
    notebook = load(path_of(next(one for one in CHAPTERS if one.label == chapter)))
    codes = [source(cell) for cell in code_cells(notebook)]
    names: dict[str, Any] = {}
    for code in (codes[0], next(code for code in codes if "Diagram(" in code)):
        exec(code, names)
    diagram: Diagram = names["diagram"]
    return diagram


def moments(low: float, high: float, step: float) -> list[float]:
    """Return the times from ``low`` to ``high`` ms, both included, ``step`` ms apart."""
    return [low + n * step for n in range(round((high - low) / step) + 1)]


def single_touches(
    run: TouchedRun, times: Sequence[float], lengths: Sequence[float] = (10.0, 25.0, 60.0)
) -> Iterator[Touching]:
    """Yield the touches of the untouched run: every message and node, at these times, for these lengths in ms."""
    trace, nodes = run.world.trace, list(run.world.nodes)
    sent = {event.id: event.time_ms for event in trace.kinds("send")}
    for number, name in run.messages.items():
        yield "lose", (str(name),)
        late = [ms for ms in times if ms >= sent[number]]
        yield from ((gesture, (str(name), ms)) for gesture in ("repeat", "move") for ms in late)
    for node in nodes:
        yield from ((gesture, (node, ms)) for gesture in ("crash", "restart") for ms in times)
        yield from (("skew", (node, ms, by)) for ms in times for by in (-100.0, 100.0))
    stretches = [(ms, ms + length) for ms in times for length in lengths]
    for stretch in stretches:
        yield from (
            (gesture, (node, *stretch)) for node in nodes for gesture in ("pause", "isolate")
        )
        yield from (("cut", (*pair, *stretch)) for pair in combinations(nodes, 2))


def touched(run: TouchedRun, *touchings: Touching) -> TouchedRun:
    """Return the run of these touches alone, one after the other."""
    fresh = TouchedRun(run.build)  # without a judge: deeds look at the run, and runs are many
    for gesture, given in touchings:
        arguments = given
        if gesture in _ON_MESSAGES:
            numbers = {str(name): number for number, name in fresh.messages.items()}
            arguments = (numbers[given[0]], *given[1:])
        getattr(fresh, gesture)(*arguments)
    return fresh


def touches_that_do(deed: Deed, run: TouchedRun, touchings: Sequence[Touching]) -> list[Touching]:
    """Return those of the single touches that do the deed."""
    return [one for one in touchings if deed.is_done(touched(run, one))]
