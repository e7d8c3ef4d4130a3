"""Judge of 13.3: the node that holds a key, for keys of any alphabet and for repeated nodes."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_KEYS = ("a", "zz", "d", "h", "m", "t", "", "dd", "D", "é", "日", "\U0001f600", "\U0010ffff" * 2)
_STARTS = ("d", "h", "m", "t")
_BEYOND = ("h", "é", "\U0001f600")
_NAMES = ("n1", "b", "n1", "paris-2", "n0")


def judge(node_at: Any) -> Wrong | None:
    tables = [some for size in range(len(_STARTS) + 1) for some in combinations(_STARTS, size)]
    for starts in [*tables[1:], (), _BEYOND]:
        nodes = list(_NAMES[: len(starts) + 1])
        for key in _KEYS:
            right = nodes[sum(start <= key for start in starts)]
            given = list(starts), list(nodes)
            answer = node_at(*given, key)
            if answer != right:
                return Wrong(_why(list(starts), nodes, key, answer, right))
            if given != (list(starts), nodes):
                return Wrong(
                    f"node_at({list(starts)}, {nodes}, {key!r}) changes a list that it was given."
                )
    return None


def _why(starts: list[str], nodes: list[str], key: str, answer: Any, right: str) -> str:
    call = f"node_at({starts}, {nodes}, {key!r}) gives {answer!r:.60}, and {right!r} holds this key"
    if key in starts:
        return f"{call}: a range holds the key at which it begins."
    if not starts:
        return f"{call}: the only range has no ends, whatever the alphabet."
    if key < starts[0]:
        return f"{call}: the first range has no lower end."
    if key > starts[-1]:
        return f"{call}: the last range has no upper end, whatever the alphabet."
    return f"{call}."
