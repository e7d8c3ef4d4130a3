"""The cost of an import in a fresh interpreter: `dscourse` and each of its parts."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from benchmarks.paired import Ratio, timed

__all__ = ["PARTS", "run"]

PARTS = ("dscourse", "dscourse.sim", "dscourse.show", "dscourse.panels", "dscourse.exercises")


def _interpreter(statement: str) -> None:
    subprocess.run([sys.executable, "-c", statement], check=True)


def run(rounds: int = 11) -> str:
    """A table: milliseconds above a bare interpreter, median and range over rounds in turn."""
    extra: dict[str, list[float]] = {part: [] for part in PARTS}
    for _ in range(rounds):
        bare = timed(partial(_interpreter, "pass"))
        for part, found in extra.items():
            found.append((timed(partial(_interpreter, f"import {part}")) - bare) * 1000)
    rows = ["import               ms above a bare interpreter"]
    rows += [f"{part:<20} {Ratio.of(found)}" for part, found in extra.items()]
    return "\n".join(rows)
