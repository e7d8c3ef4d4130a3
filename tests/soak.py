"""The tests of seeds in parts, on the cores of this computer or on a Dask cluster: ``python -m tests.soak [SEEDS]``.

SEEDS is a number or a range, as in ``2000-4000``. Each part is one file with some of the seeds, in a pytest of its
own. DASK_SCHEDULER_ADDRESS names a cluster whose computers have this folder under the same path.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from dscourse import sweep

__all__ = ["Part", "outcome", "parts", "spans"]

ROOT = Path(__file__).resolve().parents[1]
Part = tuple[str, str]  # a file, and its DSCOURSE_SEEDS
STEP = 1_000  # seeds per part: about a minute of work


def spans(seeds: str, step: int = STEP) -> list[str]:
    """Return the ranges that make up ``seeds``.

    >>> spans("2500"), spans("500-1700")
    (['0-1000', '1000-2000', '2000-2500'], ['500-1500', '1500-1700'])
    """
    first, _, end = seeds.rpartition("-")
    begins = range(int(first or 0), int(end), step)
    return [f"{begin}-{min(begin + step, int(end))}" for begin in begins]


def parts(seeds: str) -> list[Part]:
    """Return every file that has tests of seeds, with each range."""
    files = sorted(
        path.relative_to(ROOT).as_posix()
        for folder in ("protocols", "run")
        for path in (ROOT / "tests" / folder).rglob("test_*.py")
        if "seeds" in path.read_text("utf-8")
    )
    return [(file, span) for span in spans(seeds) for file in files]


def outcome(part: Part) -> tuple[Part, int, str]:
    """Run the tests of a part; return it with pytest's exit status and output."""
    file, span = part
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rP",
        "--timeout",
        "0",
        "-p",
        "no:cacheprovider",
        file,
        "-k",
        "seeds",
    ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "DSCOURSE_SEEDS": span},
    )
    return part, done.returncode, done.stdout + done.stderr


def main(arguments: Sequence[str]) -> int:
    """Run all parts and print their outputs; exit status 1 if one fails."""
    from distributed import Client

    todo = parts(arguments[0] if arguments else "10000")
    joins_cluster = "DASK_SCHEDULER_ADDRESS" in os.environ
    here = {
        "n_workers": os.cpu_count(), "threads_per_worker": 1, "host": "127.0.0.1",
        "dashboard_address": "127.0.0.1:0", "memory_limit": None,
    }  # fmt: skip
    with Client(**({} if joins_cluster else here)):
        outcomes = sweep.over(todo, outcome, jobs="cluster", progress=True)
    failed = [part for part, status, _ in outcomes if status not in (0, 5)]  # 5: no such test there
    for (file, span), _, text in outcomes:
        print(f"== {file}, seeds {span}", text, sep="\n")
    print(f"{len(todo) - len(failed)} of {len(todo)} parts passed; failed: {failed or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
