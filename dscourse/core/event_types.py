"""Checks that messages and timers are values, made once per type where that is possible."""

from __future__ import annotations

from dscourse.core.value_errors import require_value
from dscourse.core.values import is_frozen, is_proven

__all__ = ["check_event", "check_event_type"]

_DOUBTFUL: set[type] = set()  # types whose instances are checked each time


def check_event_type(kind: type, base: type) -> None:
    """Raise TypeError unless ``kind`` is a frozen dataclass with slots that derives from ``base``."""
    noun = base.__name__.lower()
    if not issubclass(kind, base):
        raise TypeError(f"{kind.__name__}: a {noun} must derive from {base.__name__}")
    if not is_frozen(kind) or kind.__dictoffset__:
        raise TypeError(
            f"{kind.__name__} must be @dataclass(frozen=True, slots=True): a {noun} is a value"
        )


def check_event(event: object, base: type, proven: set[type]) -> None:
    """Raise TypeError unless a message or timer is a value; the error names the field.

    A type whose instances can only be values is added to ``proven``.
    """
    kind = type(event)
    if kind not in _DOUBTFUL:
        if isinstance(event, type) and issubclass(event, base):
            raise TypeError(f"{event.__name__} is a class: write {event.__name__}(…)")
        check_event_type(kind, base)
    require_value(event, kind.__name__)
    (proven if is_proven(kind) else _DOUBTFUL).add(kind)
