"""Consistent hashing with bounded loads: no node holds more than a given factor of the mean."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from dscourse.placement.hashing import Key
from dscourse.placement.ring import Ring

__all__ = ["BoundedRing"]


class BoundedRing:
    """Keys that are held at present, each at the first node clockwise that had room for it.

    With m keys and n nodes each node has room for ceil(``factor`` * m / n), whatever its weight, counting the key
    that comes. A key stays where it is unless its node leaves or has become too full, or a node joins that it meets
    on the way to its own. So, unlike that of a `Ring`, the placement depends on the order in which keys and nodes
    came.

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
        """How many keys each node may hold if there are so many in all."""
        return math.ceil(self.factor * keys / max(1, len(self.loads)))

    def hold(self, key: Key) -> str:
        """The node that holds the key from now on, or already does; LookupError if there is no node."""
        if key in self.home:
            return self.home[key]
        if not self.loads:
            raise LookupError("there are no nodes: add one first")
        room = self.room(len(self.home) + 1)
        return self._put(key, next(n for n in self._ring.clockwise(key) if self.loads[n] < room))

    def release(self, key: Key) -> None:
        """The key is held no more; LookupError if it was not."""
        if key not in self.home:
            raise LookupError(f"{key!r} is not held")
        self._drop(key)
        self._relieve()

    def add(self, node: str, weight: float = 1.0) -> None:
        """Let a node join; keys move to it that meet it before their own node, and from nodes that are too full."""
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
        """Let a node leave; its keys go on clockwise, and no other key moves.

        LookupError if it is not there; ValueError if it is the last and holds keys.
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
        """Move keys from nodes that have become too full since the mean has shrunk."""
        room = self.room(len(self.home))
        for key, node in list(self.home.items()):
            if self.loads[node] > room:
                self._drop(key)
                self.hold(key)
