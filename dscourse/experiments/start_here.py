"""Chapter 00: a counter on three nodes whose messages are lost or duplicated."""

from __future__ import annotations

from dscourse.node import Node, cluster
from dscourse.protocols.replicated_counter import GossipCounter
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import Network, Uniform, World

__all__ = ["counter_world"]

_NODES = ("a", "b", "c")
_GAP_MS = 15.0
_REST_MS = {"textbook": 25.0, "repaired": 58.0}  # after the turn of the last increment
_KINDS: dict[str, type[Node]] = {"textbook": Counter, "repaired": GossipCounter}


def counter_world(
    version: str = "textbook",
    increments: int = 6,
    loss: float = 0.3,
    duplicate: float = 0.0,
    seed: int = 1,
) -> World:
    """Run three counters that take turns to count ``increments`` in all, until shortly after the last one.

    ``loss`` and ``duplicate`` are probabilities per message; ``version`` is ``"textbook"`` or ``"repaired"``.

    >>> from dscourse.protocols.replicated_counter import counts
    >>> counts(counter_world(loss=0).nodes)
    {'a': 6, 'b': 6, 'c': 6}
    """
    network = Network(latency=Uniform(4, 16), loss=loss, duplicate=duplicate)
    world = World(cluster(_KINDS[version], _NODES), seed=seed, network=network)
    for turn in range(increments):
        world.submit(_NODES[turn % 3], [("add", None, 1)], start_ms=5 + turn * _GAP_MS)
    return world.run(until_ms=5 + increments * _GAP_MS + _REST_MS[version])
