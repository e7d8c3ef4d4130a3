"""A set to which replicas add, and from which they remove, without asking each other.

Source: Shapiro, Preguiça, Baquero and Zawirski, "A comprehensive study of convergent and commutative replicated data
types", INRIA research report 7506, 2011, section 3.3.5; Bieniusa et al., "An optimized conflict-free replicated set",
INRIA research report 8083, 2012 (no marks are kept for what was removed).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from dscourse.conflicts.dots import Dot, Seen
from dscourse.conflicts.registers import Dotted

__all__ = ["ORSet"]


@dataclass(frozen=True, slots=True)
class ORSet(Dotted):
    """Each addition has a name of its own; a removal removes the additions that it has seen. So an addition wins over
    a concurrent removal.

    >>> cart = ORSet() | ORSet().add("a", "milk")
    >>> added, removed = cart | cart.add("a", "milk"), cart | cart.remove("milk")
    >>> "milk" in removed, "milk" in (added | removed)
    (False, True)
    """

    def add(self, replica: str, element: Hashable) -> ORSet:
        """The delta that adds the element; it takes the place of the additions of it that are here."""
        dot = self.seen.next(replica)
        before = self._additions(element)
        return ORSet(frozenset({(dot, element)}), Seen.of({dot, *before}))

    def remove(self, element: Hashable) -> ORSet:
        """The delta that removes the element as far as it is seen here; it changes nothing if it is not here."""
        return ORSet(frozenset(), Seen.of(self._additions(element)))

    def __or__(self, other: ORSet) -> ORSet:
        return ORSet(*self._joined(other))

    def __contains__(self, element: object) -> bool:
        return bool(self._additions(element))

    @property
    def elements(self) -> frozenset[Hashable]:
        """What is in the set."""
        return frozenset(element for _, element in self.entries)

    def _additions(self, element: object) -> set[Dot]:
        """The additions of the element that are here; as in any set of Python's, an object is always itself."""
        return {dot for dot, one in self.entries if one is element or one == element}
