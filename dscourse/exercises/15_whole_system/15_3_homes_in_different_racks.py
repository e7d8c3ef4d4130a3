"""Judge of 15.3: homes of a key spread over racks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from random import Random
from typing import Any

from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import distinct, listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.whole_system import RACKS

__all__ = ["LINES", "judge"]

LINES = 100_000

_Case = tuple[tuple[str, ...], dict[str, Any]]
_CASES: tuple[_Case, ...] = (
    (("a", "b", "c", "d"), {"a": "north", "b": "north", "c": "south", "d": "south"}),
    (("a", "c", "b", "d"), {"a": "north", "b": "north", "c": "south", "d": "south"}),
    (("a", "b", "c"), {"a": "north", "b": "north", "c": "north"}),
    (("a", "b", "c", "d", "e"), {"a": "r1", "b": "r1", "c": "r1", "d": "r2", "e": "r3"}),
    (("n2", "n1", "n4", "n3", "n6", "n5"), {n: rack for rack, names in RACKS.items() for n in names}),
    (("a",), {"a": "r1"}),
    (("a", "b", "c", "d", "e"), {"a": 0, "b": "", "c": 0, "d": None, "e": ""}),
    (("a", "a2", "b", "c"), {"a": "north", "a2": "north", "b": "North", "c": "n"}),
)  # fmt: skip


def _random_cases() -> Iterator[_Case]:
    """Yield clusters of 4 to 12 nodes in 2 to 6 racks of unequal size, and one of 60 nodes in 20 racks."""
    draws = Random(15)
    for nodes, racks in ((4, 2), (7, 4), (12, 4), (12, 5), (12, 6), (60, 20)):
        names = [*AWKWARD[:nodes], *(f"node {n}" for n in range(len(AWKWARD), nodes))]
        draws.shuffle(names)
        yield tuple(names), {name: f"rack {int(racks * draws.random() ** 2)}" for name in names}


def judge(spread: Any) -> Wrong | None:
    for order, rack_of in chain(_CASES, _random_cases(), _CASES[:1]):
        given = distinct(rack_of)
        answer = spread(order, given)
        items = None if isinstance(answer, set | frozenset) else listed(answer)
        call = f"spread({order}, {rack_of})"
        if items is None:
            return Wrong(f"{call} gives {answer!r}: it must be a list of all nodes.")
        if given != rack_of:
            return Wrong(f"{call} changes rack_of, which the ring goes on using.")
        answer = tuple(items)
        if sorted(map(str, answer)) != sorted(order):
            return Wrong(f"{call} gives {answer!r}: each node must be there once.")
        wrong = _order_reason(answer, order, rack_of)
        if wrong:
            return Wrong(f"{call} gives {answer!r}: {wrong}")
    return None


def _order_reason(
    answer: tuple[str, ...], order: tuple[str, ...], rack_of: Mapping[str, Any]
) -> str | None:
    """Return the fault of the new order, in words; the order among the leading nodes is free, but for the first."""
    right: dict[Any, str] = {}
    for name in order:
        right.setdefault(rack_of[name], name)
    racks = len(right)
    if answer[0] != order[0]:
        return f"the first is {order[0]} still: all who ask for the key start there."
    first = [rack_of[name] for name in answer[:racks]]
    if len(set(first)) < racks:
        return f"the first {racks} must stand in {racks} racks, and stand in {', '.join(map(repr, first))}."
    if {*answer[:racks]} != {*right.values()}:
        return f"of each rack the first clockwise comes first: {', '.join(right.values())}."
    return None
