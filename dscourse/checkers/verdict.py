"""What the checkers share: names of operations, and on how much a verdict rests."""

from __future__ import annotations

from collections.abc import Iterable

from dscourse.history import History, Op
from dscourse.verdict import Verdict

__all__ = ["READS", "Verdict", "judged", "name", "names", "tells", "unjudgeable"]

READS = frozenset({"read", "get", "dequeue", "cas"})


def name(op: Op) -> str:
    """A short name of an operation: ``r2`` for a read, ``w1`` for a write, else the operation and its id.

    >>> name(Op(2, "c1", "read")), name(Op(5, "c1", "cas"))
    ('r2', 'cas 5')
    """
    short = {"read": "r", "get": "r", "write": "w", "put": "w"}.get(op.f)
    return f"{short}{op.id}" if short else f"{op.f} {op.id}"


def names(ops: Iterable[Op]) -> str:
    """The names of several operations, as a person would list them."""
    *most, last = [name(op) for op in ops]
    return f"{', '.join(most)} and {last}" if most else last


def tells(op: Op) -> bool:
    """True if the operation's result can be checked: it is known, and it is more than "done".

    >>> tells(Op(0, "c", "read", status="ok", returned=1)), tells(Op(1, "c", "write", status="ok", returned=1))
    (True, False)
    """
    return op.status == "ok" and (op.f in READS or op.result is not None)


def judged(history: History) -> str:
    """On how much a verdict rests: results that were checked, and pairs of operations that overlap in time.

    >>> write = Op(0, "a", "write", None, 1, "ok", None, 0, 2)
    >>> judged(History([write, Op(1, "b", "read", None, None, "ok", 1, 1, 3)]))
    '1 read, 1 concurrent pair'
    """
    told = [op.f for op in history if tells(op)]
    thing = "read" if set(told) <= {"read", "get"} else "result"
    return (
        f"{_counted(len(told), thing)}, {_counted(_concurrent_pairs(history), 'concurrent pair')}"
    )


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _concurrent_pairs(history: History) -> int:
    """How many pairs overlap: all pairs, less those of which one had ended before the other began.

    An invocation's place among all events, less its place among invocations, is the number of operations that
    had ended before it. At one index an invocation comes before a return.
    """
    events = [2 * op.invoked for op in history]
    events += [2 * op.returned + 1 for op in history if op.closed and op.returned is not None]
    events.sort()
    places = sum(place for place, event in enumerate(events) if not event & 1)
    apart = places - len(history) * (len(history) - 1) // 2
    return len(history) * (len(history) - 1) // 2 - apart


def unjudgeable(history: History) -> str:
    """Why no model can be judged by this history, in a sentence; "" if it can be.

    >>> unjudgeable(History())
    'nothing to judge: the history is empty'
    """
    if not len(history):
        return "nothing to judge: the history is empty"
    last: dict[str, Op] = {}
    for op in history:
        try:
            hash(op.value)
        except TypeError:
            return f"{name(op)} has the value {op.value!r}, which can change: use a tuple"
        before = last.get(op.process)
        if before is not None and (before.returned or -1) > op.invoked:
            return (
                f"{op.process} began {name(op)} before its {name(before)} had ended: "
                "a process has one operation at a time"
            )
        last[op.process] = op
    if not any(map(tells, history)):
        return "nothing to judge: no operation told its result"
    return ""
