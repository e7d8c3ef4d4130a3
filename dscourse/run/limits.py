"""Limits of real processes: the systems that can run them, and their number."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from dscourse.sim.faults import At, Expire

__all__ = ["MOST", "check_faults", "check_processes", "most_processes"]

MOST = 32
_VARIABLE = "DSCOURSE_PROCESSES"


def most_processes() -> int:
    """Return the number of processes that a run may have: the environment variable DSCOURSE_PROCESSES, else 32.

    ValueError if the variable is set to anything but a whole number.
    """
    text = os.environ.get(_VARIABLE, "").strip()
    if not text:
        return MOST
    if not text.isdecimal():
        raise ValueError(
            f"{_VARIABLE}={text!r}: a number of processes is required, 0 or more; 0 allows no run"
        )
    return int(text)


def check_faults(plan: Iterable[At]) -> None:
    """Raise ValueError for a fault that real processes cannot have."""
    for entry in plan:
        if isinstance(entry.fault, Expire):
            raise ValueError(
                f"{entry!r}: timers of real processes go off when the system lets them; this fault is for a World"
            )


def check_processes(count: int, instead: str = "") -> None:
    """Raise RuntimeError if this system cannot run real nodes, ValueError if not ``count`` of them.

    ``instead`` says what can be done without processes.
    """
    missing = _missing(sys.platform)
    most = most_processes()
    if not missing and not most:
        missing = f"real processes are switched off here ({_VARIABLE}=0)"
    if missing:
        raise RuntimeError(f"{missing}; {instead}" if instead else missing)
    if count > most:
        raise ValueError(
            f"{count} nodes: a run has at most {most} processes; give fewer nodes, or set {_VARIABLE} to allow more"
        )


def _missing(platform: str) -> str:
    """Return the reason why this platform cannot run real nodes; "" if it can."""
    if platform == "win32":
        return (
            "Windows lacks what real nodes need: SIGKILL and SIGSTOP, to crash and to pause a process, and sockets "
            "that a new process inherits; use Linux, macOS or the Windows Subsystem for Linux"
        )
    if platform == "emscripten":
        return "a browser cannot start processes; use the course on a computer or on a hub"
    return ""
