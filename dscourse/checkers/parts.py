"""A history in parts, one per key, and the merging of the parts' orders.

A history on many objects is linearizable if and only if its part on each object is: linearizability is *local*
(Herlihy and Wing, "Linearizability", TOPLAS 12(3), 1990, theorem 1). So each key is judged alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from dscourse.checkers.specification import Specification
from dscourse.core.equality import PLAIN, token
from dscourse.history import History, Op

__all__ = [
    "Legal",
    "SearchResult",
    "judged_operations",
    "merged",
    "parts",
    "unrolled",
    "unrolled_groups",
]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The result of a search: a legal order (ids), or an operation whose end no order that was tried gets past.

    With neither, the search was not finished. ``states`` is the number of states it looked at.
    """

    order: tuple[int, ...] | None = None
    stuck: Op | None = None
    states: int = 0


@dataclass(frozen=True, slots=True)
class Legal:
    """A legal order of a part's operations: their ids, computed when asked for."""

    ids: Callable[[], tuple[int, ...]]


def parts(history: History, spec: Specification) -> list[list[Op]]:
    """Return the operations that count for the specification, by key if it has one object per key.

    >>> from dscourse.checkers.specifications import Register
    >>> x, y = Op(0, "a", "read", "x"), Op(1, "b", "read", "y", status="fail")
    >>> [len(part) for part in parts(History([x, y]), Register())]
    [1]
    """
    by_key: dict[object, list[Op]] = {}
    ops = judged_operations(history, spec)
    if not spec.by_key:
        return [ops] if ops else []
    for op in ops:
        key = op.key if type(op.key) in PLAIN else token(op.key)
        if key in by_key:
            by_key[key].append(op)
        else:
            by_key[key] = [op]
    return list(by_key.values())


def judged_operations(history: Iterable[Op], spec: Specification) -> list[Op]:
    """Return the operations as the specification judges them, except for those that it leaves out."""
    if getattr(spec.counted, "__func__", None) is Specification.counted:
        return [op for op in history if op.status != "fail"]
    return [one for op in history if (one := spec.counted(op)) is not None]


def merged(orders: Iterable[Sequence[int]], ops: Mapping[int, Op]) -> tuple[int, ...]:
    """Return one legal order of all parts' operations that keeps each part's order and real-time order.

    Each operation takes effect at the earliest moment that its part's order allows, which is no later than its end.
    """
    moments = []
    for order in orders:
        moment: float = -math.inf
        for index, number in enumerate(order):
            moment = max(moment, ops[number].invoked)
            moments.append((moment, index, number))
    return tuple(number for _, _, number in sorted(moments))


def unrolled(path: Any) -> tuple[int, ...]:
    """Return the ids along a path of nested pairs (last id, path before it), the first one first.

    >>> unrolled((3, (1, None)))
    (1, 3)
    """
    order = []
    while path is not None:
        number, path = path
        order.append(number)
    return tuple(reversed(order))


def unrolled_groups(path: Any) -> tuple[int, ...]:
    """Return the ids along a path of nested pairs (last ids, path before them), the first ones first.

    >>> unrolled_groups(((3, 4), ((1,), None)))
    (1, 3, 4)
    """
    groups: list[tuple[int, ...]] = []
    while path is not None:
        ids, path = path
        groups.append(ids)
    return tuple(chain.from_iterable(reversed(groups)))
