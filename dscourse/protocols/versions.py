"""Versions of a value that replicas change independently: which one supersedes another, and which are siblings.

A version has a *dot* (its replica, and the number of the update of the key there) and the updates that its writer had
seen. It supersedes another if its writer had seen that one. Versions of which neither supersedes the other
are *siblings*. The join of two sets of siblings is commutative, associative and idempotent.

Source: Preguiça, Baquero, Almeida, Fonte and Gonçalves, "Dotted version vectors", 2010 (arXiv:1011.5808): a version
vector alone would take two writes that came to one replica with the same context for one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dscourse.clocks import VersionVector
from dscourse.core.wording import text_of

__all__ = ["Siblings", "Version", "context_of", "joined", "values_text"]


@dataclass(frozen=True, slots=True)
class Version:
    """A value, or the mark that it was deleted (a *tombstone*), with its dot and the updates that its writer saw."""

    replica: str
    count: int
    seen: VersionVector = field(default_factory=VersionVector)
    value: Any = None
    deleted: bool = False

    def supersedes(self, other: Version) -> bool:
        """Return whether the writer of this version had seen the other one."""
        return self.seen[other.replica] >= other.count

    def __str__(self) -> str:
        return f"{'deleted' if self.deleted else self.value} ({self.replica}:{self.count} after {self.seen})"


Siblings = tuple[Version, ...]


def joined(one: Siblings, other: Siblings) -> Siblings:
    """Return the versions of both that no other one supersedes, ordered by their dots.

    >>> first = Version("a", 1, value="milk")
    >>> second = Version("a", 2, VersionVector({"a": 1}), "milk, bread")
    >>> beside = Version("b", 1, VersionVector({"a": 1}), "milk, eggs")
    >>> [version.value for version in joined((first, beside), (second,))]
    ['milk, bread', 'milk, eggs']
    """
    every = {(version.replica, version.count): version for version in (*one, *other)}
    newest = [v for v in every.values() if not any(other.supersedes(v) for other in every.values())]
    return tuple(sorted(newest, key=lambda version: (version.replica, version.count)))


def context_of(siblings: Siblings) -> VersionVector:
    """Return all updates that a reader of these siblings has seen, and that its next write supersedes.

    >>> context_of((Version("a", 2, VersionVector({"a": 1, "c": 4})), Version("b", 1)))
    VersionVector({'a': 2, 'b': 1, 'c': 4})
    """
    seen = VersionVector()
    for version in siblings:
        seen = seen.join(version.seen).join(VersionVector({version.replica: version.count}))
    return seen


def values_text(siblings: Siblings) -> str:
    """Return the values of these siblings in words, without their versions.

    >>> values_text((Version("a", 1, value="milk"), Version("b", 1, deleted=True))), values_text(())
    ('milk, deleted', 'nothing')
    """
    values = ("deleted" if version.deleted else text_of(version.value) for version in siblings)
    return ", ".join(values) or "nothing"
