"""A gesture with other numbers, such as a pause with another end."""

from __future__ import annotations

from collections.abc import Mapping

from dscourse.sim import World
from dscourse.touch.run.gestures import make
from dscourse.touch.run.touches import Touch

__all__ = ["edited"]


def edited(touch: Touch, numbers: dict[str, float], world: World) -> Touch:
    """Return the gesture with other numbers. Raise LookupError if its message is another one now."""
    if not isinstance(numbers, Mapping):
        raise TypeError(f"{numbers!r}: a dict of numbers is required, such as {{'end_ms': 40}}")
    unknown = sorted(str(name) for name in numbers if name not in touch.numbers)
    if unknown:
        raise ValueError(f"{touch}: it has no {', '.join(unknown)}")
    new = make(world, touch.gesture, **{**dict(touch.arguments), **numbers})
    if touch.about and new.about and not touch.about.matches(new.about):
        raise LookupError(f"{touch}: its message is no longer sent")
    return new.switched(touch.on)
