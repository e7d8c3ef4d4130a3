"""A trace in other tools' formats.

ShiViz (bestchai.github.io/shiviz) reads a log with the help of a regular expression that names
its parts; the text written here begins with that expression, as ShiViz expects when a file brings
its own. A host's name must not have blanks there, so characters that are neither letters, digits nor
one of ``_.:@/+~-`` are written as in a URL: ``n 1`` as ``n%201``.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import fields, is_dataclass
from typing import Any
from urllib.parse import quote

from dscourse.sim.trace import Event, Trace, as_trace

__all__ = ["SHIVIZ_PARSER", "to_json", "to_shiviz"]

SHIVIZ_PARSER = r"(?<host>\S+) (?<clock>{.*})\n(?<event>.*)"
_UNSAFE = re.compile(r"[^\w.:@/+~-]")


def to_json(trace: Trace) -> str:
    """A JSON list with one object an event."""
    rows = []
    for event in as_trace(trace):
        row = {option.name: _plain(getattr(event, option.name)) for option in fields(event)}
        rows.append(json.dumps(row, ensure_ascii=False))
    return "[\n" + ",\n".join(rows) + "\n]\n"


def _plain(value: Any) -> Any:
    """``value`` as JSON: dataclasses by type and fields, sets sorted, anything else by its repr."""
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


def to_shiviz(trace: Trace) -> str:
    """ShiViz's input. A lost message is left out as an event: nobody noticed it."""
    lines = [SHIVIZ_PARSER, ""]
    for event, clock in zip(trace, as_trace(trace).vector_clocks(), strict=True):
        if clock is not None:
            hosts = {_host(name): count for name, count in clock.items()}
            lines += [f"{_host(event.node)} {json.dumps(hosts, sort_keys=True)}", _text(event)]
    return "\n".join(lines) + "\n"


def _host(name: object) -> str:
    """The name of a node as ShiViz can read it; different names stay different."""
    return _UNSAFE.sub(lambda found: quote(found[0], safe=""), str(name)) or "%"


def _text(event: Event) -> str:
    """The event in one line, without its time's padding."""
    return " ".join(str(event).split())
