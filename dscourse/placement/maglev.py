"""Maglev hashing: nodes take turns to fill a table, for lookups in one step and an almost equal load."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dscourse.placement.hashing import hash_of, mixed
from dscourse.placement.placement import Placement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dscourse.placement.hashing import Hashes

__all__ = ["Maglev"]


class Maglev(Placement):
    """A table of slots: each node has its own permutation, and nodes take turns to claim their next free slot.

    ``slots`` must be a prime number, well above the number of nodes. The nodes' shares differ by at most one slot.
    When a node joins or leaves, a few keys move between other nodes as well. Every change rebuilds the table. The
    nodes take turns in the order of their names, so the table depends only on the set of nodes, not on the order in
    which they joined.

    Source: Eisenbud et al., "Maglev: a fast and reliable software network load balancer", NSDI 2016, section 3.4.

    >>> one = Maglev(["a", "b", "c"], slots=13)
    >>> sorted(one.loads(range(13_000)).values())[0] > 3_700
    True
    """

    weighs = False

    def __init__(self, nodes: object = (), slots: int = 65_537) -> None:
        if (
            not isinstance(slots, int)
            or slots < 2
            or any(slots % n == 0 for n in range(2, math.isqrt(slots) + 1))
        ):
            raise ValueError(f"slots={slots!r}: it must be a prime number")
        self.slots = slots
        super().__init__(nodes)  # type: ignore[arg-type]

    def _enter(self, node: str, weight: float) -> None:
        if len(self.weights) >= self.slots:
            raise ValueError(f"node {node!r}: there are only {self.slots} slots")
        super()._enter(node, weight)

    def _rebuild(self) -> None:
        import numpy as np

        names, slots = sorted(self.weights), self.slots
        table = [-1] * slots
        points = [hash_of(name) for name in names]
        nexts = [mixed(point, 1) % slots for point in points]
        skips = [mixed(point, 2) % (slots - 1) + 1 for point in points]
        free = slots if names else 0
        while free:
            for index in range(min(len(names), free)):
                slot, skip = nexts[index], skips[index]
                while table[slot] >= 0:
                    slot = (slot + skip) % slots
                table[slot] = index
                nexts[index] = (slot + skip) % slots
            free -= min(len(names), free)
        number = {name: index for index, name in enumerate(self.weights)}
        numbers = np.array([number[name] for name in names], dtype=np.intp)
        self._names = self.nodes
        self._table = numbers[table] if names else np.array(table, dtype=np.intp)

    def _node_at(self, point: int) -> str:
        return self._names[int(self._table[point % self.slots])]

    def _indexes_at(self, points: Hashes) -> NDArray[np.intp]:
        import numpy as np

        return self._table[(points % np.uint64(self.slots)).astype(np.intp)]
