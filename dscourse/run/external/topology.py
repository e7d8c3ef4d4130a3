"""The neighbours that a broadcast test suggests to its nodes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["TOPOLOGIES", "neighbours"]

Edges = Iterable[tuple[int, int]]


def _grid(n: int) -> Edges:
    side = math.ceil(math.sqrt(n))
    for node in range(n):
        if (node + 1) % side:
            yield node, node + 1
        yield node, node + side


def _tree(branches: int) -> Callable[[int], Edges]:
    return lambda n: [((node - 1) // branches, node) for node in range(1, n)]


TOPOLOGIES: Mapping[str, Callable[[int], Edges]] = {
    "grid": _grid,
    "line": lambda n: [(node, node + 1) for node in range(n)],
    "total": lambda n: [(one, other) for other in range(n) for one in range(other)],
    "tree": _tree(2), "tree2": _tree(2), "tree3": _tree(3), "tree4": _tree(4),
}  # fmt: skip


def neighbours(
    topology: str | Mapping[str, Sequence[str]], nodes: Sequence[str]
) -> dict[str, list[str]]:
    """Return the neighbours of each node: of a topology by its name, or as they are given. ValueError for another.

    >>> neighbours("line", ["n0", "n1", "n2"])
    {'n0': ['n1'], 'n1': ['n0', 'n2'], 'n2': ['n1']}
    """
    if not isinstance(topology, str | Mapping):
        raise ValueError(
            f"topology={topology!r}: a name, or the neighbours of each node are required"
        )
    if not isinstance(topology, str):
        strange = sorted(
            {name for some in topology.values() for name in some} | set(topology) - set(nodes)
        )
        strange = [name for name in strange if name not in nodes]
        if strange:
            raise ValueError(f"topology names {strange[0]!r}: the nodes are {', '.join(nodes)}")
        return {name: list(topology.get(name, ())) for name in nodes}
    if topology not in TOPOLOGIES:
        raise ValueError(f"topology={topology!r}: the topologies are {', '.join(TOPOLOGIES)}")
    found: dict[str, list[str]] = {name: [] for name in nodes}
    for one, other in TOPOLOGIES[topology](len(nodes)):
        if other < len(nodes):
            found[nodes[one]].append(nodes[other])
            found[nodes[other]].append(nodes[one])
    return found
