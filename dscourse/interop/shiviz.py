"""A trace as ShiViz reads it: a log with the vector clock of every event.

ShiViz (bestchai.github.io/shiviz) parses a log with a regular expression. The text written here begins with that
expression, as ShiViz expects of a file with its own. A host name must not contain blanks, so characters other than
letters, digits and ``_.:@/+~-`` are percent-encoded: ``n 1`` becomes ``n%201``.
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote

from dscourse.interop.recorded import RecordedEvent, RecordedTrace, as_recorded

__all__ = ["PARSER", "write"]

PARSER = r"(?<host>\S+) (?<clock>{.*})\n(?<event>.*)"
_UNSAFE = re.compile(r"[^\w.:@/+~-]")


def write(trace: RecordedTrace) -> str:
    """Return the parser line, then two lines per event: its node with its vector clock, and its text.

    A lost message is not an event of any node and is left out. Raises TypeError for anything but a trace.
    """
    lines = [PARSER, ""]
    for event, clock in zip(trace, as_recorded(trace).vector_clocks(), strict=True):
        if clock is not None:
            hosts = {_host(name): count for name, count in clock.items()}
            lines += [f"{_host(event.node)} {json.dumps(hosts, sort_keys=True)}", _text(event)]
    return "\n".join(lines) + "\n"


def _host(name: object) -> str:
    """Return a node's name in a form that ShiViz can read; different names stay different."""
    return _UNSAFE.sub(lambda found: quote(found[0], safe=""), str(name)) or "%"


def _text(event: RecordedEvent) -> str:
    """Return the event on one line, without the padding of its time."""
    return " ".join(str(event).split())
