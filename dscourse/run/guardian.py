"""The guardian of a run: a process that outlives the one that started it, and cleans up after it.

It reads from its standard input, line by line, ``+`` or ``-`` and the number of a process group that has started or
ended. When the input ends, or its parent is no more, it kills all groups that are left, stopped ones too, and removes
the folder that it was given. Where the system shows the environment of processes, as Linux does, it also kills those
that were started with the run's mark in theirs: a process that had just been started, or that has left its group.
It needs the standard library alone, and no site packages, so that it starts at once.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import time
from contextlib import suppress

__all__ = ["MARK", "kill_marked", "main"]

MARK = "DSCOURSE_RUN"  # the variable that holds the folder of the run
LOOK_S = 1.0  # how often it looks whether its parent is still there


def main(folder: str, parent: int) -> None:
    """Wait for the end of ``parent`` or of the input, then clean up."""
    alive: set[int] = set()
    rest = b""
    while os.getppid() == parent:
        if not select.select([0], [], [], LOOK_S)[0]:
            continue
        piece = os.read(0, 4096)
        if not piece:
            break
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            (alive.add if line[:1] == b"+" else alive.discard)(int(line[1:]))
    for group in alive:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    kill_marked(folder)
    time.sleep(0.1)  # a process that was being started has its mark by now
    kill_marked(folder)
    shutil.rmtree(folder, ignore_errors=True)


def kill_marked(folder: str) -> None:
    """Kill every process that was started for the run in this folder, where the system tells which these are."""
    mark = os.fsencode(f"{MARK}={folder}")
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if name.isdigit():
            with suppress(OSError), open(f"/proc/{name}/environ", "rb") as environment:
                if mark in environment.read().split(b"\0"):
                    os.kill(int(name), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
