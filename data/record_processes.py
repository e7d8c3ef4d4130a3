"""Records runs of real processes, and waits for a disk: ``python data/record_processes.py [NAME …]``.

    textbook, quorum, raft   chapter 03's stores and chapter 14's, killed and stopped at random
    missed                   the textbook store, while one server misses a write
    lease                    a Raft leader with a lease, stopped while another takes over
    waits                    how long a record takes until it is durable, in memory and on a disk

A run makes ``data/recordings/NAME.jsonl``, as `dscourse.run.Recording.save` writes it; ``waits`` makes a table of
whole nanoseconds. Two runs never agree; that of ``textbook`` is repeated until the checker refutes it. Needs Linux.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dscourse.checkers import linearizable
from dscourse.experiments.real_processes import RECORDED
from dscourse.run.disk import FileLog

FOLDER = Path(__file__).with_name("recordings")
ROUNDS = 500
REFUTED = ("textbook", "lease", "missed")
_BUSY = """
import os, sys
with open(sys.argv[1], "wb", buffering=0) as file:
    while os.getppid() != 1:
        file.seek(0)
        file.write(bytes(1 << 22))
        os.fsync(file.fileno())
"""


def record_run(name: str) -> None:
    """Record one run; its verdict must be the one that the chapter is about."""
    while True:
        cluster = RECORDED[name]()
        verdict = linearizable(cluster.history)
        print(f"{name}: {verdict}")
        if verdict.ok is (name not in REFUTED):
            cluster.recording.save(FOLDER / f"{name}.jsonl")
            return


def waits_ns(folder: Path | str, records: int = 1) -> list[int]:
    """Return the durations of ROUNDS waits for this many new records of 64 bytes each."""
    with tempfile.TemporaryDirectory(dir=folder) as parent:
        log = FileLog(Path(parent) / "log")
        found = []
        for _ in range(ROUNDS):
            begun = time.perf_counter_ns()
            log.append([b"x" * 64] * records)
            found.append(time.perf_counter_ns() - begun)
        log.close()
    return found


def record_waits() -> None:
    """Measure in memory, on the disk, there in groups, and while another process keeps the disk busy."""
    columns = {
        "memory_ns": waits_ns("/dev/shm"),
        "disk_ns": waits_ns(FOLDER),
        "group_ns": waits_ns(FOLDER, 64),
    }
    with tempfile.NamedTemporaryFile(dir=FOLDER) as file:
        other = subprocess.Popen([sys.executable, "-c", _BUSY, file.name])
        time.sleep(0.5)
        columns["busy_ns"] = waits_ns(FOLDER)
        other.kill()
        other.wait()
    with (FOLDER / "waits.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def main(names: list[str]) -> None:
    """Record the named runs and waits, or all."""
    os.makedirs(FOLDER, exist_ok=True)
    for name in names or [*RECORDED, "waits"]:
        record_waits() if name == "waits" else record_run(name)


if __name__ == "__main__":
    main(sys.argv[1:])
