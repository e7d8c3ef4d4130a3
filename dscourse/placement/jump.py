"""Jump consistent hash: no table, an even load, and only the last node can leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dscourse.placement.placement import Placement, UnsupportedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dscourse.placement.hashing import Hashes

__all__ = ["Jump", "jump"]

_LCG = 2_862_933_555_777_941_757
_MASK = (1 << 64) - 1


def jump(point: int, buckets: int) -> int:
    """Return the bucket, from 0 to ``buckets`` - 1, of this 64-bit hash. Raise ValueError for fewer than 1 bucket.

    Source: Lamping and Veach, "A fast, minimal memory, consistent hash algorithm", 2014, figure 1: random numbers
    seeded by the key decide at which bucket counts it jumps; the last jump below ``buckets`` counts. It takes about
    ln n steps.

    >>> jump(42, 57), jump(256, 1024)
    (43, 520)
    """
    if buckets < 1:
        raise ValueError(f"buckets={buckets}: a key needs at least 1")
    bucket, following = -1, 0
    while following < buckets:
        bucket = following
        point = (point * _LCG + 1) & _MASK
        following = int((bucket + 1) * ((1 << 31) / ((point >> 33) + 1)))
    return bucket


class Jump(Placement):
    """Placement by jump hash: bucket i is the i-th node to have joined, and only the last one can leave.

    All clients must agree on the order of the nodes.

    >>> one = Jump(["a", "b"])
    >>> one.remove("a")
    Traceback (most recent call last):
        ...
    dscourse.placement.placement.UnsupportedError: node 'a' cannot leave: only the last one, 'b', can
    """

    weighs = False

    def _rebuild(self) -> None:
        self._names = self.nodes

    def _leaving(self, node: str) -> None:
        if node != self._names[-1]:
            raise UnsupportedError(
                f"node {node!r} cannot leave: only the last one, {self._names[-1]!r}, can"
            )

    def _node_at(self, point: int) -> str:
        return self._names[jump(point, len(self._names))]

    def _indexes_at(self, points: Hashes) -> NDArray[np.intp]:
        """Compute all keys at once; a key that has reached its bucket drops out of the loop."""
        import numpy as np

        buckets = np.zeros(len(points), dtype=np.intp)
        left = np.arange(len(points))
        state, following = points.copy(), np.zeros(len(points))
        while len(left):
            buckets[left] = following.astype(np.intp)
            state = state * np.uint64(_LCG) + np.uint64(1)
            divisor = ((state >> np.uint64(33)) + np.uint64(1)).astype(np.float64)
            following = np.floor((buckets[left] + 1) * (2.0**31 / divisor))
            on = following < len(self._names)
            left, state, following = left[on], state[on], following[on]
        return buckets
