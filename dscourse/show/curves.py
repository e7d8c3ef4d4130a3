"""Curves, bars and histograms, drawn by matplotlib without any global state.

It is loaded when the first of them is drawn.
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dscourse.show import palette
from dscourse.show.picture import Picture

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = ["LiveCurves", "bars", "curves", "histogram"]

_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_STYLES = ("-", "--", "-.", ":", "-", "--", "-.")
_MOST_MARKED = 25
_MOST_LETTERS = 15  # in a row of the legend


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
        self._lines: list[Line2D] = []
        self._verticals: list[Artist] = []
        _check_log(log)

    def draw(
        self,
        x: Values,
        lines: Mapping[str, Sequence[float]],
        *,
        sentence: str,
        verticals: Mapping[str, float] | None = None,
        points: Mapping[str, tuple[float, float]] | None = None,
    ) -> Picture:
        """Draw the picture of these numbers; arguments and errors as for `curves`."""
        xs = x if isinstance(x, Mapping) else dict.fromkeys(lines, x)
        _check_lines(xs, lines)
        if tuple(lines) != self._names:
            self._begin(tuple(lines))
        self._reset()
        for line, (name, y), marker in zip(self._lines, lines.items(), _MARKERS, strict=False):
            line.set_data(xs[name], y)
            line.set_marker(marker if len(y) <= _MOST_MARKED else "None")
        for artist in self._verticals:
            artist.remove()
        self._verticals = _verticals(self._axes, verticals or {}) + _rings(self._axes, points or {})
        self._axes.relim()
        self._axes.autoscale(axis="x")
        if "x" not in self._log:  # no half nodes, rounds or quorums
            whole = all(isinstance(value, int) for values in xs.values() for value in values)
            self._axes.locator_params(axis="x", integer=whole)
        if self._limits:
            self._axes.set_ylim(*self._limits)
        else:
            self._axes.autoscale(axis="y")
        return _picture(self._axes, sentence)

    def _reset(self) -> None:
        """Restore the view that new axes have, because matplotlib's rounding depends on the view before."""
        for name, bound in (("x", self._axes.set_xlim), ("y", self._axes.set_ylim)):
            bound(*((1.0, 10.0) if name in self._log else (0.0, 1.0)))

    def _begin(self, names: tuple[str, ...]) -> None:
        """New axes with one empty line a name."""
        from dscourse.show.paper import empty_axes

        self._axes = empty_axes(*self._labels, self._log, wide=len(names) > 1)
        self._names, self._verticals = names, []
        self._lines = [
            self._axes.plot([], [], style, color=colour, label=_wrapped(name), markersize=4.5)[0]
            for name, colour, style in zip(names, palette.SERIES, _STYLES, strict=False)
        ]
        for line, marker in zip(self._lines, _MARKERS, strict=False):
            line.set_marker(marker)
        _legend(self._axes, names)


def histogram(
    samples: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    sentence: str,
    ylabel: str = "number",
    bins: int = 40,
    log: str = "",
) -> Picture:
    """Draw histograms, one outline per name; all share the same ``bins``.

    On a logarithmic x axis the bins are equally wide on paper. ValueError if there is no sample or more than 7
    names, and for a sample that is not finite, or not positive on a logarithmic axis.
    """
    from dscourse.show.paper import empty_axes

    _check_log(log)
    _check_number(samples)
    edges = _edges([value for values in samples.values() for value in values], bins, "x" in log)
    axes = empty_axes(xlabel, ylabel, log, wide=len(samples) > 1)
    for (name, values), colour, style in zip(
        samples.items(), palette.SERIES, _STYLES, strict=False
    ):
        axes.hist(
            values, bins=edges, histtype="step", color=colour, label=_wrapped(name),
            linestyle=style, linewidth=1.6,
        )  # fmt: skip
    _legend(axes, samples)
    return _picture(axes, sentence)


def bars(values: Mapping[str, float], *, ylabel: str, sentence: str, form: str = "{:g}") -> Picture:
    """Draw one bar a name, with its value above it written by ``form``."""
    from dscourse.show.paper import empty_axes

    axes = empty_axes("", ylabel, "", wide=False)
    indices = range(len(values))
    container = axes.bar(indices, list(values.values()), color=palette.BLUE, width=0.6)
    axes.bar_label(
        container, [form.format(value) for value in values.values()], fontsize=9, padding=2
    )
    axes.set_xticks(indices, [_wrapped(name, max(8, 76 // len(values)), rows=2) for name in values])
    axes.margins(y=0.15)
    return _picture(axes, sentence)


# --- checks --------------------------------------------------------------------------------------


def _check_log(log: str) -> None:
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log={log!r}: it must be '', 'x', 'y' or 'xy'")


def _check_number(lines: Mapping[str, object]) -> None:
    if len(lines) > len(palette.SERIES):
        raise ValueError(
            f"{len(lines)} lines: at most {len(palette.SERIES)} can be told apart in one picture"
        )


def _check_lines(xs: Mapping[str, Sequence[float]], lines: Mapping[str, Sequence[float]]) -> None:
    _check_number(lines)
    for name, y in lines.items():
        if name not in xs:
            raise ValueError(f"{name!r} has no x: {', '.join(xs)} have")
        if len(y) != len(xs[name]):
            raise ValueError(
                f"{name!r} has {len(y)} values and x has {len(xs[name])}: they must be equally many"
            )


def _edges(values: Sequence[float], bins: int, log: bool) -> list[float]:
    """Return the edges of the bins: from the least value to the greatest, equally far apart on the axis."""
    wrong = [value for value in values if not math.isfinite(value) or (log and value <= 0)]
    if wrong or not values:
        need = "finite and positive" if log else "finite"
        seen = f"the sample {wrong[0]!r}" if wrong else "no samples"
        raise ValueError(f"{seen}: a histogram needs at least 1 sample, and each {need}")
    low, high = min(values), max(values)
    if high <= low:
        return [low * 0.9, low * 1.1] if log else [low - 0.5, low + 0.5]
    if log:
        inner = [low * (high / low) ** (i / bins) for i in range(1, bins)]
    else:
        inner = [low + (high - low) * i / bins for i in range(1, bins)]
    return [low, *inner, high]


# --- paper ---------------------------------------------------------------------------------------


def _legend(axes: Axes, names: Iterable[str]) -> None:
    """Draw a legend beside the data, if there is more than one name."""
    if len(list(names)) > 1:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=9)


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


def _wrapped(name: str, most: int = _MOST_LETTERS, rows: int = 4) -> str:
    """Return the name in at most so many rows of so many letters; the rest becomes an ellipsis."""
    return "\n".join(textwrap.wrap(name, most, max_lines=rows, placeholder="…")) or name


def _picture(axes: Axes, sentence: str) -> Picture:
    buffer = io.BytesIO()
    figure = axes.get_figure()
    assert figure is not None
    figure.canvas.print_png(buffer, metadata={"Software": None})  # type: ignore[attr-defined]
    return Picture(sentence, png=buffer.getvalue())
