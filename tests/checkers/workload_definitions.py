"""The definitions of the workloads' judges: slow, short, and for small random histories."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

from dscourse.history import History, Op

__all__ = ["is_counter", "is_grow_only_set", "is_log", "is_unique", "random_history"]

Draw = Callable[[random.Random], tuple[str, object, object, object]]


def random_history(rng: random.Random, draw: Draw, size: int) -> History:
    """Return ``size`` operations of three clients that overlap at random; ``draw`` gives f, key, value and result."""
    open_ops: dict[str, tuple[int, Any, int]] = {}
    ops, index = [], 0
    number = -1
    while (number := number + 1) < size or open_ops:
        client = rng.choice("abc" if number < size else sorted(open_ops))
        index += 1
        if client not in open_ops:
            open_ops[client] = (number, draw(rng), index)
            continue
        one, (f, key, value, result), begun = open_ops.pop(client)
        status = rng.choice(["ok"] * 6 + ["fail", "unknown"])
        ops.append(
            Op(one, client, f, key, value, status, result if status == "ok" else None,
               begun, index, float(begun), float(index))
        )  # fmt: skip
    return History(ops)


def is_unique(history: History) -> bool:
    """No two ids are equal."""
    ids = [op.result for op in history if op.status == "ok"]
    return all(one != other for one, other in itertools.combinations(ids, 2))


def is_grow_only_set(history: History) -> bool:
    """By the words of the docstring, quantifier for quantifier; final is the read that began last."""
    reads = [op for op in history if op.f == "read" and op.status == "ok"]
    adds = [op for op in history if op.f == "add"]
    for read in reads:
        for element in read.result:  # type: ignore[attr-defined]
            able = [
                a
                for a in adds
                if a.value == element and a.status != "fail" and a.invoked < read.end
            ]
            if not able or read.result.count(element) > 1:  # type: ignore[attr-defined]
                return False
    final = max(reads, key=lambda read: read.invoked, default=None)
    return final is None or not any(
        op.status == "ok"
        and (op.value == element if op.f == "add" else element in op.result)  # type: ignore[operator]
        and op.end < final.invoked
        and element not in final.result  # type: ignore[operator]
        for element in {a.value for a in adds}
        for op in history
    )


def is_counter(history: History) -> bool:
    """Try every choice of the unknown adds."""
    adds = [op for op in history if op.f == "add" and op.status != "fail"]
    known = sum(op.value for op in adds if op.status == "ok")  # type: ignore[misc]
    for read in (op for op in history if op.f == "read" and op.status == "ok"):
        begun: list[Any] = [op.value for op in adds if op.invoked < read.end]
        if read.result not in range(min(_sums(begun)), max(_sums(begun)) + 1):
            return False
        if all(op.returned < read.invoked for op in adds):  # type: ignore[operator]
            unknown = _sums([op.value for op in adds if op.status != "ok"])
            if read.result not in {known + more for more in unknown}:
                return False
    return True


def _sums(amounts: list[Any]) -> set[Any]:
    return {
        sum(some) for n in range(len(amounts) + 1) for some in itertools.combinations(amounts, n)
    }


def is_log(history: History, offsets: int = 4) -> bool:
    """Look for one log, a partial map from offset to message, of which every poll is a piece."""
    sends = {op.value: op for op in history if op.f == "send" and op.status != "fail"}
    polls = [op for op in history if op.f == "poll" and op.status == "ok"]
    return any(_explains(log, sends, polls) for log in _logs(list(sends), offsets))


def _logs(messages: list[Any], offsets: int) -> Iterator[dict[int, Any]]:
    for number in range(len(messages) + 1):
        for some in itertools.permutations(messages, number):
            for offsets_used in itertools.combinations(range(offsets), number):
                yield dict(zip(offsets_used, some, strict=True))


def _explains(log: dict[int, Any], sends: dict[Any, Op], polls: list[Op]) -> bool:
    last: dict[str, int] = {}
    for send in sends.values():
        if send.status == "ok" and log.get(send.result) != send.value:  # type: ignore[call-overload]
            return False
        if send.status == "ok":
            if send.result < last.get(send.process, -1):  # type: ignore[operator]
                return False
            last[send.process] = send.result  # type: ignore[assignment]
    for poll in polls:
        ((_, start),) = poll.value  # type: ignore[misc]
        ((_, pairs),) = poll.result  # type: ignore[misc]
        whole = [(offset, log[offset]) for offset in sorted(log) if offset >= start]
        if list(pairs) != whole[: len(pairs)]:
            return False
        if any(sends[message].invoked > poll.end for _, message in pairs):
            return False
    return True
