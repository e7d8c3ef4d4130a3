"""Many nodes watched at once: who is suspected, who is trusted again, and whom to tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dscourse.detectors.detector import Detector, finite

__all__ = ["Change", "Monitor"]


@dataclass(frozen=True, slots=True)
class Change:
    """A node has become suspected, or trusted again, at a time."""

    node: str
    suspected: bool
    at_ms: float


Listener = Callable[[Change], None]


class Monitor:
    """A detector for each node, made by ``make(start_ms)`` when the node is watched; tells its listeners of changes.

    A node that nobody has asked to watch is not known: it is neither trusted nor suspected. Each node has a time of
    its own: a heartbeat before its last one is a ValueError about this node alone, and a check at a time before the
    last heartbeat of a node says nothing new about that node, and the same as ever about all others.

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
        """Call ``listener(change)`` at every change from now on, in the order in which they asked."""
        self._listeners.append(listener)

    def watch(self, node: str, now_ms: float) -> None:
        """Watch a node from now on, as if it had just been heard; ValueError if it is watched already."""
        if node in self.detectors:
            raise ValueError(f"{node!r} is watched already")
        self.detectors[node] = self._make(now_ms)

    def forget(self, node: str) -> None:
        """Watch the node no more; LookupError if it is not watched."""
        self._known(node)
        del self.detectors[node]
        self._suspected.pop(node, None)

    def heartbeat(self, node: str, now_ms: float) -> None:
        """A heartbeat of the node has come; if it was suspected, it is trusted again. LookupError if not watched."""
        self._known(node).heartbeat(now_ms)
        if node in self._suspected:
            del self._suspected[node]
            self._tell(Change(node, False, now_ms))

    def check(self, now_ms: float) -> list[Change]:
        """Which nodes have become suspected since the last check; call it as often as you want to know.

        A node that was heard after ``now_ms`` is up at ``now_ms``. ValueError for a time that is not finite.
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
        """The nodes that are suspected, in the order in which they became so."""
        return tuple(self._suspected)

    def _known(self, node: str) -> Detector:
        if node not in self.detectors:
            known = ", ".join(self.detectors) or "nobody yet"
            raise LookupError(f"{node!r} is not watched: watched are {known}")
        return self.detectors[node]

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)
