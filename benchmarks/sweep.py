"""Sweeps of many worlds: here, in processes of joblib, and on Dask clusters of one and two workers on loopback.

Each way judges the same worlds of chapter 05, three replicas for 1.2 s of virtual time, and must find the same.
Then the cost of a task that does nothing: sent one by one, and in the batches of a sweep.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from benchmarks.paired import Ratio, timed
from dscourse import sweep
from dscourse.experiments.tombstones import OUTAGES, REPLICAS, stays_deleted

__all__ = ["WORLDS", "run", "timings"]

WORLDS = 300
WAYS = ("here", "joblib, 2 processes", "Dask, 1 worker", "Dask, 2 workers")


@contextmanager
def local(workers: int) -> Iterator[Any]:
    """Yield a client of this many processes on loopback, with one thread each."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):  # fmt: skip
        yield client


def searched(worlds: int, jobs: int | None = None) -> sweep.Survey:
    """Judge the first so many worlds."""
    return sweep.search(stays_deleted, REPLICAS, OUTAGES, range(worlds), jobs=jobs)


def on(client: Any, worlds: int) -> sweep.Survey:
    """Judge them on a cluster."""
    with client.as_current():
        return searched(worlds)


def measured(job: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that one call takes, and those of processor time in this process."""
    before = time.process_time()
    seconds = timed(job)
    return seconds, time.process_time() - before


def timings(rounds: int, worlds: int = WORLDS) -> dict[str, list[tuple[float, float]]]:
    """Return `measured` of each way and round; the ways take turns, after a first round that is not timed."""
    with ExitStack() as clusters:
        one, two = (clusters.enter_context(local(workers)) for workers in (1, 2))
        ways: dict[str, Callable[[], sweep.Survey]] = dict(
            zip(WAYS, (
                lambda: searched(worlds, 1), lambda: searched(worlds, 2),
                lambda: on(one, worlds), lambda: on(two, worlds),
            ), strict=True)
        )  # fmt: skip
        results = {repr(way()) for way in ways.values()}
        assert len(results) == 1, results
        found: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, job in ways.items():
                found[way].append(measured(job))
    return found


def overhead_us(tasks: int = 1_000) -> tuple[float, float]:
    """Return the microseconds per setting of a function that does nothing: one task each, and in batches."""
    with local(2) as client, client.as_current():
        futures = timed(lambda: client.gather(client.map(abs, range(tasks), pure=False)))
        batches = timed(lambda: sweep.over(range(100 * tasks), abs))
    return 1e6 * futures / tasks, 1e4 * batches / tasks


def run(rounds: int = 5, worlds: int = WORLDS, tasks: int = 1_000) -> str:
    """The table: worlds per second of each way, and its time as a multiple of that of one process."""
    found = timings(rounds, worlds)
    heads = "worlds/s", "time / time here", "ms of this process per world"
    lines = [f"{'way':20} {heads[0]:>24} {heads[1]:>20} {heads[2]:>30}"]
    for way, pairs in found.items():
        speeds = Ratio.of([worlds / wall for wall, _ in pairs])
        shares = Ratio.of(
            [wall / here for (wall, _), (here, _) in zip(pairs, found["here"], strict=True)]
        )
        own = Ratio.of([1_000 * cpu / worlds for _, cpu in pairs])
        lines.append(f"{way:20} {speeds!s:>24} {shares!s:>20} {own!s:>30}")
    single, batched = overhead_us(tasks)
    lines.append(f"an empty run: {single:.0f} µs as a task of its own, {batched:.1f} µs in a sweep")
    return "\n".join(lines)
