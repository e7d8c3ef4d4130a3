"""A trace as JSON: one object per event."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from typing import Any

from dscourse.interop.recorded import RecordedTrace, as_recorded

__all__ = ["write"]


def write(trace: RecordedTrace) -> str:
    """Return a JSON list with one object per event; a message is written as {"type": …, "fields": {…}}.

    TypeError for anything but a trace.
    """
    rows = []
    for event in as_recorded(trace):
        row = {option.name: _plain(getattr(event, option.name)) for option in fields(event)}
        rows.append(json.dumps(row, ensure_ascii=False))
    return "[\n" + ",\n".join(rows) + "\n]\n"


def _plain(value: Any) -> Any:
    """Return ``value`` as JSON: dataclasses by type and fields, sets sorted, anything else as its repr."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)  # JSON has no infinity
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        content = {option.name: _plain(getattr(value, option.name)) for option in fields(value)}
        return {"type": type(value).__name__, "fields": content}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(item) for item in value), key=repr)
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else repr(value)
