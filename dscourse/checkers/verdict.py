"""Names of operations, as all checkers write them."""

from __future__ import annotations

from collections.abc import Iterable

from dscourse.core.verdict import Verdict
from dscourse.history import Op

__all__ = ["READS", "Verdict", "name", "names", "shows"]

READS = frozenset({"read", "get", "dequeue", "cas"})


def name(op: Op) -> str:
    """Return a short name of an operation: ``r2`` for a read, ``w1`` for a write, else the operation and its id.

    >>> name(Op(2, "c1", "read")), name(Op(5, "c1", "cas"))
    ('r2', 'cas 5')
    """
    short = {"read": "r", "get": "r", "write": "w", "put": "w"}.get(op.f)
    return f"{short}{op.id}" if short else f"{op.f} {op.id}"


def names(ops: Iterable[Op]) -> str:
    """Return the names of several operations, as a person would list them."""
    *most, last = [name(op) for op in ops]
    return f"{', '.join(most)} and {last}" if most else last


def shows(op: Op) -> bool:
    """Return True if the operation ended with more than "done", so that a sentence can say what it returned.

    >>> shows(Op(0, "c", "read", status="ok", returned=1)), shows(Op(1, "c", "write", status="ok", returned=1))
    (True, False)
    """
    return op.status == "ok" and (op.f in READS or op.result is not None)
