"""Bars and histograms, drawn by matplotlib; it is loaded when the first of them is drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from dscourse.show import palette
from dscourse.show.picture import Picture
from dscourse.show.series import STYLES, check_log, check_number
from dscourse.show.undrawn import can_draw, undrawn

__all__ = ["bars", "histogram"]


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
    check_log(log)
    check_number(samples)
    if not can_draw():
        return undrawn(sentence)
    from dscourse.show.paper import draw_legend, empty_axes, picture, wrapped

    edges = _edges([value for values in samples.values() for value in values], bins, "x" in log)
    axes = empty_axes(xlabel, ylabel, log, wide=len(samples) > 1)
    for (name, values), colour, style in zip(samples.items(), palette.SERIES, STYLES, strict=False):
        axes.hist(
            values, bins=edges, histtype="step", color=colour, label=wrapped(name),
            linestyle=style, linewidth=1.6,
        )  # fmt: skip
    draw_legend(axes, samples)
    return picture(axes, sentence)


def bars(values: Mapping[str, float], *, ylabel: str, sentence: str, form: str = "{:g}") -> Picture:
    """Draw one bar per name, with its value above it written by ``form``."""
    if not can_draw():
        return undrawn(sentence)
    from dscourse.show.paper import empty_axes, picture, wrapped

    axes = empty_axes("", ylabel, "", wide=False)
    indices = range(len(values))
    container = axes.bar(indices, list(values.values()), color=palette.BLUE, width=0.6)
    axes.bar_label(
        container, [form.format(value) for value in values.values()], fontsize=9, padding=2
    )
    axes.set_xticks(indices, [wrapped(name, max(8, 76 // len(values)), rows=2) for name in values])
    axes.margins(y=0.15)
    return picture(axes, sentence)


def _edges(values: Sequence[float], bins: int, log: bool) -> list[float]:
    """Return the edges of the bins: from the least value to the greatest, equally far apart on the axis."""
    wrong = [value for value in values if not math.isfinite(value) or (log and value <= 0)]
    if wrong or not values:
        need = "finite and positive" if log else "finite"
        sample = f"the sample {wrong[0]!r}" if wrong else "no samples"
        raise ValueError(f"{sample}: a histogram needs at least 1 sample, and each {need}")
    low, high = min(values), max(values)
    if high <= low:
        return [low * 0.9, low * 1.1] if log else [low - 0.5, low + 0.5]
    if log:
        inner = [low * (high / low) ** (i / bins) for i in range(1, bins)]
    else:
        inner = [low + (high - low) * i / bins for i in range(1, bins)]
    return [low, *inner, high]
