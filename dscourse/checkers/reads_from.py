"""The reads-from relation and each client's program order, on which the weaker models rest.

A read names its write if no other write put the same value under its key; the value before all writes counts as
written by nobody, and a delete as a write of None. Then three things are no longer a matter of search: a value that
nobody wrote, a value whose write failed, and a value that the reader itself wrote only later refute every model.

An open write whose value was read did happen; the others are left out. It comes after what its client had done before
it, but before nothing: it may have taken its time. Time plays no part in these models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from dscourse.checkers.evidence import guarded, judged, nothing
from dscourse.checkers.refutation import Refutation, shown, unwritten
from dscourse.checkers.verdict import Verdict, name
from dscourse.core.equality import PLAIN, same, token
from dscourse.history import History, Op

__all__ = ["Accesses", "judge"]

_READS = frozenset({"read", "get"})
_WRITES = frozenset({"write", "put", "delete"})


@dataclass(frozen=True, slots=True)
class Accesses:
    """The reads and writes that count, by index: ``ops[index]``; sets of indices are the bits of an int.

    ``source`` gives for each read the index of its write, None for the value before all writes. ``lines`` are the
    indices of what each client completed, in its order, and each open write alone. ``before`` is, for each index, the
    index of what its client completed last, or None. ``writes`` are the writes on each key, as bits.
    """

    ops: tuple[Op, ...]
    source: dict[int, int | None]
    lines: tuple[tuple[int, ...], ...]
    before: tuple[int | None, ...]
    writes: dict[object, int]

    @classmethod
    def of(cls, ops: Iterable[Op], writer: dict[int, Op | None]) -> Accesses:
        """From operations in the order of their invocation, and the write of each read by the read's id."""
        ops = tuple(ops)
        index = {op.id: n for n, op in enumerate(ops)}
        lines: dict[object, list[int]] = {}
        before: list[int | None] = []
        writes: dict[object, int] = {}
        source: dict[int, int | None] = {}
        for n, op in enumerate(ops):
            line = lines.get(op.process)
            before.append(line[-1] if line else None)
            lines.setdefault(op.process if op.status == "ok" else n, []).append(n)
            if op.f in _WRITES:
                writes[op.key] = writes.get(op.key, 0) | 1 << n
            else:
                found = writer[op.id]
                source[n] = None if found is None else index[found.id]
        return cls(ops, source, tuple(map(tuple, lines.values())), tuple(before), writes)

    def only(self, keep: Sequence[bool]) -> Accesses:
        """Return these reads, and these writes and all that one of these reads returned."""
        kept = {n for n, yes in enumerate(keep) if yes}
        kept |= {w for n, w in self.source.items() if n in kept and w is not None}
        writer = {
            self.ops[n].id: None if w is None else self.ops[w] for n, w in self.source.items()
        }
        return Accesses.of((op for n, op in enumerate(self.ops) if n in kept), writer)

    def of_key(self, index: int) -> int:
        """Return the writes on the key of the operation at this index, as bits."""
        return self.writes.get(self.ops[index].key, 0)

    def names(self, indices: Iterable[int | None], between: str = " → ") -> str:
        """Return the operations at these indices, by name."""
        return between.join(name(self.ops[n]) for n in indices if n is not None)

    def ids(self, indices: Iterable[int | None]) -> tuple[int, ...]:
        """Return the ids of the operations at these indices, sorted."""
        return tuple(sorted({self.ops[n].id for n in indices if n is not None}))

    def claim(self, read: int) -> str:
        """Describe a read, as in ``r2 returned 1``."""
        op = self.ops[read]
        return f"{name(op)} returned {shown(op.result)}"

    def earlier_claim(self, read: int) -> str:
        """Describe an earlier read, as in ``r2 had returned 1``."""
        op = self.ops[read]
        return f"{name(op)} had returned {shown(op.result)}"


Refute = Callable[[Accesses], Refutation | None]


def judge(model: str, history: History, refute: Refute, explain: Refute | None = None) -> Verdict:
    """Return the verdict of ``refute`` if every read names its write; None, and why, if that cannot be said.

    ``explain`` finds what ``refute`` finds, with more work, in fewer operations; it is called if a caller asks for
    them.
    """
    return guarded(model, history, lambda kept: _judged(model, kept, refute, explain))


def _judged(model: str, history: History, refute: Refute, explain: Refute | None) -> Verdict:
    found: Accesses | Refutation | str = _unfit(history) or _accesses(history)
    if isinstance(found, str):
        return Verdict(model, None, found)
    rests_on = judged(history, _is_evidence)
    if isinstance(found, Refutation):
        return Verdict(model, False, found.reason, (), found.refuting, rests_on)
    if not found.source:
        return nothing(model)
    refutation = refute(found)
    if refutation is None:
        return Verdict(model, True, judged=rests_on)
    accesses = found
    fewer = (lambda: explain(accesses) or refutation) if explain else (lambda: refutation)
    return Verdict.explained(model, fewer, rests_on)


def _is_evidence(op: Op) -> bool:
    return op.status == "ok" and op.f in _READS


def _unfit(history: History) -> str:
    """Return the operation that is neither read nor write, in a sentence; "" if there is none."""
    for op in history:
        if op.f not in _READS | _WRITES:
            return f"operation {op.id} is {op.f!r}: this model is judged on reads and writes alone"
    return ""


def _accesses(history: History) -> Accesses | Refutation | str:
    """Return each read with its write; or a refutation of every model; or why a read does not name its write."""
    ops = [op if type(op.key) in PLAIN else replace(op, key=token(op.key)) for op in history]
    writers: dict[tuple[object, object], list[Op | None]] = {(op.key, None): [None] for op in ops}
    for op in ops:
        if op.f in _WRITES and op.status != "fail":
            writers.setdefault((op.key, token(_written(op))), []).append(op)
    reads = [op for op in ops if _is_evidence(op)]
    found: dict[int, Op | None] = {}
    unclear = ""
    for read in reads:
        several = _looked_up(writers, read)
        if len(several) == 1 and not _too_early(read, several[0]):
            found[read.id] = several[0]
        elif len(several) > 1:
            unclear = unclear or _ambiguous(read, several)
        elif _siblings(read, writers):
            unclear = unclear or f"{name(read)} returned several values at once: a register has one"
        else:
            return _without_source(read, several, ops)
    if unclear:
        return unclear
    happened = {op.id for op in found.values() if op is not None}
    counted = (op for op in ops if op.status == "ok" or op.id in happened)
    return Accesses.of(counted, found)


def _written(op: Op) -> object:
    return None if op.f == "delete" else op.value


def _looked_up(writers: dict[tuple[object, object], list[Op | None]], read: Op) -> list[Op | None]:
    """Return the writes of the value that was read; to a ``get`` an empty string is no value, as in `KeyValue`."""
    empty = writers[read.key, None] if read.f == "get" and same(read.result, "") else []
    return writers.get((read.key, token(read.result)), []) + empty


def _too_early(read: Op, write: Op | None) -> bool:
    """Return True if the reader wrote this value itself, and later."""
    return write is not None and write.process == read.process and write.invoked > read.invoked


def _ambiguous(read: Op, several: Sequence[Op | None]) -> str:
    what = " and ".join("the value before all writes" if op is None else name(op) for op in several)
    return f"{name(read)} returned {shown(read.result)}, which may come from {what}: written values must differ"


def _siblings(read: Op, writers: dict[tuple[object, object], list[Op | None]]) -> bool:
    """Return True if the read returned a collection of values that were written."""
    if not isinstance(read.result, tuple | list | set | frozenset) or not read.result:
        return False
    return all((read.key, token(value)) in writers for value in read.result)


def _without_source(read: Op, several: Sequence[Op | None], ops: Iterable[Op]) -> Refutation:
    """Why no write can have given the read its value."""
    claim = f"{name(read)} returned {shown(read.result)}"
    for write in several:
        if write is not None:
            reason = f"{claim}, which its own client wrote only later, by {name(write)}"
            return Refutation(reason, (read.id, write.id))
    for op in ops:
        failed = op.status == "fail" and op.f in _WRITES and op.key == read.key
        if failed and same(_written(op), read.result):
            reason = f"{claim}, a value of a write that failed, {name(op)}"
            return Refutation(reason, (op.id, read.id))
    return unwritten(read)
