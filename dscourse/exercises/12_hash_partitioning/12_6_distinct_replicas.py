"""Judge of 12.6: replicas on distinct nodes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong

__all__ = ["LINES", "judge"]

LINES = 500_000

_RINGS: tuple[Sequence[str], ...] = (
    "abc", "aab", "abab", "aaab", "abac", "ab", "aabbaacc", "abcabcabd", "a", "zyx",
    ("s10", "s9", "s10", "s1", "s9"), ("left", "right", "left"), ("Left", "left", "Left", "LEFT"), ("a", "", "b"),
)  # fmt: skip


# Many nodes, and a node with many points in a row.
_LARGE = ([f"n{n * n % 97}" for n in range(150)], ["big"] * 90 + ["b", "big", "c"])


def judge(replicas: Any) -> Wrong | None:
    small = [
        (ring, start, count)
        for ring in _RINGS
        for start, count in product(range(len(ring)), range(1, len(set(ring)) + 3))
    ]
    large = list(product(_LARGE, (0, 1, 60, 92), (1, 2, 3, 8, 40, 200)))
    for _ in range(2):  # a second call must give the same
        for ring, start, count in (*small, *large):
            wrong = _judge_call(replicas, list(ring), start, count)
            if wrong is not None:
                return wrong
    return None


def _judge_call(replicas: Any, owners: list[str], start: int, count: int) -> Wrong | None:
    right = list(dict.fromkeys([*owners[start:], *owners[:start]]))[:count]
    given = list(owners)
    answer = replicas(given, start, count)
    nodes = listed(answer)
    shown = (
        ", ".join(owners)
        if len(owners) < 10
        else f"{', '.join(owners[:9])}, … ({len(owners)} points)"
    )
    call = f"The points belong to {shown}. `replicas(owners, {start}, {count})`"
    if given != owners:
        return Wrong(f"{call} has changed `owners`: other lookups need it.")
    if nodes != right:
        answer = answer if nodes is None else nodes
        return Wrong(
            f"{call} is {answer!r:.60}, and should be {right!s:.80}. {_mistake(nodes, right)}"
        )
    return None


def _mistake(nodes: list[Any] | None, right: list[str]) -> str:
    """Return a sentence on the mistake."""
    if nodes is None:
        return "A list of nodes is required."
    if len(set(map(repr, nodes))) < len(nodes):
        return "Two copies on one node are lost together."
    if len(nodes) < len(right):
        return "Walk on past the last point, and past nodes that have a copy already."
    if len(nodes) > len(right):
        return "These are too many."
    return "The order is that of the walk: the first node is the key's own."
