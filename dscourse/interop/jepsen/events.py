"""The events of a recorded history, from EDN maps, from JSON objects, and from the lines of a log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dscourse.interop import json_histories
from dscourse.interop.edn import Keyword, Tagged, read_edn
from dscourse.interop.edn.values import short

__all__ = [
    "STATUSES",
    "Event",
    "Process",
    "Row",
    "events_of",
    "from_log",
    "rows_of_edn",
    "rows_of_json",
]

STATUSES = {"ok": "ok", "fail": "fail", "info": "unknown"}
_READS = ("r", "read")
_LOGGED = re.compile(
    r"(?:.*\bjepsen\.util(?: -|:))?\s*(?P<process>:?[\w-]+)\s+:(?P<event>.*)", re.DOTALL
)
_NUMBER = re.compile(r"[0-9]+")

Process = int | str | None
Row = tuple[str, Any]  # where it stands, such as "line 3", and the map


@dataclass(frozen=True, slots=True)
class Event:
    """The invocation (``type`` is ``invoke``) or completion of an operation; errors say ``where`` it stands."""

    where: str
    process: Process
    type: str
    f: str
    value: Any
    key: Any = None
    at_ms: float = 0.0
    result: Any = None


# Rows: maps by the names of their keywords.


def rows_of_edn(text: str) -> Iterator[Row]:
    """Yield the maps of an EDN text, by the names of their keywords; any other form unchanged."""
    for form, line in read_edn(text):
        row = form.value if isinstance(form, Tagged) else form
        if isinstance(row, dict):
            row = {key.name if isinstance(key, Keyword) else key: v for key, v in row.items()}
        yield f"line {line}", row


def rows_of_json(text: str) -> Iterator[Row]:
    """Yield the objects of a JSON list, or of one object per line, with lists as tuples."""
    if not text.lstrip().startswith("["):
        text = "[" + ",\n".join(line for line in text.splitlines() if line.strip()) + "]"
    for number, entry in enumerate(json_histories.entries(text)):
        yield f"entry {number}", _with_tuples(entry)


def _with_tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_with_tuples, value))
    return (
        {key: _with_tuples(one) for key, one in value.items()} if isinstance(value, dict) else value
    )


# From rows to events.


def events_of(rows: Iterable[Row]) -> Iterator[Event]:
    """Yield the events of the clients. Raise ValueError for a row that is none."""
    for where, row in rows:
        if not isinstance(row, dict) or "type" not in row:
            raise ValueError(_unlike(where, row))
        steps = _steps(row.get("value"))
        f = row.get("f") if row.get("f") is not None or steps is None else "txn"
        process = row.get("process")
        transaction = _name(f) == "txn"
        if f is None or ("process" not in row and not transaction):
            raise ValueError(_unlike(where, row))
        if isinstance(process, Keyword) or process == "nemesis":
            continue
        if type(process) not in (int, str) and not (process is None and transaction):
            raise ValueError(
                f"{where}: expected a number or keyword as :process, found {short(process)}"
            )
        kind, name = _checked(where, row["type"], f)
        value = steps if transaction and steps is not None else row.get("value")
        at_ms = _milliseconds(row.get("time"), where)
        yield Event(where, process, kind, name, value, row.get("key"), at_ms, row.get("result"))


def _unlike(where: str, row: Any) -> str:
    if isinstance(row, dict):
        row = {Keyword(key) if isinstance(key, str) else key: value for key, value in row.items()}
    return f"{where}: expected a map with :process, :type and :f, found {short(row)}"


def _name(keyword: Any) -> str | None:
    """Return the name of a keyword, which JSON has as text; None for anything else."""
    return (
        keyword.name if isinstance(keyword, Keyword) else keyword if type(keyword) is str else None
    )


def _checked(where: str, kind: object, f: object) -> tuple[str, str]:
    """Return the type and the function. Raise ValueError unless they are valid keywords."""
    named, function = _name(kind), _name(f)
    if named is None or named not in ("invoke", *STATUSES):
        raise ValueError(f"{where}: expected :invoke, :ok, :fail or :info, found {short(kind)}")
    if function is None:
        raise ValueError(f"{where}: expected a keyword after :f, found {short(f)}")
    return named, function


def _steps(value: Any) -> tuple[Any, ...] | None:
    """Return steps such as ``[:append 3 1]``, with nil for the value that a read may lack; None for other values."""
    if not isinstance(value, tuple):
        return None
    found = []
    for step in value:
        if not isinstance(step, tuple) or not step or _name(step[0]) is None:
            return None
        if len(step) == 2 and _name(step[0]) in _READS:
            step = (*step, None)
        if len(step) != 3:
            return None
        found.append(step)
    return tuple(found)


def _milliseconds(time: Any, where: str) -> float:
    """Return the time of an event in ms, given in nanoseconds; 0 without one."""
    if time is None:
        return 0.0
    if type(time) not in (int, float) or not abs(time) < 1e24:
        raise ValueError(f"{where}: expected :time in nanoseconds, found {short(time)}")
    return float(time / 1e6)


# From the lines of a log.


def from_log(text: str) -> Iterator[Event]:
    """Yield the events of the clients from lines such as ``INFO  jepsen.util - 0 :ok :read 3``."""
    found = 0
    for line, logged in enumerate(text.split("\n"), start=1):
        match = _LOGGED.match(logged)
        if match is None:
            if re.search(r"\bjepsen\.util(?: -|:)\s*\d+\s", logged):
                raise ValueError(
                    f"line {line}: expected process :type :f value, found {short(logged)}"
                )
            continue
        found += 1
        if _NUMBER.fullmatch(match["process"]):
            if len(match["process"]) > 18:
                raise ValueError(f"line {line}: expected a process number of at most 18 digits")
            yield _logged_event(f"line {line}", int(match["process"]), ":" + match["event"])
    if not found and text.strip():
        raise ValueError(
            "line 1: expected EDN maps, a log of jepsen.util, or JSON; no line has process :type :f value"
        )


def _logged_event(where: str, process: int, rest: str) -> Event:
    """Return the event of a log line such as ``:ok :read 3``, with or without an error after it."""
    try:
        forms = [form for form, _ in read_edn(rest)]
    except ValueError as error:
        raise ValueError(f"{where}: {str(error).removeprefix('line 1: ')}") from error
    if len(forms) < 3:
        raise ValueError(f"{where}: expected process :type :f value, found {short(rest)}")
    kind, f = _checked(where, *forms[:2])
    steps = _steps(forms[2]) if f == "txn" else None
    return Event(where, process, kind, f, forms[2] if steps is None else steps)
