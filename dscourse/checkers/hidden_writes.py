"""Earlier writes hidden from a client that has read a later one: two of the session guarantees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from dscourse.checkers.order import bits, chain, cycle, pasts, topological
from dscourse.checkers.reads_from import Accesses
from dscourse.checkers.refutation import Refutation

__all__ = ["monotonic_writes_refuted", "writes_follow_reads_refuted"]


def monotonic_writes_refuted(accesses: Accesses) -> Refutation | None:
    """Refute monotonic writes: each write comes after its client's write before it."""
    last: dict[str, int] = {}
    before: list[list[int]] = []
    for index, op in enumerate(accesses.ops):
        writes = index not in accesses.source
        before.append([last[op.process]] if writes and op.process in last else [])
        if writes and op.status == "ok":
            last[op.process] = index
    return _hidden(accesses, before, "its writer had made {} before {}")


def writes_follow_reads_refuted(accesses: Accesses) -> Refutation | None:
    """Refute writes-follow-reads: a write comes after its client's last read, and that after its write."""
    last: dict[str, int] = {}
    before: list[list[int]] = []
    for index, op in enumerate(accesses.ops):
        before.append([last[op.process]] if op.process in last else [])
        if index in accesses.source:
            write = accesses.source[index]
            before[index] += [] if write is None else [write]
            last[op.process] = index
    around = cycle(before)
    if around:
        reason = f"each was made after the one before it had been read, in a cycle: {accesses.names(around)}"
        return Refutation(reason, accesses.ids(around))
    return _hidden(accesses, before, "{} had been read before {} was made")


def _hidden(accesses: Accesses, before: list[list[int]], why: str) -> Refutation | None:
    """Refute a read that misses a write ordered by ``before`` ahead of one that its client had read."""
    past = pasts(before) or []
    replaced = [0] * len(past)  # by the write at an index and the writes before it
    for index in topological(before):
        for one in before[index]:
            replaced[index] |= replaced[one]
        if index not in accesses.source:
            replaced[index] |= past[index] & accesses.of_key(index)
    for line in accesses.lines:
        found = gone = 0
        for read in filter(accesses.source.__contains__, line):
            write = accesses.source[read]
            if found & accesses.of_key(read) if write is None else gone >> write & 1:
                return _missed(accesses, read, line, before, why)
            if write is not None:
                found, gone = found | past[write], gone | replaced[write]
    return None


def _missed(
    accesses: Accesses, read: int, line: tuple[int, ...], before: list[list[int]], why: str
) -> Refutation:
    """Refute a read by the earlier read after which it should have found more."""
    write, past = accesses.source[read], pasts(before) or []
    for earlier in line:
        seen = accesses.source.get(earlier)
        if seen is None or earlier >= read:
            continue
        for missed in bits((past[seen] | 1 << seen) & accesses.of_key(read)):
            if missed != seen if write is None else past[missed] >> write & 1:
                first = write if missed == seen and write is not None else missed
                pair = why.format(accesses.names([first]), accesses.names([seen]))
                reason = (
                    f"{accesses.claim(read)} although {accesses.earlier_claim(earlier)}, and {pair}"
                )
                if write is not None and first != write:
                    reason += f", and {accesses.names([write])} before that"
                steps = _steps(accesses, before, (first if write is None else write, missed, seen))
                return Refutation(reason, accesses.ids((read, earlier, *steps)))
    raise AssertionError("no earlier read reveals the write that this one misses")


def _steps(accesses: Accesses, before: list[list[int]], stops: Sequence[int]) -> Iterator[int]:
    """Yield the stops, and between them what is needed to see that each comes before the next."""
    yield from stops
    for start, end in pairwise(stops):
        for one, then in pairwise(chain(before, start, end)):
            if (one in accesses.source) != (then in accesses.source):
                yield from (one, then)
