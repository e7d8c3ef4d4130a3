"""Records sweeps of many worlds: ``python data/record_worlds.py [failing|scaling …]``.

    failing   which of 100,000 random plans of outages bring a deleted value back (chapter 05), on a Dask cluster
    scaling   how long 3,000 of these worlds take here, in processes of joblib, and on Dask clusters

Each makes ``data/worlds/NAME.csv``. The failing plans are the same on every machine; times never are.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from distributed import Client, LocalCluster

from benchmarks.sweep import timings
from dscourse import sweep
from dscourse.experiments.tombstones import OUTAGES, REPLICAS, stays_deleted
from dscourse.sim import random_plan

FOLDER = Path(__file__).with_name("worlds")
RECORDED, TIMED = 100_000, 3_000


def is_right(seed: int) -> bool | None:
    """Judge the world of one seed."""
    return stays_deleted(random_plan(seed, REPLICAS, OUTAGES))


def record_failing() -> None:
    """Judge all worlds on two workers; keep the seeds of those that fail."""
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as local,
        Client(local),
    ):
        begun = time.perf_counter()
        right = sweep.over(range(RECORDED), is_right, progress=True)
        print(f"{RECORDED / (time.perf_counter() - begun):.0f} worlds per second")
    assert None not in right
    rows = [(seed,) for seed, one in enumerate(right) if not one]
    write("failing", ["seed"], rows)


def record_scaling(rounds: int = 3) -> None:
    """Time each way of doing the work, in turn."""
    rows = [
        (how, turn, TIMED, round(1_000_000 * wall), round(1_000_000 * cpu))
        for how, found in timings(rounds, TIMED).items()
        for turn, (wall, cpu) in enumerate(found)
    ]
    write("scaling", ["how", "round", "worlds", "wall_us", "cpu_us"], rows)


def write(name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table, whole or not at all."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def main(names: Sequence[str]) -> None:
    """Record what is named, or all."""
    for name in names or ("failing", "scaling"):
        {"failing": record_failing, "scaling": record_scaling}[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
