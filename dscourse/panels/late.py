"""A word about work that takes long, said by a thread that waits beside it: work that does not costs no message."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["late"]


class _Watch:
    """One thread for all work, because a thread of its own would take longer to start than much of the work."""

    def __init__(self) -> None:
        self._begun, self._ended = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._wait_s = 0.0
        self._say: Callable[[], None] | None = None
        self._thread: threading.Thread | None = None

    def begin(self, wait_s: float, say: Callable[[], None]) -> None:
        """Call ``say`` after ``wait_s``, unless `end` is called before; at once where no thread can be started."""
        with self._lock:
            self._wait_s, self._say = wait_s, say
            self._ended.clear()
            self._begun.set()
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="late", daemon=True)
            try:
                self._thread.start()
            except RuntimeError:  # in a browser's Python
                self._thread = None
                say()

    def end(self) -> None:
        """Let nothing be said from here on."""
        with self._lock:
            self._say = None
            self._ended.set()

    def _run(self) -> None:
        while True:
            self._begun.wait()
            self._begun.clear()
            if self._ended.wait(self._wait_s):
                continue
            with self._lock:
                if self._say is not None:
                    self._say()


_WATCH = _Watch()


@contextmanager
def late(wait_s: float, say: Callable[[], None]) -> Iterator[None]:
    """Call ``say`` in another thread if this block takes longer than ``wait_s``; never after it has ended.

    Of nested blocks the innermost counts.

    >>> heard = threading.Event()
    >>> with late(0.01, heard.set):
    ...     heard.wait()
    True
    """
    _WATCH.begin(wait_s, say)
    try:
        yield
    finally:
        _WATCH.end()
