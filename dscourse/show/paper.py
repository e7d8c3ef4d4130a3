"""The paper of curves and bars: empty axes, a legend, and the finished picture. Only this module loads matplotlib."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import get_data_path
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter
from PIL import Image

from dscourse.show import palette
from dscourse.show.draft_png import draft_png
from dscourse.show.drafts import is_drafting
from dscourse.show.picture import Picture

__all__ = [
    "canvas_picture",
    "draw_legend",
    "empty_axes",
    "font_folder",
    "picture",
    "wrapped",
]

_WIDE, _HIGH = 720, 330  # px on the page
_DENSITY = 2  # pixels of the PNG per px, so that it is crisp on a dense screen
_INCH = 100  # px; matplotlib's fonts and lines have their usual size then
_COLOURS = 128  # a curve has a dozen, and the shades at its edges; a third of the bytes
_MOST_LETTERS = 15  # in a row of the legend


def empty_axes(xlabel: str, ylabel: str, log: str, wide: bool) -> Axes:
    """Make empty axes on a figure of their own; ``wide`` leaves room for a legend at the right."""
    size = (_WIDE / _INCH, _HIGH / _INCH)
    figure = Figure(figsize=size, dpi=_INCH * _DENSITY, facecolor=palette.PAPER)
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


def draw_legend(axes: Axes, names: Iterable[str]) -> None:
    """Draw a legend beside the data, if there is more than one name."""
    if len(list(names)) > 1:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=9)


def wrapped(name: str, most: int = _MOST_LETTERS, rows: int = 4) -> str:
    """Return the name in at most so many rows of so many letters; the rest becomes an ellipsis."""
    return "\n".join(textwrap.wrap(name, most, max_lines=rows, placeholder="…")) or name


def picture(axes: Axes, sentence: str) -> Picture:
    """Return the finished drawing as a PNG with a palette, or as a draft (`dscourse.show.drafts`)."""
    figure = axes.get_figure()
    assert figure is not None
    figure.canvas.draw()
    return canvas_picture(axes, sentence)


def canvas_picture(axes: Axes, sentence: str) -> Picture:
    """Return the drawing on the canvas of these axes, in the form of `picture`."""
    figure = axes.get_figure()
    assert figure is not None
    canvas: Any = figure.canvas
    if is_drafting():
        png = draft_png(np.asarray(canvas.buffer_rgba()))
    else:
        png = _small_png(
            Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")
        )
    return Picture(sentence, png=png, width=_WIDE)


def _small_png(bitmap: Image.Image) -> bytes:
    """Return a PNG with a palette: 50 ms, nearly all of it for the choice of the palette."""
    buffer = io.BytesIO()
    chosen = bitmap.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    chosen.save(buffer, "PNG")
    return buffer.getvalue()


def font_folder() -> Path:
    """Return the folder of the fonts that matplotlib brings, DejaVu Sans among them, as TrueType files."""
    return Path(get_data_path()) / "fonts" / "ttf"


class _Plain(LogFormatter):
    """Labels the ticks that matplotlib would, and writes 100 instead of 10²."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        if not super().__call__(x, pos):
            return ""
        return f"{x:,.10g}" if x < 1e6 else f"{x / 1e6:,.10g}M"


def _plain_numbers(axis: Axis) -> None:
    axis.set_major_formatter(_Plain())
    axis.set_minor_formatter(_Plain(minor_thresholds=(1, 0.4)))
