"""Histories that others recorded: Jepsen's EDN files, its log lines, and our own JSON.

Three forms are read, and told apart by how they begin:

    {:process 0, :type :invoke, :f :write, :value 3, :time 1200000}     one map an event, alone or within [ … ]
    INFO  jepsen.util - 0	:invoke	:write	3                           a log; lines of other loggers are passed over
    [{"id": 0, "process": "c1", …}]                                     what `History.to_json` wrote

The type is ``:invoke``, ``:ok``, ``:fail`` or ``:info``; an operation that ended as ``:info`` may have happened, and
is *unknown* here. What a process without a number did, such as ``:nemesis``, is left out. Where every value is a
pair, it is Jepsen's independent ``[key value]``; a map may have a ``:key`` as well. Vectors become tuples.

Format: https://github.com/jepsen-io/history, "Operation structure".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.edn import read_edn
from dscourse.history import History, Op

__all__ = ["read"]

_STATUSES = {"ok": "ok", "fail": "fail", "info": "unknown"}
_LOGGED = re.compile(
    r"(?:.*\bjepsen\.util(?: -|:))?\s*(?P<process>:?[\w-]+)\s+:(?P<event>.*)", re.DOTALL
)
_NUMBER = re.compile(r"\d+")
_SHOWS = ("read", "get", "dequeue")  # what it ends with is its result


@dataclass(frozen=True, slots=True)
class _Event:
    """An operation begins (``type`` is ``invoke``) or ends."""

    line: int
    process: int
    type: str
    f: str
    value: Any
    key: Any
    at_ms: float


def read(text: str, keyed: bool | None = None) -> History:
    """The history that the text holds; process 0 is called ``p0``.

    ``keyed`` says whether values are ``[key value]`` pairs; None finds it out: they are if all of them are pairs, and
    in those of a compare-and-set the value is a pair as well. ValueError names the line and what was expected there.

    >>> history = read('''
    ... {:process 0, :type :invoke, :f :write, :value 3}
    ... {:process 1, :type :invoke, :f :read, :value nil}
    ... {:process 1, :type :ok, :f :read, :value 3}
    ... {:process 0, :type :info, :f :write, :value 3}''')
    >>> [(op.process, op.describe(), op.outcome()) for op in history]
    [('p0', 'write 3', 'unknown'), ('p1', 'read', 'ok 3')]
    """
    if re.match(r'\s*\[?\s*\{\s*"', text):
        return _from_json(text)
    events = list(_from_edn(text) if re.match(r"[\s,]*[\[({#;]", text) else _from_log(text))
    return History(_operations(events, _are_pairs(events) if keyed is None else keyed))


def _from_json(text: str) -> History:
    try:
        return History.from_json(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}: expected JSON: {error.msg}") from error


# From text to events.


def _from_edn(text: str) -> Iterator[_Event]:
    for form, line in read_edn(text):
        if not isinstance(form, dict) or not {"process", "type", "f"} <= set(form):
            raise ValueError(
                f"line {line}: expected a map with :process, :type and :f, found {form!r}"
            )
        if type(form["process"]) is int:
            time = form.get("time") or 0
            if not isinstance(time, int | float):
                raise ValueError(f"line {line}: expected :time in nanoseconds, found {time!r}")
            what = form["type"], form["f"], form.get("value"), form.get("key")
            yield _event(line, form["process"], *what, at_ms=time / 1e6)


def _from_log(text: str) -> Iterator[_Event]:
    found = 0
    for line, logged in enumerate(text.splitlines(), start=1):
        match = _LOGGED.match(logged)
        if match is None:
            if re.search(r"\bjepsen\.util(?: -|:)\s*\d+\s", logged):
                raise ValueError(f"line {line}: expected process :type :f value, found {logged!r}")
            continue
        found += 1
        if _NUMBER.fullmatch(match["process"]):
            yield _logged_event(line, int(match["process"]), ":" + match["event"])
    if not found and text.strip():
        raise ValueError(
            "line 1: expected EDN maps, a log of jepsen.util, or JSON; no line has process :type :f value"
        )


def _logged_event(line: int, process: int, rest: str) -> _Event:
    """An event as ``:ok :read 3``, with an error after it perhaps."""
    try:
        forms = [form for form, _ in read_edn(rest)]
    except ValueError as error:
        raise ValueError(f"line {line}: {str(error).removeprefix('line 1: ')}") from error
    if len(forms) < 3:
        raise ValueError(f"line {line}: expected process :type :f value, found {rest!r}")
    kind, f, value = forms[:3]
    return _event(line, process, kind, f, value, None, 0.0)


def _event(
    line: int, process: int, kind: object, f: object, value: Any, key: Any, at_ms: float
) -> _Event:
    """The event, if its type and function are such."""
    if kind != "invoke" and kind not in tuple(_STATUSES):
        raise ValueError(f"line {line}: expected :invoke, :ok, :fail or :info, found {kind!r}")
    if not isinstance(f, str):
        raise ValueError(f"line {line}: expected a keyword after :f, found {f!r}")
    return _Event(line, process, str(kind), f, value, key, at_ms)


# From events to operations.


def _are_pairs(events: Sequence[_Event]) -> bool:
    """True if every value can be ``[key value]``."""
    return bool(events) and all(
        event.key is None
        and _is_pair(event.value)
        and (event.f != "cas" or _is_pair(event.value[1]) or isinstance(event.value[1], bool))
        for event in events
    )


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2


def _operations(events: Iterable[_Event], keyed: bool) -> Iterator[Op]:
    """The operations in the order in which they began; each end has to follow its beginning."""
    under_way: dict[int, tuple[int, _Event]] = {}
    found: list[
        tuple[int, _Event, int | None, _Event | None]
    ] = []  # with the places of both events
    for place, event in enumerate(events):
        if keyed and not _is_pair(event.value):
            raise ValueError(f"line {event.line}: expected [key value], found {event.value!r}")
        begun = under_way.pop(event.process, None)
        if event.type == "invoke":
            _check_free(event, begun)
            under_way[event.process] = place, event
        else:
            found.append((*_begun(event, begun), place, event))
    found += [(place, event, None, None) for place, event in under_way.values()]
    for number, row in enumerate(sorted(found, key=lambda row: row[0])):
        yield _operation(number, *row, keyed)


def _check_free(event: _Event, begun: tuple[int, _Event] | None) -> None:
    if begun is not None:
        earlier = f"the :{begun[1].f} of line {begun[1].line}"
        raise ValueError(
            f"line {event.line}: expected process {event.process} to end {earlier} before it begins another operation"
        )


def _begun(event: _Event, begun: tuple[int, _Event] | None) -> tuple[int, _Event]:
    """The beginning of the operation that this event ends."""
    if begun is None or begun[1].f != event.f:
        other = "nothing" if begun is None else f":{begun[1].f}"
        raise ValueError(
            f"line {event.line}: expected a :{event.f} of process {event.process} to have begun, found {other}"
        )
    return begun


def _operation(
    number: int, place: int, begun: _Event, until: int | None, ended: _Event | None, keyed: bool
) -> Op:
    key, value = begun.value if keyed else (begun.key, begun.value)
    times = place, until, begun.at_ms, None if ended is None else ended.at_ms
    name, result = f"p{begun.process}", None
    if ended is None:
        return Op(number, name, begun.f, key, value, "pending", None, *times)
    if ended.type == "ok":
        result = _result(begun.f, value, ended.value[1] if keyed else ended.value)
    return Op(number, name, begun.f, key, value, _STATUSES[ended.type], result, *times)


def _result(f: str, value: Any, shown: Any) -> Any:
    """What an operation that ended well told: a read its value, a compare-and-set that it took place."""
    if f in _SHOWS:
        return shown
    if f == "cas":
        return shown if isinstance(shown, bool) else True
    return None if shown == value else shown
