"""Work in this process, where no copy of it can be made: it ends by an exception that is raised from outside."""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
import time
from typing import Any

from dscourse.exercises.sandbox.forked import Work
from dscourse.exercises.sandbox.limits import Ended, Limits

__all__ = ["Here"]

_AGAIN_S = 0.003


class Here:
    """Work in this process: when its time is up, it is interrupted again and again until it ends."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._thread = limits, threading.get_ident()
        self._results: list[Any] = []
        self._before: Any = sys.gettrace(), threading.gettrace(), sys.getrecursionlimit()
        self._interrupting = threading.Lock()  # held for good once the work is over
        self._is_late = threading.Event()

    def result(self, work: Work) -> Any:
        watcher = threading.Thread(target=self._watch, daemon=True)
        with contextlib.suppress(RuntimeError):  # WebAssembly has no threads
            watcher.start()
        returned = None
        try:
            returned = work(self._leave)
        except Ended:
            if not self._results:
                raise
        finally:
            try:
                self._interrupting.acquire()
                for _ in range(2):  # an interruption may still be pending: it arrives here
                    pass
            except Ended:
                pass
            self._put_back()
        return self._results[0] if self._results else returned

    def _put_back(self) -> None:
        sys.settrace(self._before[0])
        threading.settrace(self._before[1])
        sys.setrecursionlimit(self._before[2])
        self._is_late.set()  # ends the watcher

    def _leave(self, result: object) -> None:
        self._results.append(result)
        self._is_late.set()
        raise Ended

    def _watch(self) -> None:
        self._is_late.wait(self._limits.whole_s)
        while self._interrupting.acquire(blocking=False):
            _raise_soon(self._thread, Ended)
            self._interrupting.release()
            time.sleep(_AGAIN_S)


def _raise_soon(thread: int, error: type[BaseException]) -> None:
    """Make a thread raise an error at its next call or loop iteration."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))
