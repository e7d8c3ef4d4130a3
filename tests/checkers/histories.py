"""Small histories written as lines: ``a 0-5 write x 1``, ``b 6-9 read x -> 1``, ``c 3- write x 2`` (open)."""

from __future__ import annotations

import re

from dscourse.history import History, Op

__all__ = ["history"]

_LINE = re.compile(
    r"(?P<process>\w+) (?P<begin>\d+)-(?P<end>\d*) (?P<f>\w+)(?: (?P<key>[a-z])(?= |$))?"
    r"(?: (?P<value>[^>]+?))?(?: -> (?P<result>.+))?$"
)


def history(*lines: str) -> History:
    """The operations in the order of the lines; a line without an end is of unknown outcome.

    >>> print(history("a 0-5 write x 1", "b 6-9 read x -> 1"))
    op  client  operation    result  from ms   to ms
     0  a       write x = 1  ok        0.000   5.000
     1  b       read x       ok 1      6.000   9.000
    """
    return History(_op(number, line) for number, line in enumerate(lines))


def _op(number: int, line: str) -> Op:
    found = _LINE.match(line)
    if found is None:
        raise ValueError(f"{line!r} is no operation")
    begin, end = int(found["begin"]), int(found["end"]) if found["end"] else None
    return Op(
        number, found["process"], found["f"], found["key"], _value(found["value"]),
        "unknown" if end is None else "ok", _value(found["result"]), begin, end,
        float(begin), None if end is None else float(end),
    )  # fmt: skip


def _value(text: str | None) -> object:
    """A number, a pair in parentheses, True, False, None, or the text itself."""
    if text is None or re.fullmatch(r"[a-z]+", text):
        return text
    return eval(text, {})
