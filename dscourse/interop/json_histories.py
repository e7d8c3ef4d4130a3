"""Histories as JSON: one object per operation; values survive the round trip unchanged.

>>> history = History([Op(0, "c1", "write", "x", 5, "ok", None, 0, 3, 0.0, 2.0)])
>>> read(write(history)) == history
True
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from dscourse.history import History, Op
from dscourse.interop.edn.values import short
from dscourse.interop.json_values import from_plain, to_plain

__all__ = ["entries", "read", "write"]


def write(history: History) -> str:
    """Return one JSON object per operation; `read` restores every value unchanged (`json_values`).

    Raises ValueError for a value that JSON cannot represent.
    """
    rows = []
    for op in history:
        row = {field.name: to_plain(getattr(op, field.name)) for field in fields(op)}
        rows.append(json.dumps(row, ensure_ascii=False, allow_nan=False))
    return "[\n" + ",\n".join(rows) + "\n]\n"


def read(text: str) -> History:
    """Return the history that `write` wrote, with lists as tuples.

    Raises ValueError with the index of the first invalid entry, or its line.
    """
    names = {field.name for field in fields(Op)}
    ops = []
    for index, entry in enumerate(entries(text)):
        if not isinstance(entry, dict) or set(entry) != names:
            raise ValueError(
                f"entry {index} is {short(entry)}: "
                f"an operation has the fields {', '.join(sorted(names))}"
            )
        try:
            ops.append(_op(entry))
        except RecursionError as error:
            raise ValueError(f"entry {index}: it is nested too deeply") from error
        except ValueError as error:
            raise ValueError(f"entry {index}: {error}") from error
    return History(ops)


_BLANK = re.compile(r"[ \t\r\n]*")


def entries(text: str) -> Iterator[Any]:
    """Yield the elements of a JSON list. Raise ValueError with the line or the entry."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_object, parse_float=_float, parse_int=_integer, parse_constant=_constant
    )
    at = _skipped(text, text.startswith("\ufeff"))
    if text[at : at + 1] != "[":
        raise ValueError(f"line {_line(text, at)}: expected JSON: a list of operations")
    at, index = _skipped(text, at + 1), 0
    if text[at : at + 1] == "]":
        return _end(text, at)
    while True:
        try:
            entry, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {error.lineno}: expected JSON: {error.msg}") from error
        except (ValueError, RecursionError) as error:
            problem = "it is nested too deeply" if isinstance(error, RecursionError) else error
            raise ValueError(f"entry {index}: {problem}") from error
        yield entry
        at, index = _skipped(text, at), index + 1
        if text[at : at + 1] == "]":
            return _end(text, at)
        if text[at : at + 1] != ",":
            raise ValueError(
                f"line {_line(text, at)}: expected JSON: a comma or ] after entry {index - 1}"
            )
        at = _skipped(text, at + 1)


def _end(text: str, at: int) -> None:
    """Raise ValueError if anything follows the list that ends here."""
    at = _skipped(text, at + 1)
    if at < len(text):
        raise ValueError(f"line {_line(text, at)}: expected JSON: nothing after the list")


def _skipped(text: str, at: int) -> int:
    """Return the index after the blanks that start at ``at``."""
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has a key twice")
    return found


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:40]} is larger than any float")
    return number


def _integer(digits: str) -> int:
    if len(digits) > 4_000:
        raise ValueError("a number has more than 4,000 digits")
    return int(digits)


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "id": ((int,), "a whole number"),
    "process": ((str,), "text"),
    "f": ((str,), "text"),
    "status": ((str,), "text"),
    "invoked": ((int,), "a whole number"),
    "returned": ((int, type(None)), "a whole number or null"),
    "invoked_ms": ((int, float), "a number"),
    "returned_ms": ((int, float, type(None)), "a number or null"),
}


def _op(entry: dict[str, Any]) -> Op:
    """Return the operation with these fields. Raise ValueError for a field of the wrong type."""
    values = {name: from_plain(value) for name, value in entry.items()}
    for name, (kinds, required) in _KINDS.items():
        if type(values[name]) not in kinds:
            raise ValueError(f"{name}={short(values[name])}: {required} is required")
    return Op(**values)
