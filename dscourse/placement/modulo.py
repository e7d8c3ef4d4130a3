"""The hash of a key modulo the number of nodes: even, and nearly all keys move when a node comes or goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dscourse.placement.placement import Placement, UnsupportedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dscourse.placement.hashing import Hashes

__all__ = ["Modulo"]


class Modulo(Placement):
    """Key k is on node number hash(k) mod n. When n nodes become n + 1, a share of n / (n + 1) of the keys moves.

    >>> one = Modulo(["a", "b", "c"])
    >>> one.node_of("cart 1"), one.node_of("cart 2")
    ('a', 'c')
    """

    def _rebuild(self) -> None:
        self._names = self.nodes

    def _enter(self, node: str, weight: float) -> None:
        if weight != 1:
            raise UnsupportedError(f"node {node!r}: weight={weight!r}: all nodes weigh 1 here")
        super()._enter(node, weight)

    def _node_at(self, point: int) -> str:
        return self._names[point % len(self._names)]

    def _places_at(self, points: Hashes) -> NDArray[np.intp]:
        import numpy as np

        return (points % np.uint64(len(self._names))).astype(np.intp)
