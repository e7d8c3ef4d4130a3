"""The layers of curves: ticks, grid and labels, and the legend, stay as pixels until they change.

Text takes matplotlib three quarters of a drawing. While a control of a panel moves, the axes often stand still.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Under = tuple[np.uint32, NDArray[np.intp], NDArray[np.uint32]]  # paper, inked pixels, inks

__all__ = ["Layers"]

_KEPT = 6  # a reader who goes back and forth between two settings meets the same axes; 0.9 MB each


class Layers:
    """Draws axes on their canvas as matplotlib would, pixel by pixel, and keeps the layers of the last drawings."""

    def __init__(self, axes: Axes) -> None:
        self._axes = axes
        figure = axes.get_figure(root=True)
        assert figure is not None
        self._figure = figure
        self._canvas: Any = figure.canvas
        self._unders: OrderedDict[Hashable, Under] = OrderedDict()  # the last one drawn is the last
        self._legend: tuple[Legend, tuple[slice, slice], Pixels] | None = None

    def draw(self, ticks: Hashable = None) -> None:
        """Draw them; ``ticks`` is all that ticks and labels depend on, besides the limits of the axes."""
        pixels = self._cleared()
        axes = self._axes
        under = [self._figure.patch, axes.patch, axes.xaxis, axes.yaxis]
        key = (axes.get_xlim(), axes.get_ylim(), ticks)
        colours = pixels.view(np.uint32).reshape(-1)
        if key in self._unders:
            paper, inked, inks = self._unders[key]
            colours.fill(paper)
            colours[inked] = inks
        else:
            self._draw(under)
            inked = np.flatnonzero(colours != colours[0])  # one pixel in thirteen
            self._unders[key] = colours[0], inked, colours[inked]
            if len(self._unders) > _KEPT:
                self._unders.popitem(last=False)
        self._unders.move_to_end(key)
        legend = axes.get_legend()
        over = [one for one in axes.get_children() if one not in under and one is not legend]
        self._draw(sorted(over, key=attrgetter("zorder")))
        if legend is not None:
            self._draw_legend(legend, pixels)

    def _cleared(self) -> Pixels:
        self._canvas.get_renderer().clear()
        return np.asarray(self._canvas.buffer_rgba())

    def _draw(self, artists: list[Any]) -> None:
        for artist in artists:
            artist.draw(self._canvas.get_renderer())

    def _draw_legend(self, legend: Legend, pixels: Pixels) -> None:
        """Draw the topmost layer, or copy it where the paper below it is blank."""
        if self._legend is not None and self._legend[0] is legend:
            _, region, kept = self._legend
            if _is_blank(pixels[region]):
                pixels[region] = kept
                return
        region = self._region(legend)
        blank = _is_blank(pixels[region])
        self._draw([legend])
        self._legend = (legend, region, pixels[region].copy()) if blank else None

    def _region(self, legend: Legend) -> tuple[slice, slice]:
        """Return the rows and columns of the legend, with a margin for what a box of text may lack."""
        box = legend.get_window_extent(self._canvas.get_renderer()).padded(8)
        wide, high = self._canvas.get_width_height()
        left, right = (round(min(max(x, 0), wide)) for x in (box.x0, box.x1))
        top, bottom = (round(min(max(high - y, 0), high)) for y in (box.y1, box.y0))
        return slice(top, bottom), slice(left, right)


def _is_blank(pixels: Pixels) -> bool:
    return bool((pixels == 255).all())
