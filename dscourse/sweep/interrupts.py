"""An interrupt of a notebook's kernel ends the cell, and not the workers that the notebook has started.

Jupyter sends the signal to the kernel and all its child processes, which would end the workers of a `LocalCluster`.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from typing import Any

from distributed import WorkerPlugin

__all__ = ["Uninterrupted"]


class Uninterrupted(WorkerPlugin):
    """A plugin of Dask's workers that lets those ignore interrupts that are child processes of another process."""

    name = "dscourse-uninterrupted"
    idempotent = True

    def setup(self, worker: Any) -> None:
        is_child = multiprocessing.parent_process() is not None
        if is_child and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
