"""A monitor of many nodes: suspected nodes, nodes trusted again, and listeners for both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dscourse.detectors.detector import Detector, finite

__all__ = ["Change", "Monitor"]


@dataclass(frozen=True, slots=True)
class Change:
    """A change in the status of a node: suspected, or trusted again."""

    node: str
    suspected: bool
    at_ms: float


Listener = Callable[[Change], None]


class Monitor:
    """One detector per watched node, made by ``make(start_ms)``; listeners are told of changes.

    A node that is not watched is neither trusted nor suspected. Times are compared per node: a heartbeat before the
    node's last one raises ValueError and affects that node alone. A check at a time before a node's last heartbeat
    leaves that node's status unchanged and judges all others as usual.

    >>> from dscourse.detectors.timeouts import FixedTimeout
    >>> monitor = Monitor(lambda start: FixedTimeout(100, misses=3, start_ms=start))
    >>> monitor.watch("a", 0)
    >>> monitor.heartbeat("a", 90)
    >>> monitor.check(400)
    [Change(node='a', suspected=True, at_ms=400)]
    >>> monitor.heartbeat("a", 450)
    >>> monitor.suspected
    ()
    """

    def __init__(self, make: Callable[[float], Detector]) -> None:
        self._make = make
        self.detectors: dict[str, Detector] = {}
        self._suspected: dict[str, None] = {}
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call ``listener(change)`` at every later change; listeners are called in the order of registration."""
        self._listeners.append(listener)

    def watch(self, node: str, now_ms: float) -> None:
        """Watch a node from now on, as if a heartbeat had just arrived. Raise ValueError if it is watched already."""
        if node in self.detectors:
            raise ValueError(f"{node!r} is watched already")
        self.detectors[node] = self._make(now_ms)

    def forget(self, node: str) -> None:
        """Stop watching the node. Raise LookupError if it is not watched."""
        self._known(node)
        del self.detectors[node]
        self._suspected.pop(node, None)

    def heartbeat(self, node: str, now_ms: float) -> None:
        """Record a heartbeat; a suspected node is trusted again. Raise LookupError if the node is not watched."""
        self._known(node).heartbeat(now_ms)
        if node in self._suspected:
            del self._suspected[node]
            self._tell(Change(node, False, now_ms))

    def check(self, now_ms: float) -> list[Change]:
        """Return the nodes that have become suspected since the last check; call it as often as needed.

        A node with a heartbeat after ``now_ms`` is not suspected. Raises ValueError for a time that is not finite.
        """
        finite("now_ms", now_ms)
        changes = [
            Change(node, True, now_ms)
            for node, detector in self.detectors.items()
            if node not in self._suspected
            and detector.last_ms <= now_ms
            and detector.suspects(now_ms)
        ]
        self._suspected |= dict.fromkeys(change.node for change in changes)
        for change in changes:
            self._tell(change)
        return changes

    @property
    def suspected(self) -> tuple[str, ...]:
        """The suspected nodes, in the order in which they became suspected."""
        return tuple(self._suspected)

    def _known(self, node: str) -> Detector:
        if node not in self.detectors:
            known = ", ".join(self.detectors) or "nobody yet"
            raise LookupError(f"{node!r} is not watched: watched are {known}")
        return self.detectors[node]

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)
