"""Registers for concurrent writes: the last one wins, or all are kept until a later write replaces them.

Source: Shapiro, Preguiça, Baquero and Zawirski, "A comprehensive study of convergent and commutative replicated data
types", INRIA research report 7506, 2011, section 3.2; DeCandia et al., "Dynamo", SOSP 2007, section 4.4.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from dscourse.conflicts.dots import Dot, Seen, checked_name
from dscourse.core.copying import stable_repr
from dscourse.core.wording import text_of

__all__ = ["Dotted", "LWWRegister", "MVRegister"]

_NOTHING = Seen()


@dataclass(frozen=True, slots=True)
class LWWRegister:
    """A last-writer-wins register: the value of the latest write; the higher replica name breaks ties.

    Times come from the writers' clocks, so a write by a fast clock beats writes made after it; the losing value is
    gone. A replica must not write two values at one time. If it does, the value with the greater text wins, the same
    one everywhere.

    >>> one, other = LWWRegister().write("a", 10, "milk"), LWWRegister().write("b", 10, "eggs")
    >>> (one | other).value, (other | one).value
    ('eggs', 'eggs')
    """

    time: float = float("-inf")
    replica: str = ""
    value: Any = None

    def write(self, replica: str, time: float, value: Hashable) -> LWWRegister:
        """Return the delta that writes the value. Raise ValueError for a time that is not a finite number."""
        if not -math.inf < time < math.inf:
            raise ValueError(f"time={time!r}: it must be a finite number")
        return LWWRegister(time, checked_name(replica), value)

    def __or__(self, other: LWWRegister) -> LWWRegister:
        return max(self, other, key=lambda one: (one.time, one.replica, stable_repr(one.value)))

    def __str__(self) -> str:
        return f"{text_of(self.value)} ({self.replica}, {self.time:g} ms)"


@dataclass(frozen=True, slots=True)
class Dotted:
    """Entries, each made by one update, and all updates seen; an update seen without an entry has been removed.

    The join keeps the entries that both have, and those of one side that the other side has not seen.
    """

    entries: frozenset[tuple[Dot, Any]] = frozenset()
    seen: Seen = _NOTHING

    def _joined(self, other: Dotted) -> tuple[frozenset[tuple[Dot, Any]], Seen]:
        mine = {entry for entry in self.entries if entry[0] not in other.seen}
        theirs = {entry for entry in other.entries if entry[0] not in self.seen}
        return frozenset(mine | theirs | (self.entries & other.entries)), self.seen | other.seen

    def _dots(self) -> set[Dot]:
        return {dot for dot, _ in self.entries}


@dataclass(frozen=True, slots=True)
class MVRegister(Dotted):
    """A multi-value register: every value not replaced by a write that had seen it; concurrent writes coexist.

    >>> milk, eggs = MVRegister().write("a", "milk"), MVRegister().write("b", "eggs")
    >>> both = milk | eggs
    >>> both.values, (both | both.write("a", "milk, eggs")).values
    (('eggs', 'milk'), ('milk, eggs',))
    """

    def write(self, replica: str, value: Hashable) -> MVRegister:
        """Return the delta that replaces all values present here."""
        dot = self.seen.next(replica)
        return MVRegister(frozenset({(dot, value)}), Seen.of({dot, *self._dots()}))

    def __or__(self, other: MVRegister) -> MVRegister:
        return MVRegister(*self._joined(other))

    @property
    def values(self) -> tuple[Any, ...]:
        """The values, sorted by their text."""
        return tuple(sorted((value for _, value in self.entries), key=stable_repr))

    def __str__(self) -> str:
        return text_of(self.values)
