"""The guardian of a test: a process that outlives the one that started it, and ends its nodes.

It reads lines from its standard input: ``+`` or ``-`` and the number of a process group that was started or has
ended. When its input ends, because the process that started it is no more, it kills the groups that are left, stopped
ones too, and removes the folder that it was given. It needs the standard library alone, and is started as a script.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import suppress

__all__ = ["main"]


def main(folder: str) -> None:
    """Wait for the end of the input, then clean up; ``folder`` may be empty."""
    alive: set[int] = set()
    for line in sys.stdin:
        (alive.add if line[0] == "+" else alive.discard)(int(line[1:]))
    for group in alive:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
