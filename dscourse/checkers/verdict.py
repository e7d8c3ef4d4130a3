"""What a checker says of a history: yes, no or unknown, with the evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dscourse.history import History, Op

__all__ = ["READS", "Verdict", "judged", "name", "names", "tells", "unjudgeable"]

READS = frozenset({"read", "get", "dequeue", "cas"})


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """Whether a history is allowed by ``model``: True, False, or None where that could not be decided.

    ``reason`` says in a sentence why not, or why it is not known. ``witness`` are the ids of the operations in an
    order that explains the history; ``refuting`` those that no order explains, few enough to be drawn. ``judged``
    says on how much the verdict rests and ``states`` how much was searched. Only a True verdict counts as true.
    """

    model: str
    ok: bool | None
    reason: str = ""
    witness: tuple[int, ...] = ()
    refuting: tuple[int, ...] = ()
    judged: str = ""
    states: int = 0

    def __bool__(self) -> bool:
        return self.ok is True

    def __repr__(self) -> str:
        head = {True: self.model, False: f"not {self.model}", None: f"{self.model}?"}[self.ok]
        if self.ok is None:
            head += " unknown"
        parts = [f"{head}: {self.reason}" if self.reason else head]
        if self.judged:
            parts.append(f"judged {self.judged}")
        text = "; ".join(parts)
        return f"{text} ({self.states:,} states)" if self.states else text


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
