"""Judge of 13.7: a whole range-partitioned store, on nodes that check every request and may fail during a move."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dscourse.core.wording import count
from dscourse.exercises.judges.range_nodes import Cluster, Operation, fault_of
from dscourse.exercises.tasks import Wrong
from dscourse.show.table import table

__all__ = ["LINES", "judge"]

LINES = 5_000_000

_RUNS = 64
_TEXTS = (
    "",
    "9",
    "10",
    "B",
    "b",
    " b",
    "bb",
    "é",
    "e\u0301",
    "\ue000",
    "\U0001f600",
    "\U0010ffff" * 3,
)
_VALUES = (0, "", False, 0.0, (), 1, True, 1.0, "paid", -7)

Setting = tuple[int, int]  # nodes, and the most keys of a range


def judge(store: Any) -> Wrong | None:
    """Judge 64 runs, from the shortest on; the first that fails is made smaller."""
    if not isinstance(store, type):
        return Wrong("`Store` must be a class.")
    for setting, operations in sorted(_runs(), key=lambda run: len(run[1])):
        found = fault_of(store, *setting, operations)
        if found is not None:
            return _shown(store, setting, operations[: found[1] + 1])
    return None


def _runs() -> Iterator[tuple[Setting, list[Operation]]]:
    for seed in range(_RUNS):
        draws = random.Random(seed)
        setting = draws.choice((1, 2, 3, 4, 7)), draws.choice((1, 2, 3, 4, 5, 8, 25))
        key = _keys(seed % 5, draws)
        known: list[Any] = []
        operations = []
        for _ in range(draws.choice((6, 15, 40, 90, 130))):
            operations.append(_operation(draws, key, known))
        yield setting, operations


def _operation(draws: random.Random, key: Callable[[], Any], known: list[Any]) -> Operation:
    kind = draws.choices(("put", "get", "scan", "fail"), (12, 2, 3, 1))[0]
    if kind == "put":
        known.append(key())
        return "put", known[-1], draws.choice(_VALUES)
    if kind == "fail":
        return "fail", draws.randint(0, 4), None
    some = [*known, *(key() for _ in range(2))]
    if kind == "get":
        return "get", draws.choice(some), None
    low, high = (draws.choice([*some, *known[-3:], None]) for _ in range(2))
    if low is not None and high is not None and high < low and draws.random() < 0.9:
        low, high = high, low
    return "scan", low, high


def _keys(pattern: int, draws: random.Random) -> Callable[[], Any]:
    """Return a source of keys: increasing, decreasing, of any magnitude, a few popular ones, or texts."""
    last = draws.randint(-40, 10**6)

    def key() -> Any:
        nonlocal last
        if pattern < 2:
            last += draws.randint(1, 3) * (1 if pattern == 0 else -1)
            return last
        if pattern == 2:
            return draws.choice((-1, 1)) * round(10 ** draws.uniform(0, 15)) * draws.randint(0, 1)
        if pattern == 3:
            return round(12 * draws.random() ** 4) - 2
        return draws.choice(_TEXTS) + draws.choice(("", "", str(draws.randint(0, 99))))

    return key


def _shown(store: Any, setting: Setting, operations: Sequence[Operation]) -> Wrong:
    """Return the fault of a run from which few operations can be left out, and a picture of its nodes."""
    rest = list(operations)
    for index in reversed(range(len(rest) - 1)):
        less = [*rest[:index], *rest[index + 1 :]]
        found = fault_of(store, *setting, less)
        if found is not None:
            rest = less[: found[1] + 1]
    found = fault_of(store, *setting, rest) or fault_of(store, *setting, operations)
    if found is None:
        return Wrong(
            "A store works in one run and not in the next: does it share something with stores before it?"
        )
    fault, at, cluster = found
    listing = "; ".join(map(_in_words, rest[: at + 1]))
    sentence = f"{count(setting[0], 'node')}, at most {count(setting[1], 'key')} per range. {listing}. {fault}"
    return Wrong(f"The smallest run found: {sentence}", _picture(cluster, sentence))


def _in_words(operation: Operation) -> str:
    kind, first, second = operation
    if kind == "put":
        return f"put({first!r:.20}, {second!r})"
    if kind == "get":
        return f"get({first!r:.20})"
    if kind == "scan":
        return f"scan({first!r:.20}, {second!r:.20})"
    return f"the next move fails after {count(first, 'key')}"


def _picture(cluster: Cluster, sentence: str) -> Any:
    rows = {
        node.name: [
            ", ".join(f"{key!r:.10}" for key in sorted(node.rows)[:12]) or "nothing",
            ", ".join(f"{start!r:.10} to {end!r:.10}" for start, end, owner in cluster.ranges if owner is node)[:90]
            .replace("None", "…") or "none",
        ]
        for node in cluster.nodes
    }  # fmt: skip
    return table(["holds the keys", "had the ranges"], rows, sentence=sentence, width=780)
