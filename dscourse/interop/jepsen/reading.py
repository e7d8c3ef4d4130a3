"""Jepsen's history files, log lines, and our own JSON, read as a `History`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dscourse.core.equality import same
from dscourse.history import History, Op
from dscourse.interop import json_histories
from dscourse.interop.edn import Keyword, Tagged, read_edn
from dscourse.interop.edn.values import short

__all__ = ["read"]

_STATUSES = {"ok": "ok", "fail": "fail", "info": "unknown"}
_LOGGED = re.compile(
    r"(?:.*\bjepsen\.util(?: -|:))?\s*(?P<process>:?[\w-]+)\s+:(?P<event>.*)", re.DOTALL
)
_NUMBER = re.compile(r"[0-9]+")
_SHOWS = ("read", "get", "dequeue")  # operations whose completion value is their result


@dataclass(frozen=True, slots=True)
class _Event:
    """The invocation (``type`` is ``invoke``) or completion of an operation."""

    line: int
    process: int | None
    type: str
    f: str
    value: Any
    key: Any = None
    at_ms: float = 0.0
    result: Any = None


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
    if _is_json(text, start):
        return json_histories.read(text)
    events = list(
        _from_edn(text) if text[start : start + 1] in tuple("[({#;^") else _from_log(text)
    )
    return History(_operations(events, _are_pairs(events) if keyed is None else keyed))


def _is_json(text: str, start: int) -> bool:
    """Return True if the text begins with ``{"`` or ``[{"``, blanks aside."""
    opened = re.compile(r"\[?+\s*+\{\s*+\"").match(text, start)
    return opened is not None


# From text to events.


_PROCESS, _TYPE, _F, _VALUE = (Keyword(name) for name in ("process", "type", "f", "value"))
_TXN = Keyword("txn")
_KEY, _TIME, _RESULT = (Keyword(name) for name in ("key", "time", "result"))


def _from_edn(text: str) -> Iterator[_Event]:
    for form, line in read_edn(text):
        row = _with_function(form.value if isinstance(form, Tagged) else form)
        if not isinstance(row, dict) or not {_PROCESS, _TYPE, _F} <= set(row):
            raise ValueError(
                f"line {line}: expected a map with :process, :type and :f, found {short(form)}"
            )
        process = row[_PROCESS]
        if isinstance(process, Keyword):
            continue
        if type(process) is not int and not (process is None and row[_F] == _TXN):
            raise ValueError(
                f"line {line}: expected a number or keyword as :process, found {short(process)}"
            )
        event = _event(line, process, row[_TYPE], row[_F], row.get(_VALUE))
        at_ms = _milliseconds(row.get(_TIME), line)
        yield replace(event, key=row.get(_KEY), at_ms=at_ms, result=row.get(_RESULT))


def _with_function(row: Any) -> Any:
    """Return the map with :f and :process, which Elle's transactions may lack; any other form unchanged."""
    if not isinstance(row, dict) or _TYPE not in row or not _are_steps(row.get(_VALUE)):
        return row
    whole = {_F: _TXN, **row}
    return {_PROCESS: None, **whole} if whole[_F] == _TXN else row


def _are_steps(value: Any) -> bool:
    """Return True if the value can be a transaction: a vector of steps such as ``[:append 3 1]``."""
    return isinstance(value, tuple) and all(
        isinstance(step, tuple) and len(step) == 3 and isinstance(step[0], Keyword)
        for step in value
    )


def _milliseconds(time: Any, line: int) -> float:
    """Return the time of an event in ms, given in nanoseconds; 0 without one."""
    if time is None:
        return 0.0
    if type(time) not in (int, float) or not abs(time) < 1e24:
        raise ValueError(f"line {line}: expected :time in nanoseconds, found {short(time)}")
    return float(time / 1e6)


def _from_log(text: str) -> Iterator[_Event]:
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
            yield _logged_event(line, int(match["process"]), ":" + match["event"])
    if not found and text.strip():
        raise ValueError(
            "line 1: expected EDN maps, a log of jepsen.util, or JSON; no line has process :type :f value"
        )


def _logged_event(line: int, process: int, rest: str) -> _Event:
    """Return the event of a log line such as ``:ok :read 3``, with or without an error after it."""
    try:
        forms = [form for form, _ in read_edn(rest)]
    except ValueError as error:
        raise ValueError(f"line {line}: {str(error).removeprefix('line 1: ')}") from error
    if len(forms) < 3:
        raise ValueError(f"line {line}: expected process :type :f value, found {short(rest)}")
    return _event(line, process, *forms[:3])


def _event(line: int, process: int | None, kind: object, f: object, value: Any) -> _Event:
    """Return the event. Raise ValueError unless its type and function are valid keywords."""
    if not (isinstance(kind, Keyword) and kind.name in ("invoke", *_STATUSES)):
        raise ValueError(f"line {line}: expected :invoke, :ok, :fail or :info, found {short(kind)}")
    if not isinstance(f, Keyword):
        raise ValueError(f"line {line}: expected a keyword after :f, found {short(f)}")
    return _Event(line, process, kind.name, f.name, value)


# From events to operations.


def _are_pairs(events: Sequence[_Event]) -> bool:
    """Return True if every value can be ``[key value]``."""
    return bool(events) and all(
        event.key is None
        and event.f != "txn"
        and _is_pair(event.value)
        and (event.f != "cas" or _is_pair(event.value[1]) or isinstance(event.value[1], bool))
        for event in events
    )


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2


def _operations(events: Iterable[_Event], keyed: bool) -> Iterator[Op]:
    """Yield the operations in the order of invocation; each completion must follow its invocation."""
    events = list(events)
    if events and all(event.f == "txn" and event.type != "invoke" for event in events):
        return (yield from _completed(events))
    under_way: dict[int | None, tuple[int, _Event]] = {}
    found: list[
        tuple[int, _Event, int | None, _Event | None]
    ] = []  # with the indices of both events
    for index, event in enumerate(events):
        if keyed and not _is_pair(event.value):
            raise ValueError(f"line {event.line}: expected [key value], found {short(event.value)}")
        begun = under_way.pop(event.process, None)
        if event.type == "invoke":
            _check_free(event, begun)
            under_way[event.process] = index, event
        else:
            found.append((*_begun(event, begun), index, event))
    found += [(index, event, None, None) for index, event in under_way.values()]
    for number, row in enumerate(sorted(found, key=lambda row: row[0])):
        yield _operation(number, *row, keyed)


def _completed(events: Sequence[_Event]) -> Iterator[Op]:
    """Yield transactions of which only the ends were recorded.

    A process has one at a time: a transaction began after the one before it of its process had ended. Of the first
    of a process, and of one without a process, it is not known when it began, so it is taken for concurrent with all
    that ended before it.
    """
    ended: dict[int | None, tuple[int, float]] = {}
    for number, event in enumerate(events):
        begun, at_ms = ended.get(event.process, (0, events[0].at_ms))
        if event.process is not None:
            ended[event.process] = 2 * number + 2, event.at_ms
        ok = event.type == "ok"
        yield Op(
            number, _name(event, number), "txn", None, _wanted(event.value) if ok else event.value,
            _STATUSES[event.type], event.value if ok else None, begun, 2 * number + 1, at_ms, event.at_ms,
        )  # fmt: skip


def _wanted(steps: Any) -> Any:
    """Return the steps as they were invoked: without what was read."""
    if not _are_steps(steps):
        return steps
    return tuple((f, key, None if f.name in ("r", "read") else value) for f, key, value in steps)


def _name(event: _Event, number: int) -> str:
    """Return the name of an event's process; without one, of a process of its own."""
    return f"t{number}" if event.process is None else f"p{event.process}"


def _check_free(event: _Event, begun: tuple[int, _Event] | None) -> None:
    if begun is not None:
        earlier = f"the :{begun[1].f} of line {begun[1].line}"
        if event.process is None:
            raise ValueError(
                f"line {event.line}: expected a :process, as {earlier} has not ended: without processes, "
                "each transaction ends before the next begins"
            )
        raise ValueError(
            f"line {event.line}: expected process {event.process} to end {earlier} before it begins another operation"
        )


def _begun(event: _Event, begun: tuple[int, _Event] | None) -> tuple[int, _Event]:
    """Return the invocation that this event completes. Raise ValueError if there is none."""
    if begun is None or begun[1].f != event.f:
        other = "nothing" if begun is None else f":{begun[1].f}"
        raise ValueError(
            f"line {event.line}: expected a :{event.f} of process {event.process} to have begun, found {other}"
        )
    return begun


def _operation(
    number: int, index: int, begun: _Event, until: int | None, ended: _Event | None, keyed: bool
) -> Op:
    key, value = begun.value if keyed else (begun.key, begun.value)
    times = index, until, begun.at_ms, None if ended is None else ended.at_ms
    name = _name(begun, number)
    if ended is None:
        return Op(number, name, begun.f, key, value, "pending", None, *times)
    if begun.f == "cas" and ended.type == "fail" and ended.result is False:
        return Op(number, name, begun.f, key, value, "ok", False, *times)
    result = _result(begun.f, value, ended, keyed) if ended.type == "ok" else None
    return Op(number, name, begun.f, key, value, _STATUSES[ended.type], result, *times)


def _result(f: str, value: Any, ended: _Event, keyed: bool) -> Any:
    """Return the result of an ok operation: a read's value, or True for a compare-and-set."""
    shown = ended.value[1] if keyed else ended.value
    if f in _SHOWS:
        return shown
    if ended.result is not None:
        return ended.result
    if f == "cas":
        return shown if isinstance(shown, bool) else True
    return None if same(shown, value) else shown
