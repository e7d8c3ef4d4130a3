"""Curves, drawn by matplotlib without any global state; it is loaded when the first of them is drawn.

Where it is not installed, a curve is replaced by its sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


Values = Sequence[float] | Mapping[str, Sequence[float]]


def curves(
    x: Values,
    lines: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    ylabel: str,
    sentence: str,
    log: str = "",
    verticals: Mapping[str, float] | None = None,
    limits: tuple[float, float] | None = None,
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

    Axes and lines are kept between two drawings, which saves about half of the time; the picture is, byte for byte,
    the one that `curves` makes of the same numbers.
    """

    def __init__(
        self, *, xlabel: str, ylabel: str, log: str = "", limits: tuple[float, float] | None = None
    ) -> None:
        self._labels, self._log, self._limits = (xlabel, ylabel), log, limits
        self._names: tuple[str, ...] | None = None
        self._axes: Axes
        self._layers: Layers
        self._lines: list[Line2D] = []
        self._verticals: list[Artist] = []
        check_log(log)

    def draw(
        self,
        x: Values,
        lines: Mapping[str, Sequence[float]],
        *,
        sentence: str,
        verticals: Mapping[str, float] | None = None,
        limits: tuple[float, float] | None = None,
        points: Mapping[str, tuple[float, float]] | None = None,
    ) -> Picture:
        """Draw the picture of these numbers; arguments and errors as for `curves`.

        ``limits`` stands for the limits of all drawings in this one.
        """
        xs = x if isinstance(x, Mapping) else dict.fromkeys(lines, x)
        _check_lines(xs, lines)
        if not can_draw():
            return undrawn(sentence)
        from dscourse.show.paper import canvas_picture

        self._name(tuple(lines))
        self._reset()
        for line, (name, y), marker in zip(self._lines, lines.items(), _MARKERS, strict=False):
            line.set_data(xs[name], y)
            line.set_marker(marker if len(y) <= _MOST_MARKED else "None")
        for artist in self._verticals:
            artist.remove()
        self._verticals = _verticals(self._axes, verticals or {}) + _rings(self._axes, points or {})
        whole = all(isinstance(one, int) for values in xs.values() for one in values)
        self._fit(whole, limits or self._limits)
        self._layers.draw(whole)
        return canvas_picture(self._axes, sentence)

    def _fit(self, whole: bool, limits: tuple[float, float] | None) -> None:
        """Let the axes hold all data; with ``whole`` numbers there are no half nodes, rounds or quorums."""
        self._axes.relim()
        self._axes.autoscale(axis="x")
        if "x" not in self._log:
            self._axes.locator_params(axis="x", integer=whole)
        if limits:
            self._axes.set_ylim(*limits)
        else:
            self._axes.autoscale(axis="y")

    def _reset(self) -> None:
        """Restore the view that new axes have, because matplotlib's rounding depends on the view before."""
        for name, bound in (("x", self._axes.set_xlim), ("y", self._axes.set_ylim)):
            bound(*((1.0, 10.0) if name in self._log else (0.0, 1.0)))

    def _name(self, names: tuple[str, ...]) -> None:
        """Give the lines these names, in the legend of the same axes if there are as many as before."""
        from dscourse.show.paper import draw_legend, wrapped

        if names == self._names:
            return
        if self._names is None or len(names) != len(self._names):
            self._begin(names)
        for line, name, marker in zip(self._lines, names, _MARKERS, strict=False):
            line.set_label(wrapped(name))
            line.set_marker(marker)  # the legend shows it, also of a line without marks
        self._names = names
        draw_legend(self._axes, names)

    def _begin(self, names: tuple[str, ...]) -> None:
        """Make new axes with one empty line per name."""
        from dscourse.show.layers import Layers
        from dscourse.show.paper import empty_axes

        self._axes = empty_axes(*self._labels, self._log, wide=len(names) > 1)
        self._layers = Layers(self._axes)
        self._verticals = []
        self._lines = [
            self._axes.plot([], [], style, color=colour, markersize=4.5)[0]
            for _, colour, style in zip(names, palette.SERIES, STYLES, strict=False)
        ]


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
    for name, at in named.items():
        artists.append(axes.axvline(at, color=palette.GREY, linewidth=1, linestyle=":"))
        artists.append(
            axes.annotate(name, (at, 0), xycoords=("data", "axes fraction"), xytext=(3, 5),
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
