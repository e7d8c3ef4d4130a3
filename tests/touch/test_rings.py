"""Rings around the first difference: where they stand in either picture, and that a word says what they mean."""

from __future__ import annotations

import re

from dscourse.show.spacetime import Drawing, drawing
from dscourse.sim import Trace
from dscourse.touch import TouchedRun, first_difference
from dscourse.touch.compare.rings import HERE, MISSING, ring
from tests.touch.builds import counter

_RING = re.compile(
    r'stroke-width="2.5"( stroke-dasharray="1 5")? cx="([\d.]+)" cy="([\d.]+)" r="12"'
)


def pictures(before: Trace, after: Trace) -> tuple[tuple[Drawing, str], tuple[Drawing, str]]:
    """Return both drawings with their marked SVG."""
    found = first_difference(before, after)
    assert found is not None
    views = [drawing(before), drawing(after)]
    one, other = ((view, ring(view, found, side)) for side, view in enumerate(views))
    return one, other


def middle(svg: str) -> tuple[float, float, bool]:
    """Return where the ring stands, and whether it is dotted."""
    found = _RING.search(svg)
    assert found is not None
    return float(found[2]), float(found[3]), bool(found[1])


def test_a_message_that_arrives_later_has_a_ring_at_each_arrival() -> None:
    run = TouchedRun(counter)
    before = run.world.trace
    message = next(iter(run.messages))
    run.move(message, 60)
    for (view, svg), trace in zip(
        pictures(before, run.world.trace), (before, run.world.trace), strict=True
    ):
        got = next(event for event in trace.kinds("deliver") if event.id == _same(trace))
        x, y, dotted = middle(svg)
        assert (x, y, dotted) == (
            round(view.diagram.axis.x(got), 1),
            view.diagram.y[str(got.node)],
            False,
        )
        assert f">{HERE}</text>" in svg


def _same(trace: Trace) -> int:
    return trace.kinds("send")[0].id


def test_a_lost_message_has_its_ring_where_the_arrow_ends() -> None:
    run = TouchedRun(counter)
    before = run.world.trace
    run.lose(next(iter(run.messages)))
    _, (view, svg) = pictures(before, run.world.trace)
    [line] = [line for arrow, line in view.placed if arrow.lost]
    assert middle(svg)[:2] == (round(line[2], 1), round(line[3], 1))


def test_a_crash_is_not_there_in_the_other_run() -> None:
    run = TouchedRun(counter)
    before = run.world.trace
    run.crash("b", 40)
    (view, first), (_, second) = pictures(before, run.world.trace)
    assert middle(first) == (round(view.diagram.axis.at(0, 40), 1), view.diagram.y["b"], True)
    assert f">{MISSING}</text>" in first
    assert middle(second)[2] is False
    assert f">{HERE}</text>" in second
