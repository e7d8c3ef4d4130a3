"""Causal consistency in its three usual forms, by bad patterns.

An operation comes *causally before* another if its client did it first, or if the other read what it wrote, or over
several such steps. All forms keep this order. They differ in what must agree:

- *causal memory* (CM), the form that is usually meant: each client has one such order for all of its reads.
- *causal convergence* (CCv): all clients have the same order, so replicas with the same writes hold the same.
- *weak causal* (CC): each read alone returns what some order of its causal past leaves. Two reads of one client may
  see writes that are concurrent in different orders: there and back, 1, 2, 1. So it does not imply PRAM.

CM and CCv each imply CC, and neither implies the other; only CM implies PRAM. For histories whose written values
differ each form holds if and only if none of its patterns occurs.

Source: Bouajjani, Enea, Guerraoui and Hamza, "On verifying causal consistency", POPL 2017; causal memory:
Ahamad, Neiger, Burns, Kohli and Hutto, "Causal memory", Distributed Computing 9, 1995.
"""

from __future__ import annotations

from functools import partial

from dscourse.checkers.order import pasts, topological
from dscourse.checkers.patterns import edges, fewest, last, overwritten, together, unexplained
from dscourse.checkers.reads_from import Accesses, judge
from dscourse.checkers.refutation import Refutation
from dscourse.checkers.verdict import Verdict
from dscourse.history import History

__all__ = ["causal_convergence", "causal_memory", "weak_causal"]


def weak_causal(history: History) -> Verdict:
    """Judge whether each read, taken alone, returns what some order of its causal past leaves: the form CC.

    Written values must differ. Takes about n² / 64 steps of the machine for n operations.

    >>> from dscourse.history import Op
    >>> rows = [("a", "write", 1, None), ("b", "read", None, 1), ("b", "write", 2, None), ("c", "read", None, 2),
    ...         ("c", "read", None, 1)]
    >>> history = History(Op(n, *row[:2], "x", row[2], "ok", row[3], 2 * n, 2 * n + 1) for n, row in enumerate(rows))
    >>> print(weak_causal(history).reason)
    r4 returned 1 although w2 came after w0 and before it: w0 → r1 → w2 → r3 → r4
    """
    return judge("weak causal", history, _weak_causal)


def causal_memory(history: History) -> Verdict:
    """Judge whether, for each client, one causal order of its reads and all writes explains its reads: CM.

    >>> from dscourse.history import Op
    >>> rows = [("a", "write", 1, None), ("b", "write", 2, None), ("c", "read", None, 1), ("c", "read", None, 2),
    ...         ("c", "read", None, 1)]
    >>> history = History(Op(n, *row[:2], "x", row[2], "ok", row[3], 2 * n, 2 * n + 1) for n, row in enumerate(rows))
    >>> weak_causal(history).ok, causal_memory(history).ok
    (True, False)
    """
    return judge("causal memory", history, _causal_memory, partial(fewest, find=_causal_memory))


def causal_convergence(history: History) -> Verdict:
    """Judge whether one causal order of all writes gives each read the last write in its past: CCv.

    >>> from dscourse.history import Op
    >>> rows = [("a", "write", 1, None), ("b", "write", 2, None), ("a", "read", None, 2), ("b", "read", None, 1)]
    >>> history = History(Op(n, *row[:2], "x", row[2], "ok", row[3], 2 * n, 2 * n + 1) for n, row in enumerate(rows))
    >>> causal_memory(history).ok, causal_convergence(history).ok
    (True, False)
    """
    return judge("causal convergence", history, _convergence, partial(fewest, find=_convergence))


def _weak_causal(accesses: Accesses) -> Refutation | None:
    return overwritten(accesses, edges(accesses))


def _causal_memory(accesses: Accesses) -> Refutation | None:
    order = edges(accesses)
    found = overwritten(accesses, order)
    if found is not None:
        return found
    for line in accesses.lines:
        reads = [index for index in line if index in accesses.source]
        if reads and unexplained(accesses, order, reads):
            return together(accesses, reads, "no order of the writes that keeps causality")
    return None


def _convergence(accesses: Accesses) -> Refutation | None:
    """Of two writes on a key in the past of a read, the one that it returned is the later (CyclicCF)."""
    order = edges(accesses)
    found = overwritten(accesses, order)
    if found is not None:
        return found
    past = pasts(order) or []
    lines = [sum(1 << index for index in line) for line in accesses.lines]
    new = {
        (last(lost & line), write)
        for read, write in accesses.source.items() if write is not None
        for lost in [past[read] & accesses.of_key(read) & ~(1 << write)]
        for line in lines if lost & line
    }  # fmt: skip
    for one, then in new:
        order[then].append(one)
    if len(topological(order)) == len(order):
        return None
    return together(accesses, accesses.source, "no one order of the writes that keeps causality")
