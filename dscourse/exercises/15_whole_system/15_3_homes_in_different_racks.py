"""Judge of 15.3: homes of a key spread over racks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.whole_system import RACKS
from dscourse.placement.racks import over_racks

__all__ = ["LINES", "judge"]

LINES = 100_000

_CASES: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    (("a", "b", "c", "d"), {"a": "north", "b": "north", "c": "south", "d": "south"}),
    (("a", "c", "b", "d"), {"a": "north", "b": "north", "c": "south", "d": "south"}),
    (("a", "b", "c"), {"a": "north", "b": "north", "c": "north"}),
    (("a", "b", "c", "d", "e"), {"a": "r1", "b": "r1", "c": "r1", "d": "r2", "e": "r3"}),
    (("n2", "n1", "n4", "n3", "n6", "n5"), {n: rack for rack, names in RACKS.items() for n in names}),
    (("a",), {"a": "r1"}),
)  # fmt: skip


def judge(spread: Any) -> Wrong | None:
    for order, rack_of in _CASES:
        answer = spread(order, dict(rack_of))
        items = None if isinstance(answer, set | frozenset) else listed(answer)
        call = f"spread({order}, {rack_of})"
        if items is None:
            return Wrong(f"{call} gives {answer!r}: it must be a list of all nodes.")
        answer = tuple(items)
        if sorted(map(str, answer)) != sorted(order):
            return Wrong(f"{call} gives {answer!r}: each node must be there once.")
        wrong = _order_reason(answer, order, rack_of)
        if wrong:
            return Wrong(f"{call} gives {answer!r}: {wrong}")
    return None


def _order_reason(
    answer: tuple[str, ...], order: tuple[str, ...], rack_of: Mapping[str, str]
) -> str | None:
    """Return the fault of the new order, in words."""
    right = over_racks(order, rack_of)
    racks = len(set(rack_of.values()))
    if answer[0] != order[0]:
        return f"the first is {order[0]} still: all who ask for the key start there."
    first = [rack_of[name] for name in answer[:racks]]
    if len(set(first)) < racks:
        return f"the first {racks} must stand in {racks} racks, and stand in {', '.join(first)}."
    if answer[:racks] != right[:racks]:
        return f"of each rack the first clockwise comes first: {', '.join(right[:racks])}."
    return None
