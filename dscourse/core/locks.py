"""Locks in the state of a node: each copy gets a lock of its own, free or held as the original is.

A node never shares a lock with its copies, so that a lock held in one world does not stop another. Conditions,
semaphores, events and barriers consist of locks and plain attributes, and are copied like other objects.
"""

from __future__ import annotations

import threading
from typing import Any

__all__ = ["copy_lock", "is_lock", "is_locked"]

_LOCK: Any = type(threading.Lock())
_RLOCK: Any = type(threading.RLock())


def is_lock(value: object) -> bool:
    """Return True for a `threading.Lock` or `threading.RLock`."""
    return isinstance(value, (_LOCK, _RLOCK))


def is_locked(lock: Any) -> bool:
    """Return True if the lock is held; for an `RLock`, by this thread."""
    return bool(lock._is_owned() if isinstance(lock, _RLOCK) else lock.locked())


def copy_lock(lock: Any) -> Any:
    """Return a new lock of the same type, held if this one is: for an `RLock`, by this thread and as many times."""
    if not isinstance(lock, _RLOCK):
        plain = threading.Lock()
        if lock.locked():
            plain.acquire()
        return plain
    new: Any = threading.RLock()
    if lock._is_owned():
        holder = lock._release_save()
        lock._acquire_restore(holder)
        new._acquire_restore(holder)
    return new
