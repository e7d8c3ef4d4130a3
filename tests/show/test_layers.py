"""The layers of live curves: the pixels of a whole drawing, whatever was drawn before."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dscourse.show import LiveCurves
from dscourse.show.curves import _Sheet

Moment = tuple[list[float], dict[str, list[float]], dict[str, Any]]

X: list[float] = [0, 1, 2, 3]
FALLS, RISES = [90.0, 60.0, 30.0, 10.0], [5.0, 20.0, 55.0, 80.0]
BESIDE = "a label that is long enough to reach into the legend"

# Each moment differs from the one before in one thing.
MOMENTS: list[Moment] = [
    (X, {"a": FALLS, "b": RISES}, {}),
    (X, {"a": RISES, "b": FALLS}, {}),
    ([float(x) for x in X], {"a": RISES, "b": FALLS}, {}),  # half steps between the ticks
    (X, {"a": RISES, "b": FALLS}, {}),
    (X, {"a": RISES, "b": FALLS}, {"points": {BESIDE: (2.9, 52.0)}}),
    (X, {"a": RISES, "b": FALLS}, {}),
    (X, {"a": RISES, "c": FALLS}, {}),
    (X, {"a": RISES, "c": FALLS}, {"limits": (0, 200)}),
    (X, {"a": RISES, "c": FALLS}, {"limits": (0, 200), "verticals": {"time-out": 1.5}}),
    ([0, 1, 2, 4], {"a": RISES, "c": FALLS}, {"limits": (0, 200), "verticals": {"time-out": 1.5}}),
    ([0, 1, 2, 4], {"a": RISES}, {}),
    ([0, 1, 2, 4], {"b": RISES, "c": FALLS}, {}),
    ([0, 1, 2, 4], {"b": RISES}, {}),
    ([0, 1, 2, 4], {"b": RISES}, {"x_limits": (0, 9)}),
    ([0, 1, 2, 4], {"b": RISES}, {"x_limits": (0, 9), "limits": (0, 200)}),
    ([0, 1, 2, 4], {"b": RISES}, {"x_limits": (0, 9)}),
]  # fmt: skip


def pixels(sheet: _Sheet) -> NDArray[np.uint8]:
    canvas: Any = sheet.axes.figure.canvas
    return np.array(canvas.buffer_rgba())


def test_they_are_those_of_a_whole_drawing() -> None:
    live = LiveCurves(xlabel="x", ylabel="y", limits=(0, 103))
    for x, lines, more in MOMENTS:
        live.draw(x, lines, sentence="s", **more)
        sheet = live._sheets[len(lines)]
        layered = pixels(sheet)
        sheet.axes.figure.canvas.draw()
        assert np.array_equal(layered, pixels(sheet)), (x, lines, more)


def two_lines() -> tuple[LiveCurves, _Sheet]:
    live = LiveCurves(xlabel="x", ylabel="y", limits=(0, 103))
    live.draw(X, {"a": FALLS, "b": RISES}, sentence="s")
    return live, live._sheets[2]


def test_axes_that_stand_still_are_not_drawn_again() -> None:
    live, sheet = two_lines()
    kept = list(sheet.layers._unders.items())
    live.draw(X, {"a": RISES, "b": FALLS}, sentence="s")
    live.draw(X, {"a": RISES}, sentence="s")
    live.draw(X, {"a": RISES, "b": FALLS}, sentence="s")
    assert list(sheet.layers._unders.items()) == kept
    live.draw(X, {"a": RISES, "b": FALLS}, sentence="s", limits=(0, 104))
    live.draw(X, {"a": RISES, "b": FALLS}, sentence="s")
    assert list(sheet.layers._unders)[1:] == [kept[0][0]]  # the last one is the last
    assert sheet.layers._unders[kept[0][0]] is kept[0][1]


def test_few_axes_are_kept() -> None:
    live, sheet = two_lines()
    for high in range(200, 208):
        live.draw(X, {"a": RISES, "b": FALLS}, sentence="s", limits=(0, high))
    assert len(sheet.layers._unders) == 6
    assert {key[1] for key in sheet.layers._unders} == {(0, high) for high in range(202, 208)}  # type: ignore[index]


def test_a_legend_is_drawn_anew_over_what_reaches_into_it() -> None:
    live, sheet = two_lines()
    assert sheet.layers._legend is not None
    _, region, kept = sheet.layers._legend
    live.draw(X, {"a": FALLS, "b": RISES}, sentence="s", points={BESIDE: (2.9, 52.0)})
    assert not np.array_equal(pixels(sheet)[region], kept)
