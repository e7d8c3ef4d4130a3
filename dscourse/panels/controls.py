"""Controls with one look: a description, a unit, and the same widths in every panel.

In every panel they come in one order: first which system (protocol, rule, scheme), which a reader changes to compare;
then its own settings, the load and the network, what goes wrong and for how long; and switches last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets

__all__ = ["button", "choice", "log_slider", "slider", "switch"]

_STYLE = {"description_width": "132px"}
_WIDTH = "400px"


def _described(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def slider(
    name: str, unit: str, value: float, low: float, high: float, step: float = 1
) -> widgets.Widget:
    """A slider over whole numbers, or over decimals if ``step`` is one; ``unit`` is empty for plain counts.

    ValueError if ``value`` lies outside the bounds.
    """
    if not low <= value <= high:
        raise ValueError(f"{name}: value={value} lies outside {low} to {high}")
    kind = (
        widgets.IntSlider
        if all(isinstance(n, int) for n in (value, low, high, step))
        else widgets.FloatSlider
    )
    options: dict[str, Any] = {"value": value, "min": low, "max": high, "step": step}
    return _finish(kind, name, unit, options)


def log_slider(
    name: str, unit: str, value: float, low: float, high: float, per_decade: int = 10
) -> widgets.Widget:
    """A slider whose steps are factors: ``per_decade`` of them make a factor of ten."""
    import math

    options: dict[str, Any] = {
        "value": value, "min": math.log10(low), "max": math.log10(high), "step": 1 / per_decade,
        "readout_format": ".3g",
    }  # fmt: skip
    return _finish(widgets.FloatLogSlider, name, unit, options)


def choice(
    name: str, options: Sequence[str] | Mapping[str, Any], value: Any = None
) -> widgets.Widget:
    """One of several ``options``; a mapping gives each label its value.

    By keyboard, Space opens the list: in JupyterLab an arrow key leaves a list that is not open.
    """
    pairs = (
        list(options.items())
        if isinstance(options, Mapping)
        else [(text, text) for text in options]
    )
    chosen = pairs[0][1] if value is None else value
    return _finish(widgets.Dropdown, name, "", {"options": pairs, "value": chosen})


def switch(name: str, value: bool = False) -> widgets.Widget:
    """On or off."""
    return _finish(widgets.Checkbox, name, "", {"value": value, "indent": True})


def button(text: str, tip: str, wide: bool = False) -> widgets.Button:
    """A button; ``tip`` says what it does."""
    return widgets.Button(
        description=text, tooltip=tip, layout={"width": "150px" if wide else "98px"}
    )


def _finish(
    kind: type[widgets.Widget], name: str, unit: str, options: dict[str, Any]
) -> widgets.Widget:
    return kind(
        description=_described(name, unit), style=_STYLE, layout={"width": _WIDTH}, **options
    )
