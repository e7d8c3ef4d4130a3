"""The consistent-hash ring: nodes stand at many points of a circle, and a key belongs to the next point clockwise."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from dscourse.placement.hashing import BITS, Key
from dscourse.placement.placement import Placement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dscourse.placement.hashing import Hashes

__all__ = ["Ring"]

_PER_POINT = 4  # buckets per point in the index for bulk lookups
_MOST_POINTS = 1 << 20  # per node: more would take too much memory


class Ring(Placement):
    """A ring on which a node of weight w stands at about w * ``virtual_nodes`` points, given by hashes.

    When a node joins or leaves, only its own keys move. The relative spread of the load is about 1 /
    sqrt(virtual_nodes). A lookup is a binary search; bulk lookups use an index of buckets over the circle. If points
    of two nodes collide, both stay, the one of the alphabetically first node first.

    Source: Karger et al., "Consistent hashing and random trees", STOC 1997; virtual nodes and preference lists as in
    DeCandia et al., "Dynamo", SOSP 2007, sections 4.2 and 4.3.

    >>> ring = Ring(["a", "b", "c"])
    >>> before = ring.node_of("cart 17")
    >>> ring.add("d")
    >>> ring.node_of("cart 17") in (before, "d")
    True
    """

    def __init__(
        self, nodes: Iterable[str] | Mapping[str, float] = (), virtual_nodes: int = 150
    ) -> None:
        if not isinstance(virtual_nodes, int) or virtual_nodes < 1:
            raise ValueError(
                f"virtual_nodes={virtual_nodes!r}: a ring needs at least 1 virtual node per node"
            )
        self.virtual_nodes = virtual_nodes
        super().__init__(nodes)

    # --- the circle ------------------------------------------------------------------------------

    def points_of(self, node: str, weight: float) -> list[int]:
        """Return the node's points: hashes of its name and a number, from 0 to 2 ** 64 - 1."""
        count = max(1, round(weight * self.virtual_nodes))
        return [self._hash(f"{node}#{number}") for number in range(count)]

    def _enter(self, node: str, weight: float) -> None:
        if weight * self.virtual_nodes > _MOST_POINTS:
            raise ValueError(
                f"node {node!r}: weight={weight!r} times virtual_nodes={self.virtual_nodes}: "
                f"a node stands at {_MOST_POINTS:,} points at most"
            )
        super()._enter(node, weight)

    def arcs(self) -> dict[str, float]:
        """Return the share of the circle that each node owns; the shares add up to 1."""
        owned = dict.fromkeys(self.weights, 0.0)
        last = (self._points[-1] - (1 << BITS)) if self._points else 0
        for point, owner in zip(self._points, self._owners, strict=True):
            owned[self._names[owner]] += (point - last) / 2.0**BITS
            last = point
        return owned

    def points(self) -> Iterator[tuple[float, str]]:
        """Yield all points clockwise, each as its position on the circle, from 0 to 1, and its node."""
        for point, owner in zip(self._points, self._owners, strict=True):
            yield point / 2.0**BITS, self._names[owner]

    def _rebuild(self) -> None:
        import numpy as np

        self._names = sorted(self.weights)  # an owner is an index into this list
        own = [self.points_of(name, self.weights[name]) for name in self._names]
        points = np.array([point for some in own for point in some], dtype=np.uint64)
        owners = np.repeat(np.arange(len(own), dtype=np.uint32), [len(some) for some in own])
        order = np.argsort(points, kind="stable")  # equal points stay in the order of names
        self._points = array("Q", points[order].tobytes())
        self._owners = array("I", owners[order].tobytes())
        self._forget()

    def _forget(self) -> None:
        """Invalidate the lookup indexes after a change of the circle; they are rebuilt on demand."""
        self._index: _Index | None = None
        self._cuts = array("I")

    def _joined(self, node: str) -> None:
        """Merge the node's points into the existing ones, in one pass."""
        points, owners, names = self._points, self._owners, self._names
        new_points, new_owners = array("Q"), array("I")
        names.append(node)
        done = 0
        for point in sorted(self.points_of(node, self.weights[node])):
            index = bisect_left(points, point, done)
            while index < len(points) and points[index] == point and names[owners[index]] < node:
                index += 1
            new_points += points[done:index]
            new_owners += owners[done:index]
            new_points.append(point)
            new_owners.append(len(names) - 1)
            done = index
        self._points = new_points + points[done:]
        self._owners = new_owners + owners[done:]
        self._forget()

    def _left(self, node: str) -> None:
        gone, last = self._names.index(node), len(self._names) - 1
        kept = [index for index, owner in enumerate(self._owners) if owner != gone]
        self._points = array("Q", [self._points[index] for index in kept])
        owners = (self._owners[index] for index in kept)
        self._owners = array("I", [gone if owner == last else owner for owner in owners])
        self._names[gone] = self._names[last]  # the last name moves to the free index
        self._names.pop()
        self._forget()

    # --- lookups ---------------------------------------------------------------------------------

    def _node_at(self, point: int) -> str:
        points, cuts = self._points, self._cuts
        if not cuts:
            cuts = self._cut()
        part = point >> self._shift
        index = bisect_left(points, point, cuts[part], cuts[part + 1])
        return self._names[self._owners[index if index < len(points) else 0]]

    def _cut(self) -> array[int]:
        """Cut the circle into about as many equal parts as points, so that a search sees only one or two points."""
        import numpy as np

        count = len(self._points)
        bits = count.bit_length() - 1
        self._shift = BITS - bits
        starts = np.arange(1 << bits, dtype=np.uint64) << np.uint64(self._shift % BITS)
        firsts = np.searchsorted(np.frombuffer(self._points, dtype=np.uint64), starts)
        self._cuts = array("I", np.append(firsts, count).astype(np.uint32).tobytes())
        return self._cuts

    def preference(self, key: Key, count: int) -> tuple[str, ...]:
        """Return the first ``count`` distinct nodes clockwise from the key: its replicas, the key's own node first.

        Raises ValueError unless ``count`` is from 1 to the number of nodes.
        """
        if not 1 <= count <= len(self.weights):
            raise ValueError(
                f"count={count}: a key has from 1 to {len(self.weights)} different nodes, as many as there are"
            )
        found: dict[str, None] = {}
        for node in self.clockwise(key):
            found[node] = None
            if len(found) == count:
                break
        return tuple(found)

    def clockwise(self, key: Key) -> Iterator[str]:
        """Yield the owners of all points clockwise from the key; a node occurs once per point."""
        start = bisect_left(self._points, self._hash(key))
        for step in range(len(self._points)):
            yield self._names[self._owners[(start + step) % len(self._points)]]

    def _indexes_at(self, points: Hashes) -> NDArray[np.intp]:
        if self._index is None:
            index = {name: number for number, name in enumerate(self.weights)}
            order = [index[name] for name in self._names]
            self._index = _Index(self._points, [order[owner] for owner in self._owners])
        return self._index.indexes_at(points)


class _Index:
    """The circle cut into equal buckets, each with the first point in it or after it."""

    def __init__(self, points: array[int], owners: list[int]) -> None:
        import numpy as np

        bits = max(1, (_PER_POINT * len(points) - 1).bit_length())
        self._shift = np.uint64(BITS - bits)
        self._points = np.array(points, dtype=np.uint64)
        starts = np.arange(1 << bits, dtype=np.uint64) << self._shift
        self._first = np.searchsorted(self._points, starts).astype(np.int32)
        self._owners_of = np.array([*owners, owners[0]], dtype=np.intp)
        self._bound = np.append(
            self._points, np.uint64((1 << BITS) - 1)
        )  # a sentinel beyond the last point

    def indexes_at(self, points: Hashes) -> NDArray[np.intp]:
        """Return, for each hash, the index of the owner of the first point at or after it."""
        import numpy as np

        found = self._first[(points >> self._shift).astype(np.intp)]
        late = np.flatnonzero(self._bound[found] < points)
        while len(late):
            found[late] += 1
            late = late[self._bound[found[late]] < points[late]]
        return self._owners_of[found]
