"""Consistent hashing with bounded loads: no node holds more than a given factor of the mean."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from dscourse.placement.hashing import Key
from dscourse.placement.ring import Ring

__all__ = ["BoundedRing"]


class BoundedRing:
    """The keys currently held, each at the first node clockwise that had room for it.

    With m keys (the new one included) and n nodes, each node has room for ceil(``factor`` * m / n) keys, whatever its
    weight. A key moves only if its node leaves or becomes too full, or if a node joins before it on the key's way
    clockwise. Unlike on a `Ring`, the placement therefore depends on the order in which keys and nodes arrived.

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
        self._ring, self.factor = Ring(nodes, virtual_nodes), factor
        self.home: dict[Key, str] = {}
        self.loads: dict[str, int] = dict.fromkeys(self._ring.nodes, 0)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The names of the nodes, in the order in which they joined."""
        return self._ring.nodes

    def room(self, keys: int) -> int:
        """Return the capacity of each node, in keys, if there are ``keys`` in all."""
        return math.ceil(self.factor * keys / max(1, len(self.loads)))

    def hold(self, key: Key) -> str:
        """Return the node that holds the key, placing it first if needed. Raise LookupError if there are no nodes."""
        if key in self.home:
            return self.home[key]
        if not self.loads:
            raise LookupError("there are no nodes: add one first")
        room = self.room(len(self.home) + 1)
        return self._put(key, next(n for n in self._ring.clockwise(key) if self.loads[n] < room))

    def release(self, key: Key) -> None:
        """Remove the key. Raise LookupError if it is not held."""
        if key not in self.home:
            raise LookupError(f"{key!r} is not held")
        self._drop(key)
        self._relieve()

    def add(self, node: str, weight: float = 1.0) -> None:
        """Add a node; it receives the keys that reach it before their own node, and keys of nodes too full."""
        self._ring.add(node, weight)
        self.loads[node] = 0
        room = self.room(len(self.home))
        for key, home in list(self.home.items()):
            if self.loads[node] == room:
                break
            if next(name for name in self._ring.clockwise(key) if name in (node, home)) == node:
                self._drop(key)
                self._put(key, node)
        self._relieve()

    def remove(self, node: str) -> None:
        """Remove a node; its keys continue clockwise, and no other key moves.

        Raises LookupError for an unknown node, ValueError if it is the last one and holds keys.
        """
        keys = [key for key, home in self.home.items() if home == node]
        if keys and len(self.loads) == 1:
            raise ValueError(
                f"node {node!r} cannot leave: no other is there for its {len(keys)} keys"
            )
        self._ring.remove(node)
        del self.loads[node]
        room = self.room(len(self.home))
        for key in keys:
            del self.home[key]
            self._put(key, next(n for n in self._ring.clockwise(key) if self.loads[n] < room))

    def _put(self, key: Key, node: str) -> str:
        self.home[key] = node
        self.loads[node] += 1
        return node

    def _drop(self, key: Key) -> None:
        self.loads[self.home.pop(key)] -= 1

    def _relieve(self) -> None:
        """Move keys away from nodes above the capacity, which has shrunk with the mean."""
        room = self.room(len(self.home))
        for key, node in list(self.home.items()):
            if self.loads[node] > room:
                self._drop(key)
                self.hold(key)
