"""An event loop of one thread: file descriptors and times. It takes no part in an event loop that runs already."""

from __future__ import annotations

import heapq
import selectors
import time
from collections.abc import Callable
from itertools import count
from typing import Any

__all__ = ["READ", "WRITE", "Reactor"]

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_LONGEST_S = 1.0  # that a wait lasts, so that an interrupt comes through
_STALL_NS = 200_000_000  # by which a wait may last longer without being a stall


class Reactor:
    """The calls that are due at times, and those that wait for file descriptors."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._due: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._numbers = count()

    @staticmethod
    def now_ns() -> int:
        """Return the time of a clock that never goes back, in ns."""
        return time.monotonic_ns()

    def at(self, ns: int, call: Callable[..., None], *args: Any) -> None:
        """Call ``call(*args)`` at this time, or as soon as possible; calls of one time keep their order."""
        heapq.heappush(self._due, (ns, next(self._numbers), call, args))

    def watch(self, fd: int, events: int, call: Callable[[], None]) -> None:
        """Call ``call()`` whenever the descriptor can be read, or written."""
        self._selector.register(fd, events, call)

    def unwatch(self, fd: int) -> None:
        """Forget the descriptor, if it is watched."""
        if fd in self._selector.get_map():
            self._selector.unregister(fd)

    def run(self, until: Callable[[], bool], end_ns: int) -> bool:
        """Work until ``until()`` is true, or until this time; return whether it was true.

        Time in which the whole machine stood still, or let nobody run, does not count: answers may be waiting.
        """
        while not until():
            now = time.monotonic_ns()
            if now >= end_ns:
                return False
            while self._due and self._due[0][0] <= now:
                _, _, call, args = heapq.heappop(self._due)
                call(*args)
                if until():
                    return True
            next_ns = min(end_ns, self._due[0][0]) if self._due else end_ns
            before_ns = time.monotonic_ns()
            wait_s = min(max(0, next_ns - before_ns) / 1e9, _LONGEST_S)
            ready = self._selector.select(wait_s)
            late_ns = time.monotonic_ns() - before_ns - round(wait_s * 1e9)
            end_ns += late_ns if late_ns > _STALL_NS else 0
            for key, _ in ready:
                now_watched = self._selector.get_map().get(
                    key.fd
                )  # an earlier call may have closed it
                if now_watched is not None and now_watched.data == key.data:
                    key.data()
        return True

    def close(self) -> None:
        """Forget everything."""
        self._due.clear()
        self._selector.close()
