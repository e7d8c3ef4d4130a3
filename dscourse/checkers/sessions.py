"""The four session guarantees, on a client's own reads and writes, whichever servers answered them.

Source: Terry, Demers, Petersen, Spreitzer, Theimer and Welch, "Session guarantees for weakly consistent replicated
data", PDIS 1994; Viotti and Vukolić, "Consistency in non-transactional distributed storage systems", ACM Computing
Surveys 49(1), 2016, section 3.4. There a guarantee speaks of what servers hold. A history shows only what reads
returned, and a single read is explained by nearly any store, so here each guarantee is judged by what one client sees
after another sight of its own. In detail, where v is older than w if both are writes on the same key and one client
made v before w:

- *Read your writes*: after a client wrote w, its reads of that key return neither nothing nor what had to come before
  w: what is older than w, or what it had itself read before it wrote w, or what is older than that.
- *Monotonic reads*: after a client read w, its reads of that key return neither nothing nor what is older than w, nor
  another value that it had read before w, or what is older than that.
- *Monotonic writes*: after a client read w, it finds all that the writer of w had written before: a read on such a
  key returns neither nothing nor what is older than such a write, or than w.
- *Writes follow reads*: after a client read w, it finds all that the writer of w had read before it wrote w, and what
  the writers of that had read, and so on: a read on such a key returns neither nothing nor a write that another of
  these writes, or w, followed in this way. And no write follows itself.

The last two take the reader's own reads to be monotonic. Written values must differ, as `reads_from` tells.
"""

from __future__ import annotations

from collections.abc import Iterator

from dscourse.checkers.hidden_writes import monotonic_writes_refuted, writes_follow_reads_refuted
from dscourse.checkers.reads_from import Accesses, judge
from dscourse.checkers.refutation import Refutation
from dscourse.checkers.verdict import Verdict
from dscourse.history import History

__all__ = ["monotonic_reads", "monotonic_writes", "read_your_writes", "writes_follow_reads"]


def read_your_writes(history: History) -> Verdict:
    """Judge whether each client's reads show its own earlier writes.

    >>> from dscourse.history import Op
    >>> write = Op(0, "a", "write", "x", 1, "ok", None, 0, 1)
    >>> print(read_your_writes(History([write, Op(1, "a", "read", "x", None, "ok", None, 2, 3)])).reason)
    r1 returned nothing although w0, by the same client, came before it
    """
    return judge("read your writes", history, _read_your_writes)


def monotonic_reads(history: History) -> Verdict:
    """Judge whether no client's reads of a key go back.

    >>> from dscourse.history import Op
    >>> rows = [("a", "write", 1, None), ("a", "write", 2, None), ("b", "read", None, 2), ("b", "read", None, 1)]
    >>> history = History(
    ...     Op(n, *row[:2], "x", row[2], "ok", row[3], 2 * n, 2 * n + 1) for n, row in enumerate(rows)
    ... )
    >>> print(monotonic_reads(history).reason)
    r3 returned 1 although r2 had returned 2 to the same client, and w0 came before w1
    """
    return judge("monotonic reads", history, _monotonic_reads)


def monotonic_writes(history: History) -> Verdict:
    """Judge whether every client finds the writes of another in the order in which they were made.

    >>> from dscourse.history import Op
    >>> rows = [("a", "write", "x", 1, None), ("a", "write", "y", 2, None), ("b", "read", "y", None, 2),
    ...         ("b", "read", "x", None, None)]
    >>> history = History(Op(n, *row[:4], "ok", row[4], 2 * n, 2 * n + 1) for n, row in enumerate(rows))
    >>> print(monotonic_writes(history).reason)
    r3 returned nothing although r2 had returned 2, and its writer had made w0 before w1
    """
    return judge("monotonic writes", history, monotonic_writes_refuted)


def writes_follow_reads(history: History) -> Verdict:
    """Judge whether every client that finds a write also finds what its writer had read before.

    >>> from dscourse.history import Op
    >>> rows = [("a", "write", "x", 1, None), ("b", "read", "x", None, 1), ("b", "write", "y", 2, None),
    ...         ("c", "read", "y", None, 2), ("c", "read", "x", None, None)]
    >>> history = History(Op(n, *row[:4], "ok", row[4], 2 * n, 2 * n + 1) for n, row in enumerate(rows))
    >>> print(writes_follow_reads(history).reason)
    r4 returned nothing although r3 had returned 2, and w0 had been read before w2 was made
    """
    return judge("writes follow reads", history, writes_follow_reads_refuted)


# What a client did to one key, in its order.


def _older(accesses: Accesses) -> dict[int, int]:
    """For each write the writes on its key that its client had completed before, as bits."""
    done: dict[tuple[str, object], int] = {}
    older = {}
    for index, op in enumerate(accesses.ops):
        if index not in accesses.source:
            older[index] = done.get((op.process, op.key), 0)
            if op.status == "ok":
                done[op.process, op.key] = older[index] | 1 << index
    return older


def _by_client_and_key(accesses: Accesses) -> Iterator[list[int]]:
    """Yield the indices of what one client completed on one key, in its order."""
    found: dict[tuple[str, object], list[int]] = {}
    for index, op in enumerate(accesses.ops):
        if op.status == "ok":
            found.setdefault((op.process, op.key), []).append(index)
    yield from found.values()


def _read_your_writes(accesses: Accesses) -> Refutation | None:
    older = _older(accesses)
    for indices in _by_client_and_key(accesses):
        own, known, before_own = None, 0, 0
        for index in indices:
            if index not in accesses.source:
                own, before_own = index, known | older[index]
                known = before_own | 1 << index
                continue
            write = accesses.source[index]
            if own is not None and (write is None or before_own >> write & 1):
                return _not_its_own(accesses, indices, index, own)
            if write is not None:
                known |= older[write] | 1 << write
    return None


def _not_its_own(accesses: Accesses, indices: list[int], read: int, own: int) -> Refutation:
    """Refute a read that misses the client's ``own`` write, or goes back behind what it had read before that."""
    write, source, older = accesses.source[read], accesses.source, _older(accesses)
    claim, own_name = accesses.claim(read), accesses.names([own])
    if write is None:
        reason = f"{claim} although {own_name}, by the same client, came before it"
        return Refutation(reason, accesses.ids((own, read)))
    if older[own] >> write & 1:
        reason = f"{claim} although {own_name}, by the same client, had replaced that"
        return Refutation(reason, accesses.ids((own, write, read)))
    first = next(
        r for r in indices
        if (seen := source.get(r)) is not None and (seen == write or older[seen] >> write & 1)
    )  # fmt: skip
    reason = f"{claim} although {own_name}, by the same client, came after {accesses.earlier_claim(first)}"
    return Refutation(reason, accesses.ids((own, write, first, source[first], read)))


def _monotonic_reads(accesses: Accesses) -> Refutation | None:
    older = _older(accesses)
    for indices in _by_client_and_key(accesses):
        seen: list[int] = []  # the reads that returned a value
        gone = 0
        for index in indices:
            if index not in accesses.source:
                continue
            write = accesses.source[index]
            if seen and (write is None or gone >> write & 1):
                return _went_back(accesses, seen, index, older)
            if write is not None:
                last = accesses.source[seen[-1]] if seen else write
                replaced = 0 if last is None or last == write else 1 << last
                gone |= older[write] | replaced
                seen.append(index)
    return None


def _went_back(accesses: Accesses, seen: list[int], read: int, older: dict[int, int]) -> Refutation:
    """Among the reads ``seen`` the one after which this one goes back, and why."""
    write, source = accesses.source[read], accesses.source
    if write is None:
        reason = (
            f"{accesses.claim(read)} although {accesses.earlier_claim(seen[-1])} to the same client"
        )
        return Refutation(reason, accesses.ids((seen[-1], source[seen[-1]], read)))
    for earlier in reversed(seen):
        newer = source[earlier]
        if newer is not None and older[newer] >> write & 1:
            why = f"to the same client, and {accesses.names((write, newer), ' came before ')}"
            reason = f"{accesses.claim(read)} although {accesses.earlier_claim(earlier)} {why}"
            return Refutation(reason, accesses.ids((earlier, newer, read, write)))
    return _returned_to(accesses, seen, read, older)


def _returned_to(
    accesses: Accesses, seen: list[int], read: int, older: dict[int, int]
) -> Refutation:
    """Refute a read of a write that its client had read, or a newer one of its writer, before another in between."""
    write, source = accesses.source[read], accesses.source
    first = next(
        r for r in seen
        if source[r] == write or (write is not None and older[source[r] or 0] >> write & 1)
    )  # fmt: skip
    between = next(r for r in seen if r > first and source[r] != source[first])
    claim = f"{accesses.earlier_claim(first)} and {accesses.earlier_claim(between)} since"
    reason = f"{accesses.claim(read)} although to the same client {claim}"
    indices = (first, source[first], between, source[between], read, write)
    return Refutation(reason, accesses.ids(indices))
