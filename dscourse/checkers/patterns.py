"""The bad patterns of reads and writes whose written values differ: no order of operations can explain one.

An order is given by its edges: for each index, the indices right before it.

Source: Bouajjani, Enea, Guerraoui and Hamza, "On verifying causal consistency", POPL 2017.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from dscourse.checkers.order import bits, chain, cycle, pasts
from dscourse.checkers.reads_from import Accesses
from dscourse.checkers.refutation import FEW, Refutation

__all__ = ["Find", "edges", "fewest", "overwritten", "together", "unexplained"]

Find = Callable[[Accesses], Refutation | None]
_TRIES = 300


def edges(accesses: Accesses) -> list[list[int]]:
    """Return each client's own order, and each write before the reads that returned it."""
    found = [[] if index is None else [index] for index in accesses.before]
    for read, write in accesses.source.items():
        if write is not None and write not in found[read]:
            found[read].append(write)
    return found


def overwritten(accesses: Accesses, before: list[list[int]]) -> Refutation | None:
    """Refute by a cycle (CyclicCO), or by a read of an overwritten value (WriteCOInitRead, WriteCORead)."""
    past = pasts(before)
    if past is None:
        return _cycle(accesses, before)
    future = _futures(accesses, past)
    for read, write in accesses.source.items():
        known = past[read] & accesses.of_key(read)
        between = known if write is None else known & future.get(write, 0)
        if between:
            return _replaced(accesses, before, read, last(between))
    return None


def _futures(accesses: Accesses, past: Sequence[int]) -> dict[int, int]:
    """For each write that was read the later writes on its key, as bits."""
    future: dict[int, int] = {}
    for write in {write for write in accesses.source.values() if write is not None}:
        later = (index for index in bits(accesses.of_key(write)) if past[index] >> write & 1)
        future[write] = sum(1 << index for index in later)
    return future


def _cycle(accesses: Accesses, before: list[list[int]]) -> Refutation:
    around = cycle(before)
    short = _without_detours(accesses, [*around, around[0]])
    return Refutation(
        f"what comes before what runs in a cycle: {accesses.names(short)}", accesses.ids(short)
    )


def _replaced(accesses: Accesses, before: list[list[int]], read: int, between: int) -> Refutation:
    """Refute a read by the path from the write that it returned over the write that replaced that."""
    write = accesses.source[read]
    path = chain(before, between, read)
    claim, by = accesses.claim(read), accesses.names([between])
    if write is None:
        short = _without_detours(accesses, path)
        reason = f"{claim} although {by} came before it: {accesses.names(short)}"
        return Refutation(reason, accesses.ids(short))
    path = [*chain(before, write, between), *path[1:]]
    short = _without_detours(accesses, path, keep=between)
    writer = accesses.names([write])
    reason = f"{claim} although {by} came after {writer} and before it: {accesses.names(short)}"
    return Refutation(reason, accesses.ids(short))


def _without_detours(accesses: Accesses, path: Sequence[int], keep: int = -1) -> list[int]:
    """Return the path without the indices between two operations of one client, except ``keep``."""
    short: list[int] = []
    for index in path:
        while len(short) > 1 and short[-1] != keep:
            one, two, three = (accesses.ops[n] for n in (*short[-2:], index))
            if not one.process == two.process == three.process or one.status != "ok":
                break
            short.pop()
        short.append(index)
    return short


def unexplained(accesses: Accesses, before: list[list[int]], reads: Iterable[int]) -> bool:
    """Return True if no order of the writes and one client's ``reads`` that keeps the edges gives each its value.

    If a write comes before a read of another write on its key, it comes before that write. This is added to the
    order until nothing is new; a cycle (CyclicHB), or a write before a read of nothing (WriteHBInitRead), refutes.
    Nothing else can: without these, let each write that comes after the one a read returned come after the read too.
    As the reads stand in one line, a cycle of such steps would have been one before.
    """
    order, reads = [list(predecessors) for predecessors in before], list(reads)
    lines = [sum(1 << index for index in line) for line in accesses.lines]
    while (past := pasts(order)) is not None:
        new: set[tuple[int, int]] = set()
        for read in reads:
            write, known = accesses.source[read], past[read] & accesses.of_key(read)
            if write is None:
                if known:
                    return True
                continue
            missing = known & ~past[write] & ~(1 << write)
            new |= {(last(missing & line), write) for line in lines if missing & line}
        if not new:
            return False
        for one, then in sorted(new):
            order[then].append(one)
    return True


def last(mask: int) -> int:
    """Return the highest index in a set."""
    return mask.bit_length() - 1


def fewest(accesses: Accesses, find: Find) -> Refutation | None:
    """Return the finding of ``find`` on as few of the operations as can be found quickly; None if it finds nothing.

    A read can be left out, and a write that nobody read: what is refuted then was refuted before.
    """
    found, tries, size = find(accesses), 0, len(accesses.ops)
    while found is not None and size:
        start, changed = 0, False
        while start < len(accesses.ops) and tries < _TRIES:
            keep = [not start <= n < start + size for n in range(len(accesses.ops))]
            fewer = accesses.only(keep)
            smaller = None
            if len(fewer.ops) < len(accesses.ops):
                smaller, tries = find(fewer), tries + 1
            if smaller is None:
                start += size
            else:
                accesses, found, changed = fewer, smaller, True
        size = size if changed and size == 1 else size // 2
    return found


def together(accesses: Accesses, reads: Iterable[int], what: str) -> Refutation:
    """Refute that an order explains these reads; ``what`` says which orders are meant."""
    claim = [accesses.claim(read) for read in reads]
    ids = accesses.ids(range(len(accesses.ops)))
    if len(accesses.ops) > FEW:
        return Refutation(f"{what} explains all reads", ids)
    return Refutation(f"{', '.join(claim)}: {what} explains that", ids)
