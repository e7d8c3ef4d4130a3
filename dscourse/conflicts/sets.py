"""A set to which replicas add, and from which they remove, without coordination.

Source: Shapiro, Preguiça, Baquero and Zawirski, "A comprehensive study of convergent and commutative replicated data
types", INRIA research report 7506, 2011, section 3.3.5; Bieniusa et al., "An optimized conflict-free replicated set",
INRIA research report 8083, 2012 (no tombstones for removed elements).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from dscourse.conflicts.dots import Dot, Seen
from dscourse.conflicts.registers import Dotted
from dscourse.core.wording import text_of

__all__ = ["ORSet"]


@dataclass(frozen=True, slots=True)
class ORSet(Dotted):
    """An observed-remove set: a removal removes the additions that it has seen, so a concurrent addition wins.

    Each addition has a name of its own, its dot.

    >>> cart = ORSet() | ORSet().add("a", "milk")
    >>> added, removed = cart | cart.add("a", "milk"), cart | cart.remove("milk")
    >>> "milk" in removed, "milk" in (added | removed)
    (False, True)
    """

    def add(self, replica: str, element: Hashable) -> ORSet:
        """Return the delta that adds the element; it replaces the element's additions present here."""
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
        """The elements of the set."""
        return frozenset(element for _, element in self.entries)

    def _additions(self, element: object) -> set[Dot]:
        """Return the dots of the element's additions; as in Python's sets, an object equals itself."""
        return {dot for dot, one in self.entries if one is element or one == element}

    def __str__(self) -> str:
        return text_of(self.elements)
