"""A counter that is only eventually consistent: its final reads are possible sums.

Whether a counter is linearizable is judged by `linearizable(history, Counter())`. Here a read may miss any of the
adds while they spread. What it returns in the end has to be the sum of all acknowledged adds, and of any choice of
those whose outcome is unknown.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import Any

from dscourse.checkers.evidence import guarded, nothing
from dscourse.checkers.refutation import Refutation
from dscourse.checkers.specification import MisfitError
from dscourse.checkers.specifications.counter import is_number
from dscourse.checkers.sums import Sums
from dscourse.checkers.verdict import Verdict, name
from dscourse.core.wording import count
from dscourse.history import History, Op

__all__ = ["counter"]


def counter(history: History, final_from_ms: float | None = None) -> Verdict:
    """Judge whether each final read is the sum of the acknowledged adds and of any choice of the unknown ones.

    Final are the reads that began after every add had ended or had been given up, and at ``final_from_ms`` or later
    if that is given. Another read is refuted only if no choice of the adds begun before its end lies as high, or as
    low. An add that failed did not happen. Numbers whose possible sums are too many for a table are judged by
    the smallest and the largest sum alone.

    >>> adds = [Op(0, "a", "add", None, 2, "ok", None, 0, 1), Op(1, "b", "add", None, 4, "unknown", None, 2, 3)]
    >>> print(counter(History([*adds, Op(2, "a", "read", None, None, "ok", 5, 4, 5)])).reason)
    r2 returned 5: the acknowledged adds make 2, and no choice of the unknown ones makes the other 3
    """
    title = "every final read is a possible sum"
    return guarded(title, history, lambda kept: _judge(title, kept, final_from_ms))


def _judge(title: str, history: History, final_from_ms: float | None) -> Verdict:
    for op in history:
        _check(op)
    adds = [op for op in history if op.f == "add" and op.status != "fail"]
    reads = [op for op in history if op.f == "read" and op.status == "ok"]
    quiet = max((op.returned for op in adds if op.returned is not None), default=-1)
    final = [
        op for op in reads if op.invoked > quiet and (final_from_ms is None or op.invoked_ms >= final_from_ms)
    ]  # fmt: skip
    judged = f"{count(len(reads), 'read')}, {len(final)} of them final; {count(len(adds), 'add')}"
    refutation = _impossible(reads, adds) or _wrong_sum(final, adds)
    if refutation is not None:
        return Verdict(title, False, refutation.reason, refuting=refutation.refuting, judged=judged)
    if not final:
        return nothing(title, "no read began after the adds had ended")
    return Verdict(title, True, judged=judged)


def _check(op: Op) -> None:
    """Raise MisfitError unless this is an add of a number, or a read that returned one."""
    if op.f not in ("add", "read"):
        raise MisfitError(f"operation {op.id} is {op.f!r}: a counter has add and read")
    if op.f == "add" and not is_number(op.value):
        raise MisfitError(f"{name(op)} has the value {op.value!r}: it must be a number")
    if op.f == "read" and op.status == "ok" and not is_number(op.result):
        raise MisfitError(f"{name(op)} returned {op.result!r}: it must be a number")


def _impossible(reads: list[Op], adds: list[Op]) -> Refutation | None:
    """Return the first read that returned more, or less, than any choice of the adds begun so far makes."""
    begins = [op.invoked for op in adds]
    amounts: list[Any] = [op.value for op in adds]
    least = [0, *accumulate(min(0, amount) for amount in amounts)]
    most = [0, *accumulate(max(0, amount) for amount in amounts)]
    for read in reads:
        begun = bisect_left(begins, read.end)
        result: Any = read.result
        lowest, highest = least[begun], most[begun]
        if not lowest <= result <= highest:
            than = f"more than {highest}" if result > highest else f"less than {lowest}"
            return Refutation(
                f"{name(read)} returned {result}, {than}, which is all that had been added",
                (read.id,),
            )
    return None


def _wrong_sum(final: list[Op], adds: list[Op]) -> Refutation | None:
    """Return a refutation of the first final read whose sum is impossible."""
    acknowledged: Any = sum(op.value for op in adds if op.status == "ok")
    unknown: list[Any] = [op.value for op in adds if op.status != "ok"]
    sums = Sums(unknown)
    lowest = sum(amount for amount in unknown if amount < 0)
    highest = sum(amount for amount in unknown if amount > 0)
    for read in final:
        missing = read.result - acknowledged
        whole = type(missing) is int
        if lowest <= missing <= highest and not (whole and sums.exact and not sums.reach(missing)):
            continue
        reason = f"{name(read)} returned {read.result}: the acknowledged adds make {acknowledged}"
        if unknown:
            reason += f", and no choice of the unknown ones makes the other {missing}"
        return Refutation(reason, (read.id,))
    return None
