"""Sweeps of many worlds: in one process, in two of joblib, and on a Dask cluster of two workers on loopback.

Each way judges the same worlds of chapter 05, three replicas for 1.2 s of virtual time, and must find the same. The
processor time of all processes together says what a way costs beyond the runs themselves, on a busy machine too.
Then the cost of a run that does nothing: as a task of its own, and in the batches of a sweep.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.paired import Ratio, timed
from dscourse import sweep
from dscourse.experiments.tombstones import OUTAGES, REPLICAS, stays_deleted

__all__ = ["WORLDS", "run", "timings"]

WORLDS = 300
WAYS = ("one process", "joblib, 2 processes", "Dask, 2 workers")


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


def in_joblib(worlds: int) -> sweep.Survey:
    """Judge them in two processes."""
    return searched(worlds, 2)


def in_process(worlds: int) -> sweep.Survey:
    """Judge them here."""
    return searched(worlds, 1)


def processor_s() -> float:
    """Return the processor time so far of this process and all those below it."""
    import psutil

    own = psutil.Process()
    times = [one.cpu_times() for one in (own, *own.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def measured(job: Callable[[int], sweep.Survey], worlds: int) -> tuple[sweep.Survey, float, float]:
    """Return the result, and the real and the processor time that it takes, in s; processes are warm before."""
    job(10)
    before, begun = processor_s(), time.perf_counter()
    survey = job(worlds)
    return survey, time.perf_counter() - begun, processor_s() - before


def timings(rounds: int, worlds: int = WORLDS) -> dict[str, list[tuple[float, float]]]:
    """Return the real and the processor seconds of each way and round; the ways take turns."""
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        done = [measured(in_process, worlds), measured(in_joblib, worlds)]
        with local(2) as client, client.as_current():
            done.append(measured(searched, worlds))
        assert len({repr(survey) for survey, _, _ in done}) == 1
        for way, (_, wall, cpu) in zip(WAYS, done, strict=True):
            found[way].append((wall, cpu))
    return found


def overhead_us(tasks: int = 1_000) -> tuple[float, float]:
    """Return the microseconds per setting of a function that does nothing: one task each, and in batches."""
    with local(2) as client, client.as_current():
        futures = timed(lambda: client.gather(client.map(abs, range(tasks), pure=False)))
        batches = timed(lambda: sweep.over(range(100 * tasks), abs))
    return 1e6 * futures / tasks, 1e4 * batches / tasks


def run(rounds: int = 3, worlds: int = WORLDS, tasks: int = 1_000) -> str:
    """The table: worlds per second of each way, and its processor time as a multiple of that of one process."""
    found = timings(rounds, worlds)
    lines = [
        f"{'way':20} {'worlds/s':>22} {'processor ms per world':>26} {'ratio to one process':>24}"
    ]
    for way, pairs in found.items():
        speeds = Ratio.of([worlds / wall for wall, _ in pairs])
        costs = Ratio.of([1_000 * cpu / worlds for _, cpu in pairs])
        alone = [cpu for _, cpu in found[WAYS[0]]]
        ratios = Ratio.of([cpu / one for (_, cpu), one in zip(pairs, alone, strict=True)])
        lines.append(f"{way:20} {speeds!s:>22} {costs!s:>26} {ratios!s:>24}")
    single, batched = overhead_us(tasks)
    lines.append(f"an empty run: {single:.0f} µs as a task of its own, {batched:.1f} µs in a sweep")
    return "\n".join(lines)
