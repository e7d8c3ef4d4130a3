"""Curves, bars and histograms, drawn by matplotlib without any global state."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from dscourse.show import palette
from dscourse.show.picture import Picture

__all__ = ["bars", "curves", "histogram"]

_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_STYLES = ("-", "--", "-.", ":", "-", "--", "-.")


def curves(
    x: Sequence[float],
    lines: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    ylabel: str,
    sentence: str,
    log: str = "",
    verticals: Mapping[str, float] | None = None,
    limits: tuple[float, float] | None = None,
) -> Picture:
    """Each of ``lines`` over ``x``; ``log`` is ``""``, ``"x"``, ``"y"`` or ``"xy"``.

    ``verticals`` draws named vertical lines, ``limits`` bounds the y axis. ValueError if a line and ``x`` differ in
    length.
    """
    for name, y in lines.items():
        if len(y) != len(x):
            raise ValueError(
                f"{name!r} has {len(y)} values and x has {len(x)}: they must be equally many"
            )

    def draw(axes: Axes) -> None:
        mark = len(x) <= 25
        for (name, y), colour, marker, style in zip(
            lines.items(), palette.SERIES, _MARKERS, _STYLES, strict=False
        ):
            axes.plot(
                x,
                y,
                style,
                color=colour,
                label=name,
                marker=marker if mark else None,
                markersize=4.5,
            )
        for name, at in (verticals or {}).items():
            axes.axvline(at, color=palette.GREY, linewidth=1, linestyle=":")
            axes.annotate(name, (at, 0), xycoords=("data", "axes fraction"), xytext=(3, 5),
                          textcoords="offset points", fontsize=8.5, color=palette.GREY)  # fmt: skip
        if len(lines) > 1:
            axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=9)
        if limits:
            axes.set_ylim(*limits)

    return _picture(draw, xlabel, ylabel, sentence, log, wide=len(lines) > 1)


def histogram(
    samples: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    sentence: str,
    bins: int = 40,
    log: str = "",
) -> Picture:
    """How often values occur, one outline a name; all share the same ``bins``."""

    def draw(axes: Axes) -> None:
        low = min(min(values) for values in samples.values())
        high = max(max(values) for values in samples.values())
        edges = (
            [low + (high - low) * i / bins for i in range(bins + 1)]
            if high > low
            else [low - 0.5, low + 0.5]
        )
        for (name, values), colour, style in zip(
            samples.items(), palette.SERIES, _STYLES, strict=False
        ):
            axes.hist(
                values,
                bins=edges,
                histtype="step",
                color=colour,
                label=name,
                linestyle=style,
                linewidth=1.6,
            )
        if len(samples) > 1:
            axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=9)

    return _picture(draw, xlabel, "how many", sentence, log, wide=len(samples) > 1)


def bars(values: Mapping[str, float], *, ylabel: str, sentence: str, form: str = "{:g}") -> Picture:
    """One bar a name, with its value above it written by ``form``."""

    def draw(axes: Axes) -> None:
        places = range(len(values))
        drawn = axes.bar(places, list(values.values()), color=palette.BLUE, width=0.6)
        axes.bar_label(
            drawn, [form.format(value) for value in values.values()], fontsize=9, padding=2
        )
        axes.set_xticks(places, list(values))
        axes.margins(y=0.15)

    return _picture(draw, "", ylabel, sentence, "", wide=False)


def _picture(
    draw: Callable[[Axes], None], xlabel: str, ylabel: str, sentence: str, log: str, wide: bool
) -> Picture:
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log={log!r}: it must be '', 'x', 'y' or 'xy'")
    figure = Figure(figsize=(7.2, 3.3), dpi=100, facecolor=palette.PAPER)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.10, 0.17, 0.66 if wide else 0.87, 0.77))
    axes.grid(color=palette.FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if "x" in log:
        axes.set_xscale("log")
    if "y" in log:
        axes.set_yscale("log")
    draw(axes)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    buffer = io.BytesIO()
    canvas.print_png(buffer, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return Picture(sentence, png=buffer.getvalue())
