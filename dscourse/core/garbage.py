"""Fewer runs of the garbage collector while many objects are made that live on, or none for a moment."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["rare_collections", "uncollected"]

_lock = threading.Lock()
_under_way: list[None] = []  # one for each block that has begun and not ended
_thresholds: list[int] = []  # those before the first of them


@contextmanager
def rare_collections() -> Iterator[None]:
    """Make garbage collections rare: for work that makes many objects, none of them in cycles.

    The collector runs after so many new objects, and looks at more and more of those that live on. That takes a
    third of the time of a long trace, and a quarter of that of a search. The thresholds are restored at the end,
    by the last one to end if such work is nested or done in several threads.

    >>> before = gc.get_threshold()
    >>> with rare_collections():
    ...     gc.get_threshold()
    (200000, 50, 100)
    >>> gc.get_threshold() == before
    True
    """
    with _lock:
        if not _under_way:
            _thresholds[:] = gc.get_threshold()
            gc.set_threshold(200_000, 50, 100)
        _under_way.append(None)
    try:
        yield
    finally:
        with _lock:
            _under_way.pop()
            if not _under_way:
                gc.set_threshold(*_thresholds)


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect no garbage: for work of a moment for which a reader waits.

    A collection in its middle would look at all that lives, which takes 0.1 s in a notebook's kernel, and would take
    the work's own objects for ones that live on. Afterwards they go at the next collection, as the youngest.

    >>> with uncollected():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
