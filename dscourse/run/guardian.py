"""The guardian of a cluster: a process that outlives the one that started it, and cleans up after it.

It reads from its standard input, line by line, ``+`` or ``-`` and the number of a process that has started or ended.
When the input ends, or its parent is no more, it kills all processes that are left, stopped ones too, and removes the
folder that it was given. It needs the standard library alone, and no site packages, so that it starts at once.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
from contextlib import suppress

__all__ = ["main"]

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
    for process in alive:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
