"""Rendezvous hashing: every node draws a number for the key, and the highest number wins."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dscourse.placement.hashing import BITS, Key, hash_of, mixed, mixed_hashes
from dscourse.placement.placement import Placement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dscourse.placement.hashing import Hashes

__all__ = ["Rendezvous"]


class Rendezvous(Placement):
    """Node i draws u from (0, 1) by a hash of node and key; the node of the largest -weight / ln(u) holds the key.

    When a node joins or leaves, only its own keys move. A lookup computes a draw for each of the n nodes. Of equal
    draws, that of the alphabetically last node wins.

    Source: Thaler and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM Transactions on
    Networking 6(1), 1998; the weights after Schindelhauer and Schomaker, "Weighted distributed hash tables", SPAA
    2005.

    >>> one = Rendezvous(["a", "b", "c"])
    >>> one.nodes_of("cart 1", 2)
    ('b', 'a')
    """

    def nodes_of(self, key: Key, count: int) -> tuple[str, ...]:
        """Return the ``count`` nodes with the highest draws, the key's own node first.

        Raises ValueError unless ``count`` is from 1 to the number of nodes.
        """
        if not 1 <= count <= len(self.weights):
            raise ValueError(f"count={count}: it must be from 1 to {len(self.weights)}, the nodes")
        point = self._hash(key)
        ranked = sorted(((self._score(node, point), node) for node in self.weights), reverse=True)
        return tuple(node for _, node in ranked[:count])

    def _rebuild(self) -> None:
        self._seeds = {name: hash_of(name) for name in self.weights}

    def _score(self, node: str, point: int) -> float:
        return _weighed(self.weights[node], mixed(point, self._seeds[node]))

    def _node_at(self, point: int) -> str:
        return max((self._score(node, point), node) for node in self.weights)[1]

    def _indexes_at(self, points: Hashes) -> NDArray[np.intp]:
        import numpy as np

        best = np.full(len(points), -np.inf)
        owners = np.zeros(len(points), dtype=np.intp)
        for node, owner in sorted((node, owner) for owner, node in enumerate(self.weights)):
            weight = self.weights[node]
            draws = (mixed_hashes(points, self._seeds[node]).astype(np.float64) + 0.5) / 2.0**BITS
            scores = -weight / np.log(np.minimum(draws, _BELOW_ONE))
            higher = scores >= best
            best[higher], owners[higher] = scores[higher], owner
        return owners


_BELOW_ONE = math.nextafter(1.0, 0.0)


def _weighed(weight: float, draw: int) -> float:
    return -weight / math.log(min((draw + 0.5) / 2.0**BITS, _BELOW_ONE))
