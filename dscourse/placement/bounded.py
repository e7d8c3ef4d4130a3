"""Consistent hashing with bounded loads: no node holds more than a given factor of the mean."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from dscourse.placement.hashing import Key
from dscourse.placement.ring import Ring

__all__ = ["BoundedRing"]


class BoundedRing:
    """Keys that are held at present, each at the first node clockwise that has room for it.

    With m keys and n nodes each node has room for ceil(``factor`` * m / n), counting the key that comes. When a key
    is released, or a node goes, the keys that stay are where they were unless they must move.

    Source: Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded loads", SODA 2018, section 2.

    >>> held = BoundedRing(["a", "b"], factor=1.25)
    >>> [held.hold(key) for key in ("x", "y", "z")]
    ['b', 'a', 'b']
    """

    def __init__(
        self,
        nodes: Iterable[str] | Mapping[str, float],
        factor: float = 1.25,
        virtual_nodes: int = 150,
    ) -> None:
        if not factor > 1 or math.isinf(factor):
            raise ValueError(f"factor={factor!r}: it must be above 1, or not every key finds room")
        self.ring, self.factor = Ring(nodes, virtual_nodes), factor
        self.home: dict[Key, str] = {}
        self.loads: dict[str, int] = dict.fromkeys(self.ring.nodes, 0)

    def room(self, keys: int) -> int:
        """How many keys each node may hold if there are so many in all."""
        return math.ceil(self.factor * keys / max(1, len(self.loads)))

    def hold(self, key: Key) -> str:
        """The node that holds the key from now on, or already does; LookupError if there is no node."""
        if key in self.home:
            return self.home[key]
        if not self.loads:
            raise LookupError("there are no nodes: add one first")
        room = self.room(len(self.home) + 1)
        node = next(name for name in self.ring.clockwise(key) if self.loads[name] < room)
        self.home[key] = node
        self.loads[node] += 1
        return node

    def release(self, key: Key) -> None:
        """The key is held no more; LookupError if it was not."""
        if key not in self.home:
            raise LookupError(f"{key!r} is not held")
        self.loads[self.home.pop(key)] -= 1
        self._mend()

    def add(self, node: str, weight: float = 1.0) -> None:
        """Let a node join; keys move to it only where it is their next node, or others are too full."""
        self.ring.add(node, weight)
        self._settle()

    def remove(self, node: str) -> None:
        """Let a node leave; its keys go on clockwise."""
        self.ring.remove(node)
        self._settle()

    def _settle(self) -> None:
        """Place all keys anew, in the order in which they came."""
        keys = list(self.home)
        self.home, self.loads = {}, dict.fromkeys(self.ring.nodes, 0)
        if self.loads:
            for key in keys:
                self.hold(key)

    def _mend(self) -> None:
        """Move keys from nodes that have become too full since the mean has shrunk."""
        room = self.room(len(self.home))
        for key, node in list(self.home.items()):
            if self.loads[node] > room:
                self.loads[node] -= 1
                del self.home[key]
                self.hold(key)
