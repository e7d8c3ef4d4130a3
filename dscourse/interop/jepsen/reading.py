"""A `History` from the formats of Jepsen, Knossos and Elle, recognised by how the text begins."""

from __future__ import annotations

import json
import re

from dscourse.history import History
from dscourse.interop import json_histories
from dscourse.interop.jepsen.events import events_of, from_log, rows_of_edn, rows_of_json
from dscourse.interop.jepsen.operations import are_pairs, operations

__all__ = ["read"]

_JSON = re.compile(r"\[?+\s*+\{\s*+\"")  # a JSON object, alone or the first of a list


def read(text: str, keyed: bool | None = None) -> History:
    """Return the history in the text; process 0 is called ``p0``.

    ``keyed`` states whether values are ``[key value]`` pairs. With None they are if all of them are pairs and, for a
    compare-and-set, the value inside is a pair or a boolean. Raises ValueError with the line and what was expected
    there.

    >>> history = read('''
    ... {:process 0, :type :invoke, :f :write, :value 3}
    ... {:process 1, :type :invoke, :f :read, :value nil}
    ... {:process 1, :type :ok, :f :read, :value 3}
    ... {:process 0, :type :info, :f :write, :value 3}''')
    >>> [(op.process, op.describe(), op.outcome()) for op in history]
    [('p0', 'write 3', 'unknown'), ('p1', 'read', 'ok 3')]

    The time is linear in the length of the text. A compare-and-set that ended as ``:fail`` is a failed operation:
    models leave it out, and `checkers.StrictCasRegister` treats it as an observation.
    """
    text = text.removeprefix("\ufeff")
    begins = re.match(r"[\s,]*", text)
    start = begins.end() if begins else 0
    if _JSON.match(text, start):
        if not _is_of_events(text, start):
            return json_histories.read(text)
        events = list(events_of(rows_of_json(text[start:])))
    elif text[start : start + 1] in tuple("[({#;^"):
        events = list(events_of(rows_of_edn(text)))
    else:
        events = list(from_log(text))
    return History(operations(events, are_pairs(events) if keyed is None else keyed))


def _is_of_events(text: str, start: int) -> bool:
    """Return True if the first object has a type, as events have it, and not the fields of our own operations."""
    try:
        first, _ = json.JSONDecoder().raw_decode(text, text.index("{", start))
    except (ValueError, RecursionError):
        return False
    return "type" in first and "status" not in first
