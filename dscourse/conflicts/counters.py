"""Counters that replicas increment and decrement without coordination.

Source: Shapiro, Preguiça, Baquero and Zawirski, "A comprehensive study of convergent and commutative replicated data
types", INRIA research report 7506, 2011, section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from dscourse.clocks import VersionVector
from dscourse.conflicts.dots import checked_name

__all__ = ["GCounter", "PNCounter"]

_NONE = VersionVector()


@dataclass(frozen=True, slots=True)
class GCounter:
    """A grow-only counter: one count per replica, raised by that replica alone; the join takes the larger counts.

    Methods that change something return a delta: a small counter to join to this one and to send to others.

    >>> a = GCounter() | GCounter().add("a", 2)
    >>> b = GCounter() | GCounter().add("b")
    >>> (a | b).value, (a | b | a).value
    (3, 3)
    """

    counts: VersionVector = _NONE

    def add(self, replica: str, by: int = 1) -> GCounter:
        """Return the delta that adds ``by`` at this replica. Raise ValueError if it is not 1 or more."""
        if not isinstance(by, int) or by < 1:
            raise ValueError(
                f"by={by!r}: a counter that only grows is raised by a whole number, 1 or more"
            )
        return GCounter(VersionVector({checked_name(replica): self.counts[replica] + by}))

    def __or__(self, other: GCounter) -> GCounter:
        return GCounter(self.counts.join(other.counts))

    @property
    def value(self) -> int:
        """The sum over all replicas."""
        return sum(self.counts.values())

    def __str__(self) -> str:
        return str(self.counts)


_ZERO = GCounter()


@dataclass(frozen=True, slots=True)
class PNCounter:
    """A counter that can also decrease: the difference of two grow-only counters.

    >>> stock = PNCounter() | PNCounter().add("a", 5)
    >>> (stock | stock.add("b", -2)).value
    3
    """

    up: GCounter = _ZERO
    down: GCounter = _ZERO

    def add(self, replica: str, by: int = 1) -> PNCounter:
        """Return the delta that adds ``by``, a whole number that may be negative. Raise ValueError for 0."""
        if by > 0:
            return PNCounter(up=self.up.add(replica, by))
        return PNCounter(down=self.down.add(replica, -by))

    def __or__(self, other: PNCounter) -> PNCounter:
        return PNCounter(self.up | other.up, self.down | other.down)

    @property
    def value(self) -> int:
        """The sum of the additions minus the sum of the subtractions."""
        return self.up.value - self.down.value

    def __str__(self) -> str:
        signed = (("+", self.up), ("-", self.down))
        return " ".join(f"{sign}{part}" for sign, part in signed if part.counts) or "0"
