"""Isolation levels: time of a verdict against the number of transactions, and how it grows."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable

from benchmarks.paired import timed
from dscourse.checkers.transactions import isolation, strict_serializable
from dscourse.history import History, Op

__all__ = ["recorded", "run"]

Steps = tuple[tuple[str, int, object], ...]
_APPENDS_PER_KEY = 30  # then the key is given up for a new one, as Elle's generator does
_KEYS = 10
_SIZES = (1_000, 10_000, 100_000)


def recorded(transactions: int, clients: int = 10, seed: int = 1, stale: bool = False) -> History:
    """Return a history of transactions of 3 to 5 steps, each carried out at one moment while it is under way.

    A step reads a list or appends to it, on one of 10 keys in use. With ``stale`` the transaction in the middle reads
    lists without their last element.
    """
    rng = random.Random(seed)
    lanes = [(rng.random(), f"c{number}") for number in range(clients)]
    spans: list[tuple[float, float, str, float]] = []
    for _ in range(transactions):
        begin, client = heapq.heappop(lanes)
        end = begin + rng.expovariate(1.0)
        spans.append((begin, end, client, rng.uniform(begin, end)))
        heapq.heappush(lanes, (end + rng.expovariate(2.0), client))
    steps = _Store(rng)
    store: dict[int, Steps] = {}
    for number in sorted(range(transactions), key=lambda number: spans[number][3]):
        store[number] = steps.transaction(stale and number == transactions // 2)
    return _history(spans, store)


class _Store:
    """Lists under keys that are given up once they are long."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.lists: list[list[int]] = [[] for _ in range(_KEYS)]
        self.names, self.value = list(range(_KEYS)), 0

    def transaction(self, stale: bool) -> Steps:
        return tuple(self.step(stale) for _ in range(self.rng.randint(3, 5)))

    def step(self, stale: bool) -> tuple[str, int, object]:
        used = self.rng.randrange(_KEYS)
        if stale or self.rng.random() < 0.5:
            found = self.lists[used]
            return "r", self.names[used], tuple(found[:-1] if stale else found)
        self.value += 1
        self.lists[used].append(self.value)
        appended = "append", self.names[used], self.value
        if len(self.lists[used]) == _APPENDS_PER_KEY:
            self.names[used], self.lists[used] = max(self.names) + 1, []
        return appended


def _history(
    spans: list[tuple[float, float, str, float]],
    store: dict[int, Steps],
) -> History:
    moments = sorted(
        (time, n, end) for n, span in enumerate(spans) for end, time in enumerate(span[:2])
    )
    index = {(n, end): position for position, (_, n, end) in enumerate(moments)}
    return History(
        Op(n, client, "txn", None, _asked(store[n]), "ok", store[n], index[n, 0], index[n, 1], begin, end)
        for n, (begin, end, client, _) in enumerate(spans)
    )  # fmt: skip


def _asked(steps: Steps) -> Steps:
    return tuple((f, key, None if f == "r" else value) for f, key, value in steps)


def run() -> str:
    """The table."""
    lines = [f"{'judge, and history':58} {'transactions':>12} {'s':>7} {'µs each':>8}  verdict"]
    for label, judge, stale in _JOBS:
        lines += [_row(label, judge, recorded(size, stale=stale)) for size in _SIZES]
    return "\n".join(lines)


def _row(label: str, judge: Callable[[History], str], history: History) -> str:
    found: list[str] = []
    seconds = timed(lambda: found.append(judge(history)))
    each = 1e6 * seconds / len(history)
    return f"{label:58} {len(history):12,} {seconds:7.2f} {each:8.0f}  {found[0]}"


def _strict(history: History) -> str:
    verdict = strict_serializable(history)
    return "holds" if verdict.ok else verdict.reason[:60]


_JOBS: tuple[tuple[str, Callable[[History], str], bool], ...] = (
    ("strict serializable, with real time", _strict, False),
    ("strict serializable, one transaction with stale reads", _strict, True),
    ("all nine levels", lambda history: isolation(history).sentence(), False),
)
