"""Curves, drawn by matplotlib without any global state; it is loaded when the first of them is drawn.

Where it is not installed, a curve is replaced by its sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dscourse.show import palette
from dscourse.show.picture import Picture
from dscourse.show.series import STYLES, check_log, check_number
from dscourse.show.undrawn import can_draw, undrawn

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from dscourse.show.layers import Layers

__all__ = ["LiveCurves", "curves"]

_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_MOST_MARKED = 25
_LONG_NUMBERS = 100_000  # an axis that goes beyond has fewer of them


Values = Sequence[float] | Mapping[str, Sequence[float]]
Limits = tuple[float, float] | None


def curves(
    x: Values,
    lines: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    ylabel: str,
    sentence: str,
    log: str = "",
    verticals: Mapping[str, float] | None = None,
    limits: Limits = None,
    points: Mapping[str, tuple[float, float]] | None = None,
) -> Picture:
    """Draw each of ``lines`` over ``x``; ``log`` is ``""``, ``"x"``, ``"y"`` or ``"xy"``.

    Where each line has an x of its own, ``x`` is a mapping by the lines' names. ``verticals`` draws named vertical
    lines, ``points`` named rings, ``limits`` bounds the y axis. A NaN leaves a gap. ValueError if a line and its
    ``x`` differ in length, or if there are more than 7 lines, because their colours would repeat.
    """
    live = LiveCurves(xlabel=xlabel, ylabel=ylabel, log=log, limits=limits)
    return live.draw(x, lines, sentence=sentence, verticals=verticals, points=points)


class LiveCurves:
    """Curves that are drawn again and again with new numbers, as a panel does.

    Axes and lines are kept between two drawings, for each number of lines; the picture is, byte for byte, the one
    that `curves` makes of the same numbers.
    """

    def __init__(self, *, xlabel: str, ylabel: str, log: str = "", limits: Limits = None) -> None:
        self._labels, self._log, self._limits = (xlabel, ylabel), log, limits
        self._sheets: dict[int, _Sheet] = {}  # by the number of lines
        check_log(log)

    def draw(
        self,
        x: Values,
        lines: Mapping[str, Sequence[float]],
        *,
        sentence: str,
        verticals: Mapping[str, float] | None = None,
        limits: Limits = None,
        x_limits: Limits = None,
        points: Mapping[str, tuple[float, float]] | None = None,
    ) -> Picture:
        """Draw the picture of these numbers; arguments and errors as for `curves`.

        ``limits`` stands for the limits of all drawings in this one, and ``x_limits`` bounds its x axis. A reader
        sees what a control changes only on axes that stand still; besides, only those are not drawn again.
        """
        xs = x if isinstance(x, Mapping) else dict.fromkeys(lines, x)
        _check_lines(xs, lines)
        if not can_draw():
            return undrawn(sentence)
        from dscourse.show.paper import canvas_picture

        sheet = self._sheet(tuple(lines))
        self._reset(sheet.axes)
        for line, (name, y), marker in zip(sheet.lines, lines.items(), _MARKERS, strict=False):
            line.set_data(xs[name], y)
            line.set_marker(marker if len(y) <= _MOST_MARKED else "None")
        for artist in sheet.marks:
            artist.remove()
        sheet.marks = _verticals(sheet.axes, verticals or {}) + _rings(sheet.axes, points or {})
        whole = all(isinstance(one, int) for values in xs.values() for one in values)
        fewer = x_limits is not None and x_limits[1] > _LONG_NUMBERS
        self._fit(sheet.axes, x_limits, limits or self._limits)
        if "x" not in self._log:  # with whole numbers there are no half nodes, rounds or quorums
            sheet.axes.locator_params(axis="x", integer=whole, nbins=5 if fewer else "auto")
        sheet.layers.draw((whole, fewer))
        return canvas_picture(sheet.axes, sentence)

    def _fit(self, axes: Axes, x_limits: Limits, limits: Limits) -> None:
        """Let the axes have these limits, or else hold all data."""
        if not (x_limits and limits):
            axes.relim()
        if x_limits:
            axes.set_xlim(*x_limits)
        else:
            axes.autoscale(axis="x")
        if limits:
            axes.set_ylim(*limits)
        else:
            axes.autoscale(axis="y")

    def _reset(self, axes: Axes) -> None:
        """Restore the view that new axes have, because matplotlib's rounding depends on the view before."""
        for name, bound in (("x", axes.set_xlim), ("y", axes.set_ylim)):
            bound(*((1.0, 10.0) if name in self._log else (0.0, 1.0)))

    def _sheet(self, names: tuple[str, ...]) -> _Sheet:
        """Return axes with lines of these names, in whose legend they stand."""
        from dscourse.show.paper import draw_legend, wrapped

        if len(names) not in self._sheets:
            self._sheets[len(names)] = self._new_sheet(len(names))
        sheet = self._sheets[len(names)]
        if names != sheet.names:
            for line, name, marker in zip(sheet.lines, names, _MARKERS, strict=False):
                line.set_label(wrapped(name))
                line.set_marker(marker)  # the legend shows it, also of a line without marks
            sheet.names = names
            draw_legend(sheet.axes, names)
        return sheet

    def _new_sheet(self, number: int) -> _Sheet:
        """Return new axes with so many empty lines."""
        from dscourse.show.layers import Layers
        from dscourse.show.paper import empty_axes

        axes = empty_axes(*self._labels, self._log, wide=number > 1)
        lines = [
            axes.plot([], [], style, color=colour, markersize=4.5)[0]
            for colour, style in zip(palette.SERIES[:number], STYLES, strict=False)
        ]
        return _Sheet(axes, Layers(axes), lines)


@dataclass(slots=True)
class _Sheet:
    """Axes, what is drawn on them, and the names of the lines."""

    axes: Axes
    layers: Layers
    lines: list[Line2D]
    marks: list[Artist] = field(default_factory=list)  # verticals and rings
    names: tuple[str, ...] | None = None


def _check_lines(xs: Mapping[str, Sequence[float]], lines: Mapping[str, Sequence[float]]) -> None:
    check_number(lines)
    for name, y in lines.items():
        if name not in xs:
            raise ValueError(f"{name!r} has no x: {', '.join(xs)} have")
        if len(y) != len(xs[name]):
            raise ValueError(
                f"{name!r} has {len(y)} values and x has {len(xs[name])}: they must be equally many"
            )


def _verticals(axes: Axes, named: Mapping[str, float]) -> list[Artist]:
    artists: list[Artist] = []
    for row, (name, at) in enumerate(named.items()):
        artists.append(axes.axvline(at, color=palette.GREY, linewidth=1, linestyle=":"))
        artists.append(
            axes.annotate(name, (at, 0), xycoords=("data", "axes fraction"), xytext=(3, 5 + 11 * (row % 2)),
                          textcoords="offset points", fontsize=8.5, color=palette.GREY)
        )  # fmt: skip
    return artists


def _rings(axes: Axes, named: Mapping[str, tuple[float, float]]) -> list[Artist]:
    artists: list[Artist] = []
    for name, at in named.items():
        artists += axes.plot(
            *at, "o", markersize=13, markerfacecolor="none", color=palette.RED, markeredgewidth=2
        )
        artists.append(
            axes.annotate(name, at, xytext=(10, 8), textcoords="offset points", fontsize=9,
                          color=palette.RED, fontweight="bold")
        )  # fmt: skip
    return artists
