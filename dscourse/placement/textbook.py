"""Placement by hash as introductions write it: the versions to break.

`TextbookShards` takes the hash modulo the number of nodes. `TextbookRing` keeps a dictionary from points to nodes,
sorts it at every lookup, lets one node's point overwrite another's, and returns "" when there is no node.
"""

from __future__ import annotations

from collections.abc import Iterable

from dscourse.placement.hashing import BITS, Key, hash_of
from dscourse.placement.names import listed_names

__all__ = ["TextbookRing", "TextbookShards"]


class TextbookShards:
    """Placement of key k on shard number hash(k) mod n; a duplicate shard gets two shares.

    >>> shards = TextbookShards(["a", "b", "c"])
    >>> shards.node_of("cart 1"), shards.node_of("cart 2")
    ('a', 'c')
    """

    def __init__(self, nodes: Iterable[str]) -> None:
        self.shards = listed_names(nodes)

    def node_of(self, key: Key) -> str:
        return self.shards[hash_of(key) % len(self.shards)]


class TextbookRing:
    """A dictionary from points to nodes on a circle of 2 ** ``bits`` positions.

    ``looked_at`` counts the points that lookups have read, for sorting and for walking.

    >>> ring = TextbookRing(["a", "b"], virtual_nodes=3)
    >>> ring.node_of("cart 1"), ring.looked_at
    ('b', 11)
    >>> TextbookRing().node_of("cart 1")
    ''
    """

    def __init__(
        self, nodes: Iterable[str] = (), virtual_nodes: int = 150, bits: int = BITS
    ) -> None:
        self.virtual_nodes, self.bits = virtual_nodes, bits
        self.ring: dict[int, str] = {}
        self.nodes: set[str] = set()
        self.looked_at = 0
        for node in listed_names(nodes):
            self.add(node)

    def point_of(self, name: Key) -> int:
        return hash_of(name) >> (BITS - self.bits)

    def add(self, node: str) -> None:
        self.nodes.add(node)
        for number in range(self.virtual_nodes):
            self.ring[self.point_of(f"{node}:{number}")] = node

    def remove(self, node: str) -> None:
        self.nodes.discard(node)
        for number in range(self.virtual_nodes):
            self.ring.pop(self.point_of(f"{node}:{number}"), None)

    def node_of(self, key: Key) -> str:
        if not self.ring:
            return ""
        points = sorted(self.ring)
        self.looked_at += len(points)
        for point in points:
            self.looked_at += 1
            if point >= self.point_of(key):
                return self.ring[point]
        return self.ring[points[0]]
