"""A set that only grows and is read with delay, as after a broadcast: an acknowledged element lasts.

An element is *known* from the moment at which its add was acknowledged or a read that holds it returned. A read that
begins later may still lack it: such a set is only eventually consistent. But the final reads have to hold it, or it
is *lost*. How long reads went on to lack an element that stayed is its lateness (Maelstrom's stable latency).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from dscourse.checkers.evidence import guarded, nothing
from dscourse.checkers.refutation import Refutation, shown, time_before
from dscourse.checkers.specification import MisfitError
from dscourse.checkers.verdict import Verdict, name
from dscourse.core.equality import token
from dscourse.core.wording import count
from dscourse.history import History, Op

__all__ = ["grow_only_set", "lateness_ms"]

ADDS = ("add", "broadcast")


@dataclass(slots=True)
class _Element:
    """One element of the set: its adds, and the operation that made it known."""

    value: object
    adds: list[Op] = field(default_factory=list)
    known_by: Op | None = None  # the operation whose end made it known

    @property
    def known(self) -> float:
        return (
            math.inf
            if self.known_by is None or self.known_by.returned is None
            else self.known_by.returned
        )


@dataclass(slots=True)
class _Seen:
    """The elements by their tokens, and for each read that returned the elements in it."""

    elements: dict[object, _Element]
    reads: list[tuple[Op, Counter[object]]]


def grow_only_set(history: History, final_from_ms: float | None = None) -> Verdict:
    """Judge whether no read holds an element twice or one that nobody added, and no known element is lost.

    Operations are ``add`` or ``broadcast`` with the element as value, and ``read``, whose result is a sequence. Final
    are the reads that began at ``final_from_ms`` or later. Without it, it is only the read that began last, as in
    Jepsen's ``set-full``. An element whose add has an unknown outcome may be there or not; one whose add failed may
    not. O(reads × elements).

    >>> add = Op(0, "a", "add", None, 3, "ok", None, 0, 1, 0.0, 2.0)
    >>> print(grow_only_set(History([add, Op(1, "b", "read", None, None, "ok", (), 2, 3, 12.0, 13.0)])).reason)
    3 is lost: add 0 was acknowledged 10 ms before r1 began, and r1 lacks it
    """
    title = "every acknowledged element lasts"
    return guarded(title, history, lambda kept: _judge(title, kept, final_from_ms))


def _judge(title: str, history: History, final_from_ms: float | None) -> Verdict:
    seen = _seen(history)
    wrong = _impossible(seen)
    final = _final(seen, final_from_ms)
    checked = {
        element
        for read, _ in final
        for element, one in seen.elements.items() if one.known < read.invoked
    }  # fmt: skip
    judged = f"{count(len(seen.reads), 'read')}, {count(len(checked), 'known element')}"
    if wrong:
        return Verdict(title, False, wrong.reason, refuting=wrong.refuting, judged=judged)
    if any(_losses(seen, final)):
        return Verdict.explained(title, lambda: _lost(list(_losses(seen, final))), judged)
    if final_from_ms is not None and seen.reads and not final:
        return Verdict(
            title, None, f"no read began after {final_from_ms:g} ms: the final reads are missing"
        )
    if not checked:
        return nothing(title, "no read began after an element was known")
    return Verdict(title, True, judged=judged)


def _seen(history: History) -> _Seen:
    """Return the elements and reads of a history. Raise MisfitError for other operations."""
    seen = _Seen({}, [])
    for op in history:
        if op.f in ADDS:
            one = seen.elements.setdefault(token(op.value), _Element(op.value))
            one.adds.append(op)
            if op.status == "ok":
                _know(one, op)
        elif op.f != "read":
            raise MisfitError(f"operation {op.id} is {op.f!r}: a set has add, broadcast and read")
        elif op.status == "ok":
            if not isinstance(op.result, tuple | list):
                raise MisfitError(
                    f"{name(op)} returned {op.result!r}: a sequence of elements is required"
                )
            seen.reads.append((op, Counter(map(token, op.result))))
    for op, elements in seen.reads:
        for element in elements:
            if element in seen.elements:
                _know(seen.elements[element], op)
    return seen


def _know(one: _Element, op: Op) -> None:
    if op.returned is not None and op.returned < one.known:
        one.known_by = op


def _impossible(seen: _Seen) -> Refutation | None:
    """Return the first read of an element that could not be in it, or was in it twice."""
    for read, elements in seen.reads:
        for element, number in elements.items():
            one = seen.elements.get(element)
            adds = [] if one is None else [op for op in one.adds if op.invoked < read.end]
            if number == 1 and any(op.status != "fail" for op in adds):
                continue
            assert isinstance(read.result, tuple | list)
            value = next(value for value in read.result if token(value) == element)
            if not adds:
                reason = f"{name(read)} returned {shown(value)}, which nobody had added"
            elif number > 1:
                reason = f"{name(read)} returned {shown(value)} {number} times"
            else:
                reason = (
                    f"{name(read)} returned {shown(value)}, although {name(adds[0])} had failed"
                )
                return Refutation(reason, (adds[0].id, read.id))
            return Refutation(reason, (read.id,))
    return None


def _final(seen: _Seen, final_from_ms: float | None) -> list[tuple[Op, Counter[object]]]:
    if final_from_ms is None:
        return seen.reads[-1:]
    return [read for read in seen.reads if read[0].invoked_ms >= final_from_ms]


def _losses(seen: _Seen, final: list[tuple[Op, Counter[object]]]) -> Iterator[tuple[_Element, Op]]:
    """Yield each known element with the first final read that lacks it."""
    for element, one in seen.elements.items():
        for read, elements in final:
            if one.known < read.invoked and element not in elements:
                yield one, read
                break


def _lost(losses: list[tuple[_Element, Op]]) -> Refutation:
    one, read = losses[0]
    by = one.known_by
    assert by is not None
    how = "was acknowledged" if by.f in ADDS else "had returned it"
    reason = f"{shown(one.value)} is lost: {name(by)} {how} {time_before(by, read)}, and {name(read)} lacks it"
    if len(losses) > 1:
        reason += f"; {count(len(losses) - 1, 'other element')} {'is' if len(losses) == 2 else 'are'} lost too"
    return Refutation(reason, (by.id, read.id))


def lateness_ms(history: History) -> list[float]:
    """Return for each known element that the last read holds how long reads still lacked it, in ms, sorted.

    That is the time from the moment at which it was known to the beginning of the last read without it, or 0.

    >>> ops = [Op(0, "a", "add", None, 3, "ok", None, 0, 1, 0.0, 2.0)]
    >>> ops += [Op(1, "b", "read", None, None, "ok", (), 2, 3, 12.0, 13.0)]
    >>> lateness_ms(History([*ops, Op(2, "b", "read", None, None, "ok", (3,), 4, 5, 20.0, 21.0)]))
    [10.0]
    """
    seen = _seen(history)
    late = []
    for element, one in seen.elements.items():
        after = [(read, elements) for read, elements in seen.reads if read.invoked > one.known]
        if after and element in after[-1][1] and one.known_by is not None:
            lacking = [read.invoked_ms for read, elements in after if element not in elements]
            since = one.known_by.returned_ms or 0.0
            late.append(max(0.0, max(lacking) - since) if lacking else 0.0)
    return sorted(late)
