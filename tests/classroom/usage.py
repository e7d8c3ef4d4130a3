"""The memory and the computing time of a user's processes, from Linux's /proc."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

__all__ = ["HAS_PROC", "cpu_seconds", "memory_mb", "processes_of"]

PROC = Path("/proc")
HAS_PROC = Path("/proc/self/smaps_rollup").exists()
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def processes_of(home: Path) -> list[int]:
    """The ids of the processes whose HOME is this folder or one below it."""
    found = []
    for folder in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            variables = (folder / "environ").read_bytes().split(b"\0")
            homes = [one for one in variables if one.startswith(b"HOME=")]
            if any(Path(os.fsdecode(one[5:])).is_relative_to(home) for one in homes):
                found.append(int(folder.name))
    return found


def memory_mb(processes: Iterable[int]) -> float:
    """The memory of these processes in MB, each page divided by the number of processes that share it (PSS)."""
    kb = 0
    for process in processes:
        with contextlib.suppress(OSError):
            lines = (PROC / str(process) / "smaps_rollup").read_text().splitlines()
            kb += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kb / 1024


def cpu_seconds(processes: Iterable[int]) -> float:
    """The processor time of these processes, and of their children that have ended, in seconds."""
    ticks = 0
    for process in processes:
        with contextlib.suppress(OSError):
            fields = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS
