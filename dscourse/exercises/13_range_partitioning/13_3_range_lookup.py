"""Judge of 13.3: the node that holds a key."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]


def judge(node_at: Any) -> Wrong | None:
    for size in range(4):
        for starts in combinations("dhmt", size):
            nodes = [f"n{n}" for n in range(1, size + 2)]
            for key in "azefkpsdhmt":
                right = nodes[sum(start <= key for start in starts)]
                answer = node_at(list(starts), list(nodes), key)
                if answer != right:
                    return Wrong(_why(list(starts), nodes, key, answer, right))
    return None


def _why(starts: list[str], nodes: list[str], key: str, answer: Any, right: str) -> str:
    call = f"node_at({starts}, {nodes}, {key!r}) gives {answer!r}, and {right!r} holds this key"
    if key in starts:
        return f"{call}: a range holds the key at which it begins."
    if not starts or key < starts[0]:
        return f"{call}: the first range has no lower end."
    if key > starts[-1]:
        return f"{call}: the last range has no upper end."
    return f"{call}."
