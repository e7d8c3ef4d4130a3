"""The set of updates that a copy has seen, numbered per replica, with gaps for updates still missing.

A dot is one update, (replica, number). `Seen` stores dots as a version vector plus the dots beyond a gap; a version
vector alone cannot express "the third of a, but not the second".

Source: Preguiça et al., "Dotted version vectors: logical clocks for optimistic replication", 2010; Almeida, Shoker
and Baquero, "Delta state replicated data types", Journal of Parallel and Distributed Computing 111, 2018, section 7.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dscourse.clocks import VersionVector

__all__ = ["Dot", "Seen", "checked_name"]

Dot = tuple[str, int]
_NONE = VersionVector()


@dataclass(frozen=True, slots=True)
class Seen:
    """A set of dots. Equal sets are equal values, however they were built. Raises ValueError for a number below 1.

    >>> late = Seen.of([("a", 1), ("a", 3)])
    >>> ("a", 2) in late, ("a", 3) in late, late | Seen.of([("a", 2)])
    (False, True, Seen(vector=VersionVector({'a': 3}), beyond=frozenset()))
    """

    vector: VersionVector = _NONE
    beyond: frozenset[Dot] = frozenset()

    def __post_init__(self) -> None:
        if self.beyond:
            vector, beyond = _compact(self.vector, self.beyond)
            object.__setattr__(self, "vector", vector)
            object.__setattr__(self, "beyond", beyond)

    @classmethod
    def of(cls, dots: Iterable[Dot]) -> Seen:
        """Return the set of these dots; numbers count from 1."""
        return cls(_NONE, frozenset(dots))

    def __contains__(self, dot: Dot) -> bool:
        return 1 <= dot[1] <= self.vector[dot[0]] or dot in self.beyond

    def __or__(self, other: Seen) -> Seen:
        return Seen(self.vector.join(other.vector), self.beyond | other.beyond)

    def next(self, replica: str) -> Dot:
        """Return the dot of the replica's next update, assuming that this set holds all of its own."""
        return checked_name(replica), self.vector[replica] + 1


def checked_name(replica: str) -> str:
    """Return the name. Raise TypeError unless it is a string, ValueError if it is empty."""
    if not isinstance(replica, str):
        raise TypeError(f"replica={replica!r}: a replica's name must be a string")
    if not replica:
        raise ValueError("replica='': a replica's name must not be empty")
    return replica


def _compact(vector: VersionVector, dots: frozenset[Dot]) -> tuple[VersionVector, frozenset[Dot]]:
    """Return the vector extended by the dots that follow it without a gap, and the remaining dots."""
    counts = dict(vector)
    beyond = set()
    for replica, number in sorted(dots):
        if not isinstance(number, int) or number < 1:
            raise ValueError(f"dot {(replica, number)!r}: a replica's updates are numbered from 1")
        if number == counts.get(replica, 0) + 1:
            counts[replica] = number
        elif number > counts.get(replica, 0):
            beyond.add((replica, number))
    return VersionVector(counts), frozenset(beyond)
