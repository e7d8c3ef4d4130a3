"""Histories as JSON: one object per operation, every value the same when it is read back.

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

__all__ = ["read", "write"]


def write(history: History) -> str:
    """One JSON object per operation; `read` reads it back, and every value is the same again
    (`json_values`).
    ValueError for a value that JSON cannot keep.
    """
    rows = []
    for op in history:
        row = {field.name: to_plain(getattr(op, field.name)) for field in fields(op)}
        rows.append(json.dumps(row, ensure_ascii=False, allow_nan=False))
    return "[\n" + ",\n".join(rows) + "\n]\n"


def read(text: str) -> History:
    """The history that `write` wrote, lists as tuples; ValueError names the first wrong entry, or the line."""
    names = {field.name for field in fields(Op)}
    ops = []
    for index, entry in enumerate(_entries(text)):
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


def _entries(text: str) -> Iterator[Any]:
    """The elements of a JSON list, one after the other. ValueError names the line or the entry."""
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
            told = "it is nested too deeply" if isinstance(error, RecursionError) else error
            raise ValueError(f"entry {index}: {told}") from error
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
    """ValueError if anything stands after the list that ends here."""
    at = _skipped(text, at + 1)
    if at < len(text):
        raise ValueError(f"line {_line(text, at)}: expected JSON: nothing after the list")


def _skipped(text: str, at: int) -> int:
    """Where the blanks from ``at`` on end."""
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
    """The operation with these fields, if each is of its type."""
    values = {name: from_plain(value) for name, value in entry.items()}
    for name, (kinds, required) in _KINDS.items():
        if type(values[name]) not in kinds:
            raise ValueError(f"{name}={short(values[name])}: {required} is required")
    return Op(**values)
