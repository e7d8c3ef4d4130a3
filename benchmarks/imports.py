"""The processor time of an import in a fresh interpreter: `dscourse` and each of its parts."""

from __future__ import annotations

import resource
import subprocess
import sys

from benchmarks.paired import Ratio

__all__ = ["PARTS", "run"]

PARTS = (
    "dscourse", "dscourse.sim", "dscourse.checkers", "dscourse.show", "dscourse.panels", "dscourse.exercises",
)  # fmt: skip


def _interpreter_ms(statement: str) -> float:
    """Return the processor time of a new interpreter that carries out ``statement``, in ms."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def run(rounds: int = 11) -> str:
    """A table: milliseconds above a bare interpreter, median and range over rounds in turn."""
    extra: dict[str, list[float]] = {part: [] for part in PARTS}
    for _ in range(rounds):
        bare = _interpreter_ms("pass")
        for part, found in extra.items():
            found.append(_interpreter_ms(f"import {part}") - bare)
    rows = ["import               ms above a bare interpreter"]
    rows += [f"{part:<20} {Ratio.of(found)}" for part, found in extra.items()]
    return "\n".join(rows)
