"""Fuzzing of panels: controls at their extremes, and random moves from a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import permutations
from typing import Any
from xml.etree import ElementTree

import ipywidgets as widgets

from dscourse.panels import Panel, PictureView
from dscourse.panels.editors import Editors
from dscourse.touch import Explorer, LinkMap

_BROKEN = re.compile(r"\bnan\b|\binf\b|\bTraceback\b|\bNone\b|<[\w.]+ object", re.IGNORECASE)


def ends(control: widgets.Widget) -> tuple[Any, ...]:
    """Return the extreme values of a control; all values of a check box or a list."""
    if isinstance(control, LinkMap):
        return ((), tuple(permutations(control.state.names, 2)))
    if isinstance(control, widgets.Checkbox | widgets.ToggleButton):
        return (False, True)
    if hasattr(control, "options"):
        return tuple(value for _, value in control._options_full)
    if isinstance(control, widgets.FloatLogSlider):
        return (control.base**control.min, control.base**control.max)
    return (control.min, control.max)


def some_value(control: widgets.Widget, draw: random.Random) -> Any:
    """Return a random value that the control can take."""
    choices = ends(control)
    if isinstance(control, LinkMap):
        return tuple(way for way in choices[-1] if draw.random() < 0.2)
    if isinstance(control, widgets.IntSlider):
        return draw.randrange(control.min, control.max + 1, control.step)
    if isinstance(control, widgets.FloatLogSlider):
        return control.base ** draw.uniform(control.min, control.max)
    if isinstance(control, widgets.FloatSlider):
        return draw.uniform(*choices)
    return draw.choice(choices)


def complaints(view: PictureView | Explorer) -> Iterator[str]:
    """Yield the faults of the panel's current sentence and picture."""
    if not view.sentence.strip():
        yield "no sentence"
    if found := _BROKEN.search(view.sentence):
        yield f"{found.group()!r} in the sentence: {view.sentence}"
    if isinstance(view, PictureView) and (view.frame is None or view.error is not None):
        return
    svg = view.picture.svg
    if svg is not None:
        if re.search(r"=\"[^\"]*\b(nan|inf)\b", svg):
            yield "a coordinate that is not a number"
        ElementTree.fromstring(svg)


def settings_at_the_ends(panel: Panel) -> Iterator[str]:
    """Set each control to each of its extremes, the others at their defaults, and yield its name and value.

    The panel's frame at the defaults, to which it returns in between, is computed once.
    """
    before, make = panel.values, panel._make
    default = make(**before)
    panel._make = lambda **values: default if values == before else make(**values)
    try:
        for name, control in panel.controls.items():
            for value in ends(control):
                panel.set(**{name: value})
                yield f"{name}={value!r}"
                panel.set(**before)
    finally:
        panel._make = make


def at_the_ends(panel: Panel) -> Iterator[str]:
    """Yield the faults of each control at its extremes and the others at their defaults."""
    for setting in settings_at_the_ends(panel):
        yield from (f"{setting}: {complaint}" for complaint in complaints(panel))


def at_random(panel: Panel, moves: int, seed: int) -> Iterator[tuple[float, str]]:
    """Yield each frame's time in ms and its faults: first each control moves once, then random ones."""
    draw = random.Random(seed)
    names = list(panel.controls)
    others = max(moves - len(names), 0)
    for name in (*names, *(draw.choice(names) for _ in range(others))):
        panel.set(**{name: some_value(panel.controls[name], draw)})
        wrong = [f"{panel.values}: {complaint}" for complaint in complaints(panel)]
        yield panel.elapsed_ms, "; ".join(wrong)


def type_into(editors: Editors, moves: int, seed: int) -> Iterator[str]:
    """Yield the faults after each of ``moves`` random edits, with the network cut or restored at random."""
    draw = random.Random(seed)
    for number in range(moves):
        name = draw.choice(editors.names)
        text = editors.areas[name].value
        index = draw.randrange(len(text) + 1)
        editors.type(
            name,
            text[:index]
            + draw.choice(("a", "bc", " ", "\n", ""))
            + text[index + draw.randrange(4) :],
        )
        if draw.random() < 0.2:
            draw.choice((editors.cut, editors.connect))()
        if editors.network.value and len({area.value for area in editors.areas.values()}) > 1:
            yield f"move {number}: connected, and the two texts differ"
        yield from (f"move {number}: {complaint}" for complaint in complaints(editors))


def play(explorer: Explorer, moves: int, seed: int) -> Iterator[str]:
    """Yield the faults after each of ``moves`` random moves."""
    draw = random.Random(seed)
    for number in range(moves):
        pending = explorer.world.pending()
        if pending:
            getattr(explorer, draw.choice(("happen", "drop", "duplicate")))(draw.choice(pending).id)
        if not pending or draw.random() < 0.2:
            explorer.strike(draw.choice(explorer.faults)["text"])
        if draw.random() < 0.2:
            explorer.go(draw.choice(explorer.tree)["state"])
        yield from (f"move {number}: {complaint}" for complaint in complaints(explorer))
