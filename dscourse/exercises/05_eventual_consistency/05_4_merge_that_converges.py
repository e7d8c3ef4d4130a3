"""Judge of 05.4: a merge of carts on which replicas converge."""

from __future__ import annotations

import itertools
from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_CARTS: tuple[dict[str, int], ...] = (
    {},
    {"milk": 1},
    {"milk": 2},
    {"eggs": 1},
    {"milk": 1, "eggs": 3},
)


def judge(merge: Any) -> Wrong | None:
    for a, b in itertools.product(_CARTS, repeat=2):
        wrong = _judge_pair(merge, a, b)
        if wrong is not None:
            return wrong
    for a in _CARTS:
        if merge(dict(a), dict(a)) != a:
            return Wrong(
                f"Not idempotent: merge({a}, {a}) gives {merge(dict(a), dict(a))}. A message that comes "
                "twice changes it."
            )
    for a, b, c in itertools.product(_CARTS, repeat=3):
        left = merge(merge(dict(a), dict(b)), dict(c))
        right = merge(dict(a), merge(dict(b), dict(c)))
        if left != right:
            return Wrong(
                f"Not associative for {a}, {b}, {c}: {left} or {right}, as replicas happen to meet."
            )
    return None


def _judge_pair(merge: Any, a: dict[str, int], b: dict[str, int]) -> Wrong | None:
    """Judge the merge of two carts: it must lose nothing, invent nothing, and be commutative."""
    merged = merge(dict(a), dict(b))
    if not isinstance(merged, dict):
        return Wrong(f"merge({a}, {b}) must return a dictionary, not {merged!r}.")
    for item in sorted({*a, *b}):
        if merged.get(item, 0) < max(a.get(item, 0), b.get(item, 0)):
            return Wrong(
                f"merge({a}, {b}) gives {merged}: some {item} that a customer put in is lost."
            )
    if set(merged) - {*a, *b}:
        return Wrong(f"merge({a}, {b}) gives {merged}: nobody put that in.")
    other = merge(dict(b), dict(a))
    if merged != other:
        return Wrong(
            f"Not commutative: merge({a}, {b}) gives {merged}, the other way round {other}. Two replicas diverge."
        )
    return None
