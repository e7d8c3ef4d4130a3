"""Checkers: processor time and memory from a thousand to a million operations, and with clients.

Each row is judged in a process of its own. Its memory is what the verdict takes above the history. The general search
is asked for what it is worst at, too: a register with compare-and-set on which many clients work at once, with
results that some orders nearly explain; if need be, its budget of states ends it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace

from benchmarks.checkers import compare_and_set, recorded, unique_writes
from benchmarks.growth.rows import apart, peak_mb
from benchmarks.linearizability import appends
from dscourse.checkers import CasRegister, KeyValue, Register, linearizable
from dscourse.history import History

__all__ = ["CURVES", "measured", "run"]


def unique(operations: int, clients: int) -> History:
    """Reads and writes of unique values on one register."""
    return recorded(Register(), unique_writes, operations, clients, 1)


def compared(operations: int, clients: int) -> History:
    """Reads, writes and compare-and-sets of five values on one register."""
    return recorded(CasRegister(), compare_and_set, operations, clients, 1)


def texts(operations: int, clients: int) -> History:
    """Gets, appends and puts on a thousandth as many keys as operations."""
    return recorded(KeyValue(), appends, operations, clients, 1, keys=max(1, operations // 1_000))


def misreported(operations: int, clients: int) -> History:
    """The history of `compared`, in whose second half every third refused compare-and-set claims success."""
    ops = list(compared(operations, clients))
    refused = [n for n, op in enumerate(ops) if op.f == "cas" and op.result is False]
    for n in [n for n in refused if n >= operations // 2][2::3]:
        ops[n] = replace(ops[n], result=True)
    return History(ops)


_SIZES = (1_000, 10_000, 100_000, 1_000_000)
_CLIENTS = (5, 10, 15, 20, 25, 30)
# By name: the histories, the numbers of operations and of clients, and how many states a search may look at.
CURVES: dict[str, tuple[Callable[[int, int], History], tuple[tuple[int, int], ...], int]] = {
    "unique values": (unique, tuple((size, 10) for size in _SIZES), 1_000_000),
    "compare-and-set": (compared, tuple((size, 5) for size in _SIZES), 3_000_000),
    "texts": (texts, tuple((size, 10) for size in _SIZES), 3_000_000),
    "clients": (compared, tuple((500, clients) for clients in _CLIENTS), 1_000_000),
    "misreported": (misreported, tuple((200, clients) for clients in _CLIENTS), 200_000),
}


def measured(curve: str, operations: int, clients: int) -> str:
    """Return one row: the verdict, its processor time in all and per operation, and its memory."""
    make, _, budget = CURVES[curve]
    history = make(operations, clients)
    before_mb = peak_mb()
    start = time.process_time()
    verdict = linearizable(history, budget=budget)
    seconds = time.process_time() - start
    return (
        f"{curve:<16} {operations:>10,} {clients:>8} {verdict.ok!s:>8} {verdict.states:>10,} {seconds:>9.3f} "
        f"{seconds / operations * 1e6:>8.1f} {peak_mb() - before_mb:>8.0f}"
    )


def run(most: int = 1_000_000) -> str:
    """A table of all curves, up to ``most`` operations."""
    head = f"{'histories':<16} {'operations':>10} {'clients':>8} {'verdict':>8} {'states':>10}"
    rows = [f"{head} {'seconds':>9} {'µs/op':>8} {'MB':>8}"]
    for curve, (_, points, _) in CURVES.items():
        for operations, clients in points:
            if operations <= most:
                rows.append(apart(sys.modules[__name__], curve, operations, clients))
    return "\n".join(rows)
