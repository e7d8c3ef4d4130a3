"""The base of all placements of keys on nodes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dscourse.placement.hashing import Key, hash_of, hashes_of
from dscourse.placement.names import checked_name, checked_weight, weights_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dscourse.placement.hashing import Hashes

__all__ = ["Placement", "UnsupportedError", "moved", "spread"]


class UnsupportedError(ValueError):
    """An operation that this kind of placement does not support."""


class Placement(ABC):
    """A placement: a set of nodes, and the node of each key.

    ``nodes`` are the names in the order of joining, or a mapping from names to weights; a node of weight 2 gets about
    twice the keys of one of weight 1, the default. Raises TypeError for a single string and for a name that is not a
    string; ValueError for an empty name, a duplicate name, or a weight that is not a finite number above 0.
    """

    weighs = True  # whether nodes may have weights other than 1
    _hash = staticmethod(hash_of)  # of one key, and of many
    _hashes = staticmethod(hashes_of)

    def __init__(self, nodes: Iterable[str] | Mapping[str, float] = ()) -> None:
        self.weights: dict[str, float] = {}
        for name, weight in weights_of(nodes).items():
            self._enter(name, weight)
        self._rebuild()

    @property
    def nodes(self) -> tuple[str, ...]:
        """The names of the nodes, in the order of joining."""
        return tuple(self.weights)

    def add(self, node: str, weight: float = 1.0) -> None:
        """Add a node. Raise ValueError if it is there already, or if its weight is not above 0."""
        if node in self.weights:
            raise ValueError(f"node {node!r} is there already: each node is given once")
        self._enter(checked_name(node), checked_weight(node, weight))
        self._joined(node)

    def remove(self, node: str) -> None:
        """Remove a node. Raise LookupError for an unknown node, UnsupportedError if it cannot leave."""
        if node not in self.weights:
            raise LookupError(f"no node {node!r}: the nodes are {_listed(self.weights)}")
        self._leaving(node)
        del self.weights[node]
        self._left(node)

    def node_of(self, key: Key) -> str:
        """Return the node that holds the key. Raise LookupError without nodes, TypeError for another type of key."""
        if not self.weights:
            raise LookupError("there are no nodes: add one first")
        return self._node_at(self._hash(key))

    def indexes_of(self, keys: Sequence[Key] | NDArray[Any]) -> NDArray[np.intp]:
        """Return, for each key, the index of its node in `nodes`. Raise LookupError if there are no nodes."""
        return self.indexes_at(self._hashes(keys))

    def indexes_at(self, points: Hashes) -> NDArray[np.intp]:
        """Return the same as `indexes_of` for keys already hashed: an array of uint64."""
        import numpy as np

        if not self.weights:
            raise LookupError("there are no nodes: add one first")
        if getattr(points, "dtype", None) != np.uint64:
            raise TypeError(f"points={points!r}: an array of hashes, of type uint64, is required")
        return self._indexes_at(points)

    def loads(self, keys: Sequence[Key] | NDArray[Any]) -> dict[str, int]:
        """Return how many of the keys each node holds."""
        counts = Counter(self.indexes_of(keys).tolist())
        return {name: counts[index] for index, name in enumerate(self.weights)}

    # --- to be defined by each placement ----------------------------------------------------------

    @abstractmethod
    def _node_at(self, point: int) -> str:
        """Return the node of a key with this hash; there is at least one node."""

    @abstractmethod
    def _indexes_at(self, points: Hashes) -> NDArray[np.intp]:
        """Return the node indices of keys with these hashes; there is at least one node."""

    @abstractmethod
    def _rebuild(self) -> None:
        """Rebuild all tables for the current nodes."""

    def _joined(self, node: str) -> None:
        self._rebuild()

    def _leaving(self, node: str) -> None:  # noqa: B027
        """Raise UnsupportedError if this node cannot leave; by default any node can."""

    def _left(self, node: str) -> None:
        self._rebuild()

    def _enter(self, node: str, weight: float) -> None:
        """Add a node whose name and weight have been checked. Raise UnsupportedError for an unsupported weight."""
        if weight != 1 and not self.weighs:
            raise UnsupportedError(f"node {node!r}: weight={weight!r}: all nodes weigh 1 here")
        self.weights[node] = weight


def moved(before: Placement, after: Placement, keys: Sequence[Key] | NDArray[Any]) -> float:
    """Return the share of the keys, from 0 to 1, whose node changes. Raise ValueError if there are no keys."""
    import numpy as np

    if not len(keys):
        raise ValueError("no keys: a share needs at least 1")
    number = {name: number_ for number_, name in enumerate({*before.nodes, *after.nodes})}
    names = [np.array([number[name] for name in p.nodes]) for p in (before, after)]
    one, other = (
        owner_of[p.indexes_of(keys)] for owner_of, p in zip(names, (before, after), strict=True)
    )
    changed = int(np.count_nonzero(one != other))
    return changed / len(keys)


def spread(loads: Mapping[str, float]) -> float:
    """Return the standard deviation of the loads divided by their mean: 0 if all nodes hold the same.

    Raises ValueError if there is no load, or one that is not a finite number, 0 or more.

    >>> spread({"a": 90, "b": 110})
    0.1
    """
    if not all(0 <= load < math.inf for load in loads.values()):
        raise ValueError(f"loads {dict(loads)}: each must be a finite number, 0 or more")
    mean = sum(loads.values()) / len(loads) if loads else 0.0
    if not mean:
        raise ValueError(f"loads {dict(loads)}: at least one node must hold something")
    return math.sqrt(sum((load - mean) ** 2 for load in loads.values()) / len(loads)) / mean


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
