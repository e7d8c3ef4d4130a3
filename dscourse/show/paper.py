"""Empty axes to draw curves on: the one module that loads matplotlib."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from dscourse.show import palette

__all__ = ["empty_axes"]


def empty_axes(xlabel: str, ylabel: str, log: str, wide: bool) -> Axes:
    """Empty axes on a figure of their own; ``wide`` leaves room for a legend at the right."""
    figure = Figure(figsize=(7.2, 3.3), dpi=100, facecolor=palette.PAPER)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.115, 0.17, 0.645 if wide else 0.855, 0.77))
    axes.grid(color=palette.FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if "x" in log:
        axes.set_xscale("log")
        _plain_numbers(axes.xaxis)
    if "y" in log:
        axes.set_yscale("log")
        _plain_numbers(axes.yaxis)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    return axes


class _Plain(LogFormatter):
    """Labels the ticks that matplotlib would, and writes 100 instead of 10²."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        if not super().__call__(x, pos):
            return ""
        return f"{x:,.10g}" if x < 1e6 else f"{x / 1e6:,.10g}M"


def _plain_numbers(axis: Axis) -> None:
    axis.set_major_formatter(_Plain())
    axis.set_minor_formatter(_Plain(minor_thresholds=(1, 0.4)))
