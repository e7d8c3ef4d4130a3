"""A trace as ShiViz reads it: a log with the vector clock of every event.

ShiViz (bestchai.github.io/shiviz) finds the parts of a log by a regular expression; the text written here begins with
that expression, as ShiViz expects of a file that brings its own. A host's name must not contain blanks there, so
characters other than letters, digits and ``_.:@/+~-`` are written as in a URL: ``n 1`` as ``n%201``.
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

    A lost message is no event of any node and is left out. TypeError for anything but a trace.
    """
    lines = [PARSER, ""]
    for event, clock in zip(trace, as_recorded(trace).vector_clocks(), strict=True):
        if clock is not None:
            hosts = {_host(name): count for name, count in clock.items()}
            lines += [f"{_host(event.node)} {json.dumps(hosts, sort_keys=True)}", _text(event)]
    return "\n".join(lines) + "\n"


def _host(name: object) -> str:
    """The name of a node as ShiViz can read it; different names stay different."""
    return _UNSAFE.sub(lambda found: quote(found[0], safe=""), str(name)) or "%"


def _text(event: RecordedEvent) -> str:
    """The event in one line, without its time's padding."""
    return " ".join(str(event).split())
