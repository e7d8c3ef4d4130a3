"""A ring whose preference lists visit every rack before any rack a second time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from dscourse.placement.hashing import Key
from dscourse.placement.names import weights_of
from dscourse.placement.ring import Ring

__all__ = ["RackRing", "over_racks"]

Rule = Callable[[Sequence[str], Mapping[str, str]], Sequence[str]]


class RackRing(Ring):
    """A `Ring` of nodes in racks: the first nodes of a key's preference list are in as many racks as possible.

    If there are at least as many racks as replicas, the loss of one rack costs a key at most one replica. The first
    node of a key is the same as on the plain ring. A joining node names its rack. Another ``rule`` may replace
    `over_racks`: it takes all nodes clockwise and the rack of each, and returns all nodes reordered. Raises TypeError
    unless ``racks`` maps each rack to its nodes; ValueError if there is no rack, or a node is in two.

    Source: DeCandia et al., "Dynamo", SOSP 2007, section 4.6 (replicas spread over data centers); Apache Cassandra's
    NetworkTopologyStrategy does so for racks.

    >>> ring = RackRing({"north": ["a", "b"], "south": ["c", "d"]})
    >>> sorted(ring.rack_of[node] for node in ring.preference("cart 17", 2))
    ['north', 'south']
    """

    def __init__(
        self,
        racks: Mapping[str, Iterable[str] | Mapping[str, float]],
        virtual_nodes: int = 150,
        rule: Rule | None = None,
    ) -> None:
        if not isinstance(racks, Mapping):
            raise TypeError(f"racks={racks!r}: a dict from each rack to its nodes is required")
        if not racks:
            raise ValueError("racks is empty: a node has to stand somewhere")
        self.rule = rule or over_racks
        self.rack_of: dict[str, str] = {}
        weights: dict[str, float] = {}
        for rack, nodes in racks.items():
            for node, weight in weights_of(nodes, f"racks[{rack!r}]").items():
                if node in weights:
                    raise ValueError(
                        f"node {node!r} stands in {self.rack_of[node]!r} and in {rack!r}: it has one rack"
                    )
                weights[node], self.rack_of[node] = weight, rack
        super().__init__(weights, virtual_nodes)

    def add(self, node: str, weight: float = 1.0, rack: str | None = None) -> None:
        """Add a node in a rack, which may be new. Raise TypeError without a rack; otherwise as `Ring.add`."""
        if rack is None:
            raise TypeError(f"node {node!r} needs a rack: write add({node!r}, rack=…)")
        super().add(node, weight)
        self.rack_of[node] = rack

    def remove(self, node: str) -> None:
        """Remove a node. Raise LookupError for an unknown node."""
        super().remove(node)
        del self.rack_of[node]

    def preference(self, key: Key, count: int) -> tuple[str, ...]:
        super().preference(key, count)  # raises for an impossible count
        order = super().preference(key, len(self.nodes))
        return tuple(self.rule(order, self.rack_of))[:count]


def over_racks(order: Sequence[str], rack_of: Mapping[str, str]) -> tuple[str, ...]:
    """Return the nodes reordered in rounds: each round takes the first remaining node of every rack.

    >>> over_racks(["a", "b", "c", "d"], {"a": "north", "b": "north", "c": "south", "d": "south"})
    ('a', 'c', 'b', 'd')
    """
    left, found = list(order), []
    while left:
        firsts = {rack_of[node]: node for node in reversed(left)}
        found += [node for node in left if firsts[rack_of[node]] == node]
        left = [node for node in left if node not in found]
    return tuple(found)
