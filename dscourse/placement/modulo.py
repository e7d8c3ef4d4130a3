"""Placement by hash modulo the number of nodes: even, but nearly all keys move when a node joins or leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dscourse.placement.placement import Placement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dscourse.placement.hashing import Hashes

__all__ = ["Modulo"]


class Modulo(Placement):
    """Placement of key k on node number hash(k) mod n.

    From n to n + 1 nodes, a share of n / (n + 1) of the keys moves.

    Nodes are numbered in the order in which they joined, so all clients must agree on that order.

    >>> one = Modulo(["a", "b", "c"])
    >>> one.node_of("cart 1"), one.node_of("cart 2")
    ('a', 'c')
    """

    weighs = False

    def _rebuild(self) -> None:
        self._names = self.nodes

    def _node_at(self, point: int) -> str:
        return self._names[point % len(self._names)]

    def _indexes_at(self, points: Hashes) -> NDArray[np.intp]:
        import numpy as np

        return (points % np.uint64(len(self._names))).astype(np.intp)
