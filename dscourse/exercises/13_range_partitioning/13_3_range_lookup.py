"""Judge of 13.3: the node that holds a key, for keys of any kind, repeated nodes, and tables of many sizes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

Case = tuple[list[Any], list[str], Any]

_KEYS = ("a", "zz", "d", "h", "m", "t", "", "dd", "D", "é", "日", "\U0001f600", "\U0010ffff" * 20)
_STARTS = ("d", "h", "m", "t")
_BEYOND = ("h", "é", "\U0001f600")
_NAMES = ("n1", "b", "n1", "paris-2", "n0")
_TEXTS = (
    "", "9", "10", "100", " b", "b", "b ", "B", "bb", "e\u0301", "é", "\ue000", "\U0001f600", "order 9", "order 10",
    "a long prefix and x", "a long prefix and y",
)  # fmt: skip
_NUMBERS = (0, 1, -1, 9, 10, -70, 10**6, 10**15, 10**15 + 1, -(10**12))


def judge(node_at: Any) -> Wrong | None:
    for case in [*_small_cases(), *_random_cases()]:
        complaint = _complaint(node_at, case)
        if complaint is not None:
            return Wrong(_complaint(node_at, _shrunk(node_at, case)) or complaint)
    return None


def _small_cases() -> Iterator[Case]:
    """Every table with at most four of these starts, and one beyond the Latin alphabet."""
    tables = [some for size in range(len(_STARTS) + 1) for some in combinations(_STARTS, size)]
    for starts in [*tables[1:], (), _BEYOND]:
        for key in _KEYS:
            yield list(starts), list(_NAMES[: len(starts) + 1]), key


def _random_cases() -> Iterator[Case]:
    """Tables of up to 200 ranges, of texts and of numbers; each once more after all its ranges have moved."""
    draws = random.Random(13)
    for size in (1, 2, 3, 5, 8, 13, 30, 200):
        numbers = sorted({draws.randint(-(10 ** (size % 9)), 10**9) for _ in range(size)} | {-5, 0})
        texts = {f"{draws.choice(_TEXTS)}{draws.randint(0, 10**6)}" for _ in range(size)}
        for starts, pool in (
            (numbers, _NUMBERS),
            (sorted(texts | set(draws.sample(_TEXTS[1:], min(size, 9)))), _TEXTS),
        ):
            keys = [*draws.sample(pool, 6), *draws.sample(starts, min(len(starts), 3))]
            for _ in range(2):
                nodes = [f"node {draws.randint(1, 20)}" for _ in range(len(starts) + 1)]
                yield from ((starts, nodes, key) for key in keys)


def _complaint(node_at: Any, case: Case) -> str | None:
    starts, nodes, key = case
    right = nodes[sum(start <= key for start in starts)]
    given = list(starts), list(nodes)
    answer = node_at(*given, key)
    if not issubclass(type(answer), str) or str.__ne__(
        answer, right
    ):  # whatever it says that it equals
        return _why(starts, nodes, key, answer, right)
    if given != (starts, nodes):
        return f"node_at({starts}, {nodes}, {key!r}) changes a list that it was given."
    return None


def _shrunk(node_at: Any, case: Case) -> Case:
    """Return a case that still fails, with fewer ranges if the failure does not depend on earlier calls."""
    starts, nodes, key = case
    for index in reversed(range(len(starts))):
        if len(starts) == 1:
            break
        less = starts[:index] + starts[index + 1 :], nodes[: index + 1] + nodes[index + 2 :], key
        if _complaint(node_at, less):
            starts, nodes, _ = less
    return starts, nodes, key


def _why(starts: list[Any], nodes: list[str], key: Any, answer: Any, right: str) -> str:
    call = f"node_at({starts}, {nodes}, {key!r:.40}) gives {answer!r:.60}, and {right!r} holds this key"
    if key in starts:
        return f"{call}: a range holds the key at which it begins."
    if not starts:
        return f"{call}: the only range has no ends, whatever the alphabet."
    if key < starts[0]:
        return f"{call}: the first range has no lower end."
    low = starts[sum(start <= key for start in starts) - 1]
    why = f"{call}: its range begins at {low!r:.40}"
    if key > starts[-1]:
        why += ", and has no upper end"
    if answer in nodes:
        return f"{why}. Compare keys as they are, whatever they mean or look like."
    return f"{why}."
