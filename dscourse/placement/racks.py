"""A ring whose preference lists reach every rack before they come back to one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from dscourse.placement.hashing import Key
from dscourse.placement.names import weights_of
from dscourse.placement.ring import Ring

__all__ = ["RackRing", "over_racks"]

Rule = Callable[[Sequence[str], Mapping[str, str]], Sequence[str]]


class RackRing(Ring):
    """A `Ring` of nodes that stand in racks: the first nodes of a key stand in as many racks as there are.

    A rack that loses its power then takes at most one of a key's replicas, if there are as many racks as replicas.
    The first node of a key is the same as on the plain ring. A node that joins names its rack. Another ``rule`` may
    take the place of `over_racks`: all nodes as they come clockwise and the rack of each -> all nodes in their order.
    TypeError unless ``racks`` maps each rack to the names of its nodes; ValueError if there is no rack, or a node
    stands in two.

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
        """Let a node join, in a rack, which may be a new one. TypeError without a rack; else as `Ring.add`."""
        if rack is None:
            raise TypeError(f"node {node!r} needs a rack: write add({node!r}, rack=…)")
        super().add(node, weight)
        self.rack_of[node] = rack

    def remove(self, node: str) -> None:
        """Let a node leave. LookupError if it is not there."""
        super().remove(node)
        del self.rack_of[node]

    def preference(self, key: Key, count: int) -> tuple[str, ...]:
        super().preference(key, count)  # refuses an impossible count
        order = super().preference(key, len(self.nodes))
        return tuple(self.rule(order, self.rack_of))[:count]


def over_racks(order: Sequence[str], rack_of: Mapping[str, str]) -> tuple[str, ...]:
    """The nodes in another order: in rounds, of which each takes the first node that is left of every rack.

    >>> over_racks(["a", "b", "c", "d"], {"a": "north", "b": "north", "c": "south", "d": "south"})
    ('a', 'c', 'b', 'd')
    """
    left, found = list(order), []
    while left:
        firsts = {rack_of[node]: node for node in reversed(left)}
        found += [node for node in left if firsts[rack_of[node]] == node]
        left = [node for node in left if node not in found]
    return tuple(found)
