"""Chapter 12: keys placed on nodes by their hash, before and after a node joins or leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from dscourse import datasets
from dscourse.placement import Jump, Maglev, Modulo, Placement, Rendezvous, TextbookRing
from dscourse.placement.hashing import BITS
from dscourse.placement.weak import HASHES, HashedRing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CHANGES", "KEYS", "SCHEMES", "Placed", "keys_of", "owners_at", "placed"]


KEYS = ("uniform", "Zipf", "words")
CHANGES = ("none", "one joins", "last leaves", "first leaves")
SCHEMES = ("ring", "modulo", "rendezvous", "jump", "Maglev")
_MANY, _SLOTS = 20_000, 1_009
_LETTERS = "nabcdefghijk"


@cache
def keys_of(kind: str) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Return keys and their weights: equal, proportional to 1/rank (Zipf), or the words' counts in the course.

    >>> names, times = keys_of("words")
    >>> names[0], int(times[0])
    ('the', 1482)
    """
    import numpy as np

    if kind == "words":
        words = datasets.load("words/course")
        return tuple(words["word"].tolist()), words["times"].astype(float)
    names = tuple(f"cart {number}" for number in range(_MANY))
    ranks = np.arange(1, _MANY + 1)
    return names, (1_000_000 / ranks if kind == "Zipf" else np.ones(_MANY))


@cache
def _points(kind: str, hashed: str) -> NDArray[np.uint64]:
    import numpy as np

    return np.array([HASHES[hashed](key) for key in keys_of(kind)[0]], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Placed:
    """The placements before and after a change, and the index of each key's owner in them."""

    before: Placement
    after: Placement
    old: NDArray[np.intp]
    new: NDArray[np.intp]

    @property
    def moved(self) -> NDArray[np.bool_]:
        """For each key, whether its owner has changed."""
        import numpy as np

        names = np.array(self.before.nodes), np.array(self.after.nodes)
        changed: NDArray[np.bool_] = names[0][self.old] != names[1][self.new]
        return changed

    def loads(self, times: NDArray[np.float64]) -> dict[str, float]:
        """Return the load of each node after the change; ``times`` are the weights of the keys."""
        import numpy as np

        counts = np.bincount(self.new, weights=times, minlength=len(self.after.nodes))
        return dict(zip(self.after.nodes, counts.tolist(), strict=True))


def _build(scheme: str, nodes: list[str], virtual: int, hashed: str) -> Placement:
    if scheme == "ring":
        return HashedRing(nodes, virtual, HASHES[hashed])
    others: dict[str, Callable[[list[str]], Placement]] = {
        "modulo": Modulo,
        "rendezvous": Rendezvous,
        "jump": Jump,
        "Maglev": lambda names: Maglev(names, _SLOTS),
    }
    return others[scheme](nodes)


def placed(
    scheme: str, nodes: int, virtual: int, hashed: str, keys: str, change: str, seed: int = 1
) -> Placed:
    """Place the keys on nodes n1, n2, … before and after the change; each ``seed`` gives the nodes other names.

    ValueError if the only node leaves, or if the scheme does not let this one leave.
    """
    letter = _LETTERS[(seed - 1) % len(_LETTERS)]
    names = [f"{letter}{number}" for number in range(1, nodes + 1)]
    before, after = (_build(scheme, names, virtual, hashed) for _ in range(2))
    if change == "one joins":
        after.add(f"{letter}{nodes + 1}")
    elif change != "none":
        if nodes == 1:
            raise ValueError("The only node cannot leave: its keys would have no place.")
        after.remove(names[-1] if change == "last leaves" else names[0])
    points = _points(keys, hashed)
    old = before.indexes_at(points)
    return Placed(before, after, old, old if change == "none" else after.indexes_at(points))


def owners_at(placement: Placement | TextbookRing, points: NDArray[np.uint64]) -> NDArray[np.str_]:
    """Return the node that owns each of some hashes, in a placement or a textbook ring.

    >>> import numpy as np
    >>> owners_at(TextbookRing(["a"]), np.array([0, 7], dtype=np.uint64)).tolist()
    ['a', 'a']
    """
    import numpy as np

    if not isinstance(placement, TextbookRing):
        return np.array(placement.nodes)[placement.indexes_at(points)]
    stands = np.array(sorted(placement.ring), dtype=np.uint64)
    owners = np.array([placement.ring[stand] for stand in stands.tolist()])
    return owners[np.searchsorted(stands, points >> np.uint64(BITS - placement.bits)) % len(stands)]
