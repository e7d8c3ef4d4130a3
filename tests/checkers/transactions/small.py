"""Random histories of a few transactions, as stores of every level would record them, and some as none would."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from dscourse.history import History, Op

__all__ = ["STORES", "forks", "small_histories"]

STORES = (
    "serial",
    "snapshot",
    "first committer wins",
    "committed",
    "dirty",
    "two copies",
    "random",
)


def small_histories(
    seed: int, number: int, most: int = 4, lists: bool | None = None
) -> Iterator[History]:
    """Histories of two to ``most`` transactions on one or two keys; a third has unknown and aborted ones."""
    rng = random.Random(seed)
    for _ in range(number):
        is_list = rng.random() < 0.6 if lists is None else lists
        yield _Run(rng, rng.randint(2, most), is_list, rng.choice(STORES)).history()


def forks(seed: int, number: int) -> Iterator[History]:
    """Histories of two writers and two readers of both keys on two copies, and of other small ones of that kind."""
    rng = random.Random(seed)
    for _ in range(number):
        run = _Run(rng, 4, rng.random() < 0.5, "two copies")
        f = "append" if run.is_list else "w"
        plans: list[list[tuple[str, str, int | None]]] = [
            [(f, "x", 1)], [(f, "y", 2)], [("r", "x", None), ("r", "y", None)], [("r", "y", None), ("r", "x", None)],
        ]  # fmt: skip
        if rng.random() < 0.3:
            plans[rng.randrange(2)].append(("r", rng.choice("xy"), None))
        rng.shuffle(plans)
        run.plans, run.spread = plans, 0.2
        yield run.history()


class _Run:
    """One run of a toy store: steps of all transactions interleaved at random."""

    def __init__(self, rng: random.Random, size: int, is_list: bool, store: str) -> None:
        self.rng, self.is_list, self.store = rng, is_list, store
        self.keys = "xyz"[: rng.choice((1, 2, 2, 3))]
        odd = rng.random() < 0.35
        weights = (6, 2, 1, 1) if odd else (1, 0, 0, 0)
        self.status = [
            rng.choices(("ok", "unknown", "pending", "fail"), weights)[0] for _ in range(size)
        ]
        self.value = 0
        self.spread = 0.6  # how often a commit reaches both copies at once
        self.plans = [self.plan() for _ in range(size)]
        self.done: list[list[Any]] = [[] for _ in range(size)]
        self.copies: list[dict[str, tuple[int, ...]]] = [{}, {}]
        self.local: list[dict[str, list[int]]] = [{} for _ in range(size)]
        self.snapshots: list[dict[str, tuple[int, ...]] | None] = [None] * size
        self.since: list[set[str]] = [set() for _ in range(size)]
        self.times: dict[tuple[int, int], int] = {}

    def plan(self) -> list[tuple[str, str, int | None]]:
        steps: list[tuple[str, str, int | None]] = []
        for _ in range(self.rng.choice((1, 2, 2, 3, 3))):
            if self.rng.random() < 0.5:
                steps.append(("r", self.rng.choice(self.keys), None))
            else:
                self.value += 1
                steps.append(
                    ("append" if self.is_list else "w", self.rng.choice(self.keys), self.value)
                )
        return steps

    def history(self) -> History:
        self.run()
        self.late()
        lanes = self.lanes()
        return History(self.op(n, lanes[n]) for n in range(len(self.plans)))

    def run(self) -> None:
        open_ones, clock = list(range(len(self.plans))), 0
        while open_ones:
            one = open_ones[0] if self.store == "serial" else self.rng.choice(open_ones)
            clock += 1
            self.times.setdefault((one, 0), clock)
            self.step(one)
            if len(self.done[one]) == len(self.plans[one]):
                open_ones.remove(one)
                self.end(one)
                clock += 1
                self.times[one, 1] = clock

    def late(self) -> None:
        """Some clients wait: their transactions are recorded as longer than they were, or as all at once."""
        if self.rng.random() < 0.3:
            for one in range(len(self.plans)):
                self.times[one, 0] = self.rng.randint(0, 1)
                self.times[one, 1] = 100 + one

    def copy(self, one: int) -> dict[str, tuple[int, ...]]:
        return self.copies[one % 2 if self.store == "two copies" else 0]

    def step(self, one: int) -> None:
        f, key, value = self.plans[one][len(self.done[one])]
        if self.snapshots[one] is None:
            self.snapshots[one] = dict(self.copy(one))
        if f == "r":
            self.done[one].append((f, key, self.read(one, key)))
            return
        self.done[one].append((f, key, value))
        self.local[one].setdefault(key, []).append(value or 0)
        if self.store == "dirty":
            self.install(self.copy(one), key, [value or 0])

    def read(self, one: int, key: str) -> Any:
        snapshot = self.store in ("snapshot", "first committer wins", "two copies")
        base = (self.snapshots[one] or {}) if snapshot else self.copy(one)
        state = {key: base.get(key, ())}
        if self.store != "dirty":
            self.install(state, key, self.local[one].get(key, []))
        found = state[key]
        if self.store == "random":
            own = [v for plan in self.plans for f, k, v in plan if k == key and f != "r"]
            self.rng.shuffle(own)
            found = tuple(v for v in own[: self.rng.randint(0, len(own))] if v is not None)
        if not self.is_list:
            return found[-1] if found else None
        return list(found) or self.rng.choice((None, []))

    def install(self, state: dict[str, tuple[int, ...]], key: str, values: list[int]) -> None:
        state[key] = (*state.get(key, ()), *values)

    def end(self, one: int) -> None:
        if self.store == "first committer wins" and self.since[one] & set(self.local[one]):
            self.status[one] = "fail"
        happened = self.status[one] == "ok" or (
            self.status[one] != "fail" and self.rng.random() < 0.5
        )
        if not happened or self.store == "dirty":
            return
        for copy in (
            self.copies
            if self.store == "two copies" and self.rng.random() < self.spread
            else [self.copy(one)]
        ):
            for key, values in self.local[one].items():
                self.install(copy, key, values)
        for other, since in enumerate(self.since):
            if self.snapshots[other] is not None:
                since |= set(self.local[one])

    def lanes(self) -> list[str]:
        """A client for each transaction; one client has one at a time, and ends with an unknown one."""
        ends: dict[str, int] = {}
        lanes = []
        for n in sorted(range(len(self.plans)), key=lambda n: self.times[n, 0]):
            free = [c for c in "ab" if ends.get(c, -1) < self.times[n, 0]]
            client = self.rng.choice(free) if free else f"c{n}"
            ends[client] = self.times[n, 1] if self.status[n] in ("ok", "fail") else 10**6
            lanes.append((n, client))
        return [client for _, client in sorted(lanes)]

    def op(self, n: int, client: str) -> Op:
        status = self.status[n]
        begin, end = 10 * self.times[n, 0] + n % 5, 10 * self.times[n, 1] + 5 + n % 5
        return Op(
            n, client, "txn", None, tuple(self.plans[n]), status, tuple(self.done[n]) if status == "ok" else None,
            begin, None if status == "pending" else end, float(begin), float(end),
        )  # fmt: skip
