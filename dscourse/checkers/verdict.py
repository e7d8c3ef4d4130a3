"""What a checker says of a history: yes, no or unknown, with the evidence."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from dscourse.history import History, Op

__all__ = ["Verdict", "judged", "name", "names"]


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


def judged(history: History) -> str:
    """On how much a verdict rests: observations that ended, and pairs of operations that overlap in time.

    >>> write = Op(0, "a", "write", None, 1, "ok", None, 0, 2)
    >>> judged(History([write, Op(1, "b", "read", None, None, "ok", 1, 1, 3)]))
    '1 read, 1 concurrent pair'
    """
    reads = sum(op.status == "ok" and op.f in ("read", "get", "dequeue", "cas") for op in history)
    pairs = _concurrent_pairs(history)
    return (
        f"{reads:,} read{'' if reads == 1 else 's'}, "
        f"{pairs:,} concurrent pair{'' if pairs == 1 else 's'}"
    )


def _concurrent_pairs(history: History) -> int:
    """How many pairs overlap: all pairs, less those of which one had ended before the other began."""
    ended = sorted(op.returned for op in history if op.closed and op.returned is not None)
    apart = sum(bisect_left(ended, op.invoked) for op in history)
    return len(history) * (len(history) - 1) // 2 - apart
