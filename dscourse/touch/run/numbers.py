"""The numbers of gestures: checked, in whole µs, and in words that name the same time as the plan."""

from __future__ import annotations

import math
from numbers import Real

from dscourse.core.wording import spaced

__all__ = ["NUMBERS", "as_number", "in_ms"]

NUMBERS = {
    "ms": "at (ms)", "start_ms": "from (ms)", "end_ms": "to (ms)", "arrives_ms": "arrives at (ms)",
    "skew_ms": "ahead by (ms)", "drift_ppm": "drift (ppm)",
}  # fmt: skip
"""The arguments of gestures that are numbers which can be edited, with their labels."""

_CALLED = {"invoke": "new operation"}  # gestures that the menu does not call by their names
_MOST = 1e12  # ms, some thirty years
_SIGNED = ("skew_ms", "drift_ppm")


def as_number(gesture: str, name: str, value: object) -> float:
    """Return the argument ``name`` of a gesture, a time in whole µs; an int stays one.

    TypeError for anything but a finite number; ValueError for a negative time, or more than 10^12.

    >>> as_number("crash", "ms", 1 / 3), as_number("crash", "ms", 5)
    (0.333, 5)
    """
    label = f"{_CALLED.get(gesture) or spaced(gesture).replace('_', ' ')}, {NUMBERS[name]}"
    number = _finite(value)
    if number is None:
        why = "a number is required" if value is None else f"{value!r:.40} is not a number"
        raise TypeError(f"{label}: {why}")
    if abs(number) > _MOST:
        raise ValueError(f"{label}: {value!r:.40}: a number of at most 10^12 is required")
    if name not in _SIGNED and number < 0:
        raise ValueError(f"{label}: {value!r}: a time is 0 or more; the run begins at 0 ms")
    if type(value) is int:
        return value
    return number if name == "drift_ppm" else round(number * 1000) / 1000


def _finite(value: object) -> float | None:
    """Return the value as a float; None if it is not a finite number."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return 2 * _MOST
    return number if math.isfinite(number) else None


def in_ms(time: float) -> str:
    """Return a time or an amount of ms in digits, to the µs.

    >>> in_ms(1234.567), in_ms(20.0), in_ms(-0.0), in_ms(0.1 + 0.2)
    ('1234.567', '20', '0', '0.3')
    """
    digits = f"{time:.3f}".rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits
