"""The history of client operations: the invocation, return and outcome of each.

A history is the only evidence that a checker may use: it records when each operation was invoked, when it returned,
and what it returned. Events are ordered as in the trace (`Op.invoked` and `Op.returned` are trace indices), so that
real-time order does not depend on equal timestamps.

Outcomes:

    ok        it happened, and ``result`` is what the client got
    fail      it certainly did not happen
    unknown   it may have happened, or may happen later: it is open until the end of the history
    pending   the record stopped before it ended: treated like ``unknown`` by every judgement

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

import math
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from dscourse.core.equality import same, token
from dscourse.core.wording import count

__all__ = ["STATUSES", "History", "Op", "concurrent_pairs"]

STATUSES = ("ok", "fail", "unknown", "pending")


@dataclass(frozen=True, slots=True)
class Op:
    """One client operation; times are true time in ms, ``invoked`` and ``returned`` are trace indices."""

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
        """True if the outcome is known: the operation happened, or certainly did not."""
        return self.status in ("ok", "fail")

    @property
    def end(self) -> float:
        """The trace index of its return; infinite while its outcome is unknown."""
        return self.returned if self.closed and self.returned is not None else math.inf

    def before(self, other: Op) -> bool:
        """Return True if this operation had ended before ``other`` began; an open operation never ends."""
        return self.end < other.invoked

    def concurrent(self, other: Op) -> bool:
        """Return True if neither operation had ended before the other began."""
        return not self.before(other) and not other.before(self)

    def describe(self) -> str:
        """Return the operation without its outcome, as in ``write x = 5``, ``read x`` or ``add 1``."""
        if self.value is None:
            return self.f if self.key is None else f"{self.f} {self.key}"
        return (
            f"{self.f} {self.value}" if self.key is None else f"{self.f} {self.key} = {self.value}"
        )

    def outcome(self) -> str:
        """Return the outcome, as in ``ok 5``."""
        return self.status if self.result is None else f"{self.status} {self.result}"


class History(Sequence[Op]):
    """Operations in the order of their invocation, with slices by process, key and time."""

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
        """Return the operations for which ``keep`` is true."""
        return History(op for op in self._ops if keep(op))

    def by_process(self, *names: str) -> History:
        """Return the operations of these clients. Raise LookupError for a client without operations here."""
        unknown = sorted(set(names) - set(self.processes))
        if unknown:
            raise LookupError(
                f"no operation by {unknown[0]!r}: the clients are {', '.join(self.processes)}"
            )
        return self.where(lambda op: op.process in names)

    def by_key(self, key: object) -> History:
        """Return the operations on ``key``."""
        return self.where(lambda op: same(op.key, key))

    def between(self, start_ms: float, end_ms: float) -> History:
        """Return the operations in progress at some time from ``start_ms`` to ``end_ms``."""
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
        """The operations still in progress when the record stopped."""
        return self.where(lambda op: op.status == "pending")

    @property
    def processes(self) -> tuple[str, ...]:
        """The clients, sorted."""
        return tuple(sorted({op.process for op in self._ops}))

    @property
    def keys(self) -> tuple[object, ...]:
        """The keys, in the order of first use."""
        return tuple({token(op.key): op.key for op in reversed(self._ops)}.values())[::-1]

    def latencies_ms(self) -> list[float]:
        """Return the latency (invocation to return, in ms) of each ``ok`` operation, in the order of invocation."""
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
        endings = ", ".join(
            f"{n} {status}"
            for status in STATUSES
            if (n := sum(op.status == status for op in self._ops))
        )
        return (
            f"History({count(len(self), 'operation')}: {endings})"
            if self._ops
            else "History(no operations)"
        )


def concurrent_pairs(ops: Collection[Op]) -> int:
    """Return the number of pairs of operations that overlap in time, in O(n log n).

    They are all pairs, less those of which one had ended before the other began.

    >>> concurrent_pairs([Op(0, "a", "read", status="ok", returned=2), Op(1, "b", "read", invoked=1)])
    1
    """
    ends = sorted([op.returned for op in ops if op.returned is not None and op.closed])
    apart = sum(bisect_left(ends, op.invoked) for op in ops)
    return len(ops) * (len(ops) - 1) // 2 - apart


def _same_values(one: Op, other: Op) -> bool:
    """Return True if two equal operations hold the same values, not merely equal ones such as 1 and True."""
    return (
        same(one.key, other.key) and same(one.value, other.value) and same(one.result, other.result)
    )


def _table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Return the rows in columns two spaces apart; columns numbered in ``right`` are aligned right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
