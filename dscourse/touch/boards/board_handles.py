"""The handles of a board, with their gestures and tracks, as plain data for the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Drag", "Field", "Gesture", "Handle", "Track"]


@dataclass(frozen=True, slots=True)
class Track:
    """A scale along which a handle is dragged: from points of the picture, in px, to values, and back.

    On the axis ``"x"`` or ``"y"``, ``low`` lies at ``zero`` and ``scale`` is px per unit. On a ``"circle"``, values
    from ``low`` to ``high`` go once around (``zero``, ``middle``), clockwise from the top, ``scale`` px away from it.
    """

    axis: str
    zero: float
    scale: float
    low: float
    high: float
    unit: str
    step: float
    middle: float = 0.0


@dataclass(frozen=True, slots=True)
class Field:
    """A number that the reader types into a menu; it is added to the gesture's arguments."""

    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Gesture:
    """A gesture as it stands in a menu: its words, and the name and arguments of a method of the state."""

    text: str
    name: str
    arguments: tuple[Any, ...] = ()
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class Drag:
    """A gesture whose last argument is a value on the track; ``value`` is the present one.

    ``anchor`` is the point from which a line to the dragged handle is drawn.
    """

    name: str
    arguments: tuple[Any, ...]
    track: Track
    value: float
    anchor: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Handle:
    """Something in a picture that can be touched.

    ``key`` finds it again in the next picture. ``shape`` is an SVG element, as its tag and attributes. ``click`` is
    made by a click or Enter; without it, these open the menu of ``gestures``. ``delete`` is made by the Delete key,
    ``back`` by Escape. With ``clicked_on``, the menu's fields take the value
    at which the handle was clicked.
    """

    key: str
    label: str
    shape: dict[str, Any]
    gestures: Sequence[Gesture] = ()
    click: Gesture | None = None
    delete: Gesture | None = None
    back: Gesture | None = None
    drag: Drag | None = None
    clicked_on: Track | None = None

    def as_data(self) -> dict[str, Any]:
        """Return the handle as dicts and lists, for the browser."""
        return asdict(self)
