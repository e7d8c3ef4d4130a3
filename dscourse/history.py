"""What clients saw: every operation with its beginning, its end, and how it ended.

A history is the only evidence that a checker may use: it says when each operation was invoked,
when it returned, and what it returned. The order of events is their order in the trace
(`Op.invoked` and `Op.returned` are trace indices), so that real-time order does not hang on equal
timestamps.

How an operation ended:

    ok        it happened, and ``result`` is what the client got
    fail      it certainly did not happen
    unknown   it may have happened, or may yet happen: it is open until the end of the history
    pending   the record stopped before it ended: like ``unknown`` in every judgement

>>> history = History([Op(0, "c1", "write", "x", 5, "ok", None, 0, 3, 0.0, 2.0),
...                    Op(1, "c2", "read", "x", None, "unknown", None, 1, 2, 1.0, 1.5)])
>>> print(history)
op  client  operation    result   from ms  to ms
 0  c1      write x = 5  ok         0.000  2.000
 1  c2      read x       unknown    1.000      –
>>> history[0].before(history[1])
False
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, overload

from dscourse.edn import keyword, short, write_edn
from dscourse.equality import same, token
from dscourse.json_values import from_plain, to_plain

__all__ = ["STATUSES", "History", "Op"]

STATUSES = ("ok", "fail", "unknown", "pending")


@dataclass(frozen=True, slots=True)
class Op:
    """One client operation; times are true time in ms, ``invoked`` and ``returned`` are trace
    indices.
    """

    id: int
    process: str
    f: str
    key: object = None
    value: object = None
    status: str = "pending"
    result: object = None
    invoked: int = 0
    returned: int | None = None
    invoked_ms: float = 0.0
    returned_ms: float | None = None

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"status={self.status!r}: it must be one of {', '.join(STATUSES)}")
        if self.returned is not None and self.returned <= self.invoked:
            raise ValueError(
                f"operation {self.id} returned at {self.returned}, "
                f"before it was invoked at {self.invoked}"
            )

    @property
    def closed(self) -> bool:
        """True if it is known whether the operation happened."""
        return self.status in ("ok", "fail")

    @property
    def end(self) -> float:
        """The trace index of its return; infinite while it is not known whether it happened."""
        return self.returned if self.closed and self.returned is not None else math.inf

    def before(self, other: Op) -> bool:
        """True if this operation had ended before ``other`` began (an open one never ends)."""
        return self.end < other.invoked

    def concurrent(self, other: Op) -> bool:
        """True if neither had ended before the other began."""
        return not self.before(other) and not other.before(self)

    def describe(self) -> str:
        """The operation without its end, as in ``write x = 5``, ``read x`` or ``add 1``."""
        if self.value is None:
            return self.f if self.key is None else f"{self.f} {self.key}"
        return (
            f"{self.f} {self.value}" if self.key is None else f"{self.f} {self.key} = {self.value}"
        )

    def outcome(self) -> str:
        """How it ended, as in ``ok 5``."""
        return self.status if self.result is None else f"{self.status} {self.result}"


class History(Sequence[Op]):
    """Operations in the order of their invocation; it slices by process, key and time."""

    def __init__(self, ops: Iterable[Op] = ()) -> None:
        self._ops = tuple(sorted(ops, key=lambda op: (op.invoked, op.id)))

    def __len__(self) -> int:
        return len(self._ops)

    def __iter__(self) -> Iterator[Op]:
        return iter(self._ops)

    @overload
    def __getitem__(self, index: int) -> Op: ...
    @overload
    def __getitem__(self, index: slice) -> History: ...
    def __getitem__(self, index: int | slice) -> Op | History:
        return History(self._ops[index]) if isinstance(index, slice) else self._ops[index]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, History)
            and self._ops == other._ops
            and all(map(_same_values, self._ops, other._ops))
        )

    def __hash__(self) -> int:
        return hash(tuple((op.id, op.process, op.status) for op in self._ops))

    # Slices: each is a history.

    def where(self, keep: Callable[[Op], bool]) -> History:
        """The operations for which ``keep`` is true."""
        return History(op for op in self._ops if keep(op))

    def by_process(self, *names: str) -> History:
        """The operations of these clients; LookupError for a client that did nothing here."""
        unknown = sorted(set(names) - set(self.processes))
        if unknown:
            raise LookupError(
                f"no operation by {unknown[0]!r}: the clients are {', '.join(self.processes)}"
            )
        return self.where(lambda op: op.process in names)

    def by_key(self, key: object) -> History:
        """The operations on ``key``."""
        return self.where(lambda op: same(op.key, key))

    def between(self, start_ms: float, end_ms: float) -> History:
        """The operations that were under way at some time from ``start_ms`` to ``end_ms``."""
        return self.where(
            lambda op: (
                op.invoked_ms <= end_ms
                and (not op.closed or op.returned_ms is None or op.returned_ms >= start_ms)
            )
        )

    @property
    def ok(self) -> History:
        """The operations that happened."""
        return self.where(lambda op: op.status == "ok")

    @property
    def failed(self) -> History:
        """The operations that certainly did not happen."""
        return self.where(lambda op: op.status == "fail")

    @property
    def unknown(self) -> History:
        """The operations that may have happened."""
        return self.where(lambda op: op.status == "unknown")

    @property
    def pending(self) -> History:
        """The operations that were under way when the record stopped."""
        return self.where(lambda op: op.status == "pending")

    @property
    def processes(self) -> tuple[str, ...]:
        """The clients, sorted."""
        return tuple(sorted({op.process for op in self._ops}))

    @property
    def keys(self) -> tuple[object, ...]:
        """The keys, in the order of their first use."""
        return tuple({token(op.key): op.key for op in reversed(self._ops)}.values())[::-1]

    def latencies_ms(self) -> list[float]:
        """Time from invocation to return of each operation that is ``ok``, in the order of
        invocation.
        """
        return [op.returned_ms - op.invoked_ms for op in self.ok if op.returned_ms is not None]

    # Text.

    def __str__(self) -> str:
        rows = [("op", "client", "operation", "result", "from ms", "to ms")]
        for op in self._ops:
            end = f"{op.returned_ms:.3f}" if op.closed and op.returned_ms is not None else "–"
            rows.append(
                (str(op.id), op.process, op.describe(), op.outcome(), f"{op.invoked_ms:.3f}", end)
            )
        return _table(rows, right=(0, 4, 5))

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{n} {status}"
            for status in STATUSES
            if (n := sum(op.status == status for op in self._ops))
        )
        return (
            f"History({len(self)} operations: {counts})" if self._ops else "History(no operations)"
        )

    def to_json(self) -> str:
        """One JSON object per operation; `from_json` reads it back, and every value is the same again
        (`json_values`).
        ValueError for a value that JSON cannot keep.
        """
        rows = []
        for op in self._ops:
            row = {field.name: to_plain(getattr(op, field.name)) for field in fields(op)}
            rows.append(json.dumps(row, ensure_ascii=False, allow_nan=False))
        return "[\n" + ",\n".join(rows) + "\n]\n"

    @classmethod
    def from_json(cls, text: str) -> History:
        """The history that `to_json` wrote, lists as tuples; ValueError names the first wrong entry, or the line."""
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
        return cls(ops)

    def to_jepsen(self) -> str:
        """Jepsen's history format: one EDN map an event, in real-time order.

        A value on a key is the pair ``[key value]``. A process whose operation ended as ``:info``
        gets a new number, as Jepsen requires: it may still be under way.

        >>> write = Op(0, "c1", "write", "x", 5, "ok", None, 0, 3, 0.0, 2.0)
        >>> print(History([write]).to_jepsen(), end="")
        {:index 0, :time 0, :process 0, :type :invoke, :f :write, :value ["x" 5]}
        {:index 1, :time 2000000, :process 0, :type :ok, :f :write, :value ["x" 5]}
        """
        numbers = self._jepsen_processes()
        types = {"ok": "ok", "fail": "fail", "unknown": "info"}
        events = [(op.invoked, 0, n) for n, op in enumerate(self._ops)]
        events += [
            (op.returned, 1, n)
            for n, op in enumerate(self._ops)
            if op.returned is not None and op.status in types
        ]
        lines = []
        for index, (_, ended, n) in enumerate(sorted(events)):
            op = self._ops[n]
            kind, value, more = (
                _completion(op, types[op.status]) if ended else ("invoke", op.value, "")
            )
            shown = write_edn(value if op.key is None else [op.key, value])
            lines.append(
                f"{{:index {index}, :time {_nanoseconds(op, bool(ended))}, :process {numbers[n]}, "
                f":type :{kind}, :f {keyword(op.f)}, :value {shown}{more}}}\n"
            )
        return "".join(lines)

    def _jepsen_processes(self) -> list[int]:
        """Each operation's Jepsen process number: process p, and p + n, p + 2n … after each open
        operation.
        """
        current = {name: number for number, name in enumerate(self.processes)}
        numbers = []
        for op in self._ops:
            numbers.append(current[op.process])
            if not op.closed:
                current[op.process] += len(self.processes)
        return numbers


def _same_values(one: Op, other: Op) -> bool:
    """True if two equal operations do not just hold equal values, as 1 and True are, but the same ones."""
    return (
        same(one.key, other.key) and same(one.value, other.value) and same(one.result, other.result)
    )


def _completion(op: Op, kind: str) -> tuple[str, object, str]:
    """How an operation ended: Jepsen's type, value, and what stands after it.

    A read ends with what it returned, a transaction with its completed steps; others end with the value that they
    began
    with, as Knossos requires, and have their result apart. A compare-and-set that was not set is a ``:fail``.
    """
    if kind != "ok" or op.result is None:
        return kind, op.value, ""
    if op.f in ("read", "get", "dequeue", "txn"):
        return kind, op.result, ""
    kind = "fail" if op.f == "cas" and op.result is False else kind
    return kind, op.value, f", :result {write_edn(op.result)}"


def _nanoseconds(op: Op, ended: bool) -> int:
    at_ms = (op.returned_ms or 0.0) if ended else op.invoked_ms
    try:
        return round(at_ms * 1e6)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ValueError(
            f"operation {op.id} has the time {at_ms!r}: a finite number is required"
        ) from error


# Reading JSON.

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


def _table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Columns two spaces apart; those numbered in ``right`` are aligned right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
