"""Pipelined RAM: each client sees the writes of every other client in the order in which that one made them.

Clients need not agree on the order of writes by different clients, and nothing is said of what a writer had read.

Source: Lipton and Sandberg, "PRAM: a scalable shared memory", technical report CS-TR-180-88, Princeton, 1988.
"""

from __future__ import annotations

from functools import partial

from dscourse.checkers.patterns import edges, fewest, overwritten, together, unexplained
from dscourse.checkers.reads_from import Accesses, judge
from dscourse.checkers.refutation import Refutation
from dscourse.checkers.verdict import Verdict
from dscourse.history import History

__all__ = ["pram"]


def pram(history: History) -> Verdict:
    """Judge whether, for each client, an order of its reads and all writes keeps program order and explains them.

    Written values must differ; then this takes no search: see `patterns.unexplained`.

    >>> from dscourse.history import Op
    >>> rows = [("a", "write", "x", 1, None), ("a", "write", "y", 2, None), ("b", "read", "y", None, 2),
    ...         ("b", "read", "x", None, None)]
    >>> history = History(Op(n, *row[:4], "ok", row[4], 2 * n, 2 * n + 1) for n, row in enumerate(rows))
    >>> print(pram(history).reason)
    r3 returned nothing although w0 came before it: w0 → w1 → r2 → r3
    """
    return judge("PRAM", history, _pram, partial(_pram, small=True))


def _pram(accesses: Accesses, small: bool = False) -> Refutation | None:
    """Refute the first client whose reads no order explains; None if all are explained. ``small``: few operations."""
    for client in sorted({accesses.ops[read].process for read in accesses.source}):
        seen = accesses.only(
            [n not in accesses.source or op.process == client for n, op in enumerate(accesses.ops)]
        )
        found = _in_the_eyes_of_one(seen)
        if found is not None:
            return fewest(seen, _in_the_eyes_of_one) if small else found
    return None


def _in_the_eyes_of_one(accesses: Accesses) -> Refutation | None:
    """Refute that an order explains the reads, all of one client; None if one does."""
    order = edges(accesses)
    found = overwritten(accesses, order)
    if found is None and unexplained(accesses, order, accesses.source):
        what = "no order of the writes that keeps each client's own"
        return together(accesses, accesses.source, what)
    return found
