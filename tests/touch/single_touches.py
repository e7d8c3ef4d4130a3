"""Every single touch of a run, over a grid of times: to show that a deed takes as many touches as its par says."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from dscourse.course.form import load
from dscourse.course.reading import source
from dscourse.touch import Deed, Diagram, TouchedRun
from tests.notebooks.discovered import NOTEBOOKS

__all__ = [
    "Grid", "Try", "diagram_of", "done_by", "every_touch", "sources_of", "successes", "touched",
]  # fmt: skip

Try = tuple[Any, ...]  # the name of a gesture, and its arguments


def sources_of(chapter: str, *cells: str) -> list[str]:
    """Return the code of these cells of a chapter's notebook."""
    (path,) = (path for path in NOTEBOOKS if path.name.startswith(chapter))
    sources = {cell["id"]: source(cell) for cell in load(path)["cells"]}
    return [sources[cell] for cell in cells]


def diagram_of(chapter: str, *cells: str) -> Diagram:
    """Return the diagram that these cells of a chapter's notebook create, after its imports."""
    space: dict[str, Any] = {}
    for code in sources_of(chapter, "imports", *cells):
        *statements, last = ast.parse(code).body
        exec(compile(ast.Module(statements, []), "<cell>", "exec"), space)
        if not isinstance(last, ast.Expr):
            exec(compile(ast.Module([last], []), "<cell>", "exec"), space)
    assert isinstance(last, ast.Expr)
    diagram = eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)
    assert isinstance(diagram, Diagram)
    return diagram


def touched(run: TouchedRun, *gestures: Try) -> TouchedRun:
    """Return another run of the same world, without a judge, with these gestures. The run itself is not touched.

    A message may be given by its name in words, as it is when its turn comes.
    """
    other = TouchedRun(run.build)
    for gesture, first, *others in gestures:
        if gesture in ("lose", "move", "repeat"):
            ids = {str(name): message for message, name in other.messages.items()}
            first = ids.get(first, first)
        getattr(other, gesture)(first, *others)
    assert other.error is None, other.error
    return other


def done_by(deed: Deed, run: TouchedRun, *gestures: Try) -> bool:
    """Return True if these gestures fulfil the deed."""
    return deed.is_done(touched(run, *gestures))


@dataclass(frozen=True)
class Grid:
    """The times at which touches are tried: each of ``starts_ms``, and faults of each of ``lengths_ms``."""

    starts_ms: Sequence[float]
    lengths_ms: Sequence[float]


def every_touch(run: TouchedRun, grid: Grid) -> Iterator[Try]:
    """Yield every gesture on a message, node, link or client of this run, at the times of the grid."""
    yield from _on_messages(run, grid)
    names = list(run.world.nodes)
    for start in grid.starts_ms:
        yield from ((gesture, name, start) for gesture in ("crash", "restart") for name in names)
        for length in grid.lengths_ms:
            end = start + length
            yield from (("pause", name, start, end) for name in names)
            yield from (("isolate", name, start, end) for name in names)
            for a, b in combinations(names, 2):
                yield from (("cut", x, y, start, end, both) for x, y, both in
                            ((a, b, True), (a, b, False), (b, a, False)))  # fmt: skip
    yield from _inside_handlers(run)
    yield from _operations(run, grid)


def _on_messages(run: TouchedRun, grid: Grid) -> Iterator[Try]:
    sent = {event.id: event.time_ms for event in run.world.trace.kinds("send")}
    for message in run.messages:
        yield "lose", message
        for ms in grid.starts_ms:
            if ms >= sent[message]:
                yield "move", message, ms
                yield "repeat", message, ms


def _inside_handlers(run: TouchedRun) -> Iterator[Try]:
    """Yield a crash after each of the first four effects of each handler."""
    for event in run.world.trace.kinds("deliver", "timer", "invoke"):
        yield from (("crash_during", event, after) for after in range(4))


def _operations(run: TouchedRun, grid: Grid) -> Iterator[Try]:
    asked = {
        (e.node, e.what.f, e.what.key, repr(e.what.value)): e.what
        for e in run.world.trace.kinds("invoke")
    }
    for (client, *_), op in asked.items():
        yield from (("invoke", client, ms, op.f, op.key, op.value) for ms in grid.starts_ms)


def successes(deed: Deed, run: TouchedRun, tries: Iterable[Try]) -> list[Try]:
    """Return the single gestures that fulfil the deed; a gesture that the run refuses does not."""
    found = []
    for one in tries:
        with suppress(ValueError):
            if done_by(deed, run, one):
                found.append(one)
    return found
