"""Checkers: throughput against length and concurrency, and the fast search against the plain one."""

from __future__ import annotations

import heapq
import random
import statistics
from collections.abc import Callable
from itertools import count

from benchmarks.paired import timed
from dscourse.checkers import (
    CasRegister,
    KeyValue,
    Register,
    Specification,
    Verdict,
    linearizable,
    linearizable_by_search,
)
from dscourse.history import History, Op

__all__ = ["recorded", "run"]

Draw = Callable[[random.Random, int], tuple[str, object]]


def compare_and_set(rng: random.Random, n: int) -> tuple[str, object]:
    """A read, a write or a compare-and-set of values 0 to 4, as Jepsen's register test draws them."""
    f = rng.choice(("read", "write", "cas"))
    value = {"read": None, "write": rng.randrange(5), "cas": (rng.randrange(5), rng.randrange(5))}
    return f, value[f]


def get_put_append(rng: random.Random, n: int) -> tuple[str, object]:
    """A get, a put or an append of a string that no other operation has."""
    f = rng.choice(("get", "put", "append"))
    return f, None if f == "get" else f"<{n}>"


def unique_writes(rng: random.Random, n: int) -> tuple[str, object]:
    """A read, or a write of a number that no other operation writes."""
    return ("read", None) if rng.random() < 0.5 else ("write", n)


def recorded(
    spec: Specification,
    draw: Draw,
    ops: int,
    clients: int,
    seed: int,
    keys: int = 1,
    unknown: float = 0.0,
    stale: bool = False,
) -> History:
    """Return the history that ``clients`` would record of one copy.

    It carries out each operation at a moment while that is under way.

    A share of the operations ends as unknown: it takes effect later, or never, and its client goes on under a new
    name. With ``stale`` one read in the second half tells what the state was 20 operations before.
    """
    rng = random.Random(seed)
    lanes = [(rng.random(), number, f"c{number}") for number in range(clients)]
    names = (f"c{number}" for number in count(clients))
    rows, effects = [], []
    for n in range(ops):
        begin, lane, process = heapq.heappop(lanes)
        lasted_ms = rng.expovariate(1.0)
        end, lost = begin + lasted_ms, rng.random() < unknown
        effect = begin + lasted_ms * rng.random() if not lost else begin + rng.expovariate(0.1)
        f, value = draw(rng, n)
        rows.append(
            [
                n,
                process,
                f,
                rng.randrange(keys),
                value,
                "unknown" if lost else "ok",
                None,
                begin,
                end,
            ]
        )
        if not (lost and rng.random() < 0.5):
            heapq.heappush(effects, (effect, n))
        heapq.heappush(lanes, (end + rng.expovariate(2.0), lane, next(names) if lost else process))
    _carry_out(rows, effects, spec, stale)
    return _history(rows)


def _carry_out(
    rows: list[list[object]], effects: list[tuple[float, int]], spec: Specification, stale: bool
) -> None:
    """Fill in the results, in the order of the effects."""
    states: dict[object, list[object]] = {}
    while effects:
        _, n = heapq.heappop(effects)
        _, _, f, key, value, *_ = rows[n]
        past = states.setdefault(key, [spec.initial])
        if spec.observes(Op(0, "c", str(f))):
            old = stale and n > len(rows) / 2 and len(past) > 20
            rows[n][6], stale = (past[-20], False) if old else (past[-1], stale)
        elif f == "cas":
            rows[n][6] = past[-1] == value[0]  # type: ignore[index]
        past.append(spec.step(past[-1], Op(0, "c", str(f), None, value)))


def _history(rows: list[list[object]]) -> History:
    events = sorted(
        [(row[7], n, 7) for n, row in enumerate(rows)]
        + [(row[8], n, 8) for n, row in enumerate(rows)]
    )
    index = {(n, column): position for position, (_, n, column) in enumerate(events)}
    return History(
        Op(
            *row[:5],
            row[5],
            row[6] if row[5] == "ok" else None,
            index[n, 7],
            index[n, 8],
            row[7],
            row[8],
        )  # type: ignore[arg-type]
        for n, row in enumerate(rows)
    )


def _median(histories: list[History], judge: Callable[[History], Verdict]) -> tuple[str, str, str]:
    """The median and the longest time of a verdict in ms, and the verdicts."""
    times, outcomes = [], []
    for history in histories:
        times.append(1e3 * timed(lambda history=history: outcomes.append(judge(history).ok)))  # type: ignore[misc]
    verdicts = ", ".join(
        f"{outcomes.count(ok)} {ok}" for ok in (True, False, None) if ok in outcomes
    )
    return f"{statistics.median(times):10.1f}", f"{max(times):10.1f}", verdicts


def run() -> str:
    """The table."""
    lines = [f"{'histories':62} {'median ms':>10} {'longest ms':>10}  verdicts"]
    for label, histories, judge in _jobs():
        median, longest, verdicts = _median(histories, judge)
        lines.append(f"{label:62} {median} {longest}  {verdicts}")
    return "\n".join(lines)


def _jobs() -> list[tuple[str, list[History], Callable[[History], Verdict]]]:
    """Return the timed jobs, each as a label, its histories and a judge."""
    jobs: list[tuple[str, list[History], Callable[[History], Verdict]]] = []
    for stale in (False, True):
        broken = ", one stale read" if stale else ""
        jepsen = [
            recorded(CasRegister(), compare_and_set, 85, 5, seed, 1, 0.12, stale)
            for seed in range(30)
        ]
        jobs.append((f"85 operations of 5 clients, 12 % unknown{broken}", jepsen, linearizable))
        jobs.append((f"the same{broken}, plain search", jepsen, linearizable_by_search))
        texts = [
            recorded(KeyValue(), get_put_append, 2_000, 50, seed, 10, 0.0, stale)
            for seed in range(5)
        ]
        jobs.append(
            (f"2,000 get, put, append of 50 clients on 10 keys{broken}", texts, linearizable)
        )
    for clients in (5, 10, 15, 20):
        crowd = [recorded(CasRegister(), compare_and_set, 500, clients, seed) for seed in range(5)]
        jobs.append((f"500 operations of {clients} clients on 1 key", crowd, linearizable))
    for size in (1_000, 10_000, 100_000, 1_000_000):
        unique = [recorded(Register(), unique_writes, size, 10, 1)]
        jobs.append(
            (f"{size:,} reads and writes of unique values by 10 clients", unique, linearizable)
        )
    return jobs
