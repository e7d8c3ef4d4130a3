"""Controls of one appearance: a description, a unit, and the same widths in every panel.

Every panel has them in one order: first the system to compare (protocol, rule, scheme); then its settings, the load
and the network, the fault and its duration; switches last.
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
    """Return a slider over whole numbers, or over decimals if any argument is a float; a count has the unit "".

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
    """Return a slider with a logarithmic scale and ``per_decade`` steps per factor of ten."""
    import math

    options: dict[str, Any] = {
        "value": value, "min": math.log10(low), "max": math.log10(high), "step": 1 / per_decade,
        "readout_format": ".3g",
    }  # fmt: skip
    return _finish(widgets.FloatLogSlider, name, unit, options)


def choice(
    name: str, options: Sequence[str] | Mapping[str, Any], value: Any = None
) -> widgets.Widget:
    """Return a drop-down list of the ``options``; a mapping gives each label its value.

    By keyboard, Space opens the list: in JupyterLab an arrow key moves the focus away from a closed list.
    """
    pairs = (
        list(options.items())
        if isinstance(options, Mapping)
        else [(text, text) for text in options]
    )
    chosen = pairs[0][1] if value is None else value
    return _finish(widgets.Dropdown, name, "", {"options": pairs, "value": chosen})


def switch(name: str, value: bool = False) -> widgets.Widget:
    """Return a check box."""
    return _finish(widgets.Checkbox, name, "", {"value": value, "indent": True})


def button(text: str, tip: str, wide: bool = False) -> widgets.Button:
    """Return a button; ``tip`` is the tooltip that says what it does."""
    return widgets.Button(
        description=text, tooltip=tip, layout={"width": "150px" if wide else "98px"}
    )


def _finish(
    kind: type[widgets.Widget], name: str, unit: str, options: dict[str, Any]
) -> widgets.Widget:
    return kind(
        description=_described(name, unit), style=_STYLE, layout={"width": _WIDTH}, **options
    )
