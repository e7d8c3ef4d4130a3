"""A vector clock as in many texts: it compares only its own entries, and it changes in place.

Source:        Fidge 1988 and Mattern 1989, without two details that programs tend to lose.
Assumes:       that both clocks name the same nodes, and that no reference to a clock is kept while it changes.
Promises:      under these assumptions, that ``a.before(b)`` says whether a happened before b.
Not promised:  an answer if a node is missing on one side; a stamp that does not change after it was issued.
Departs:       nothing: this is the version to break. `dscourse.clocks.VectorClock` is the repair: a missing entry is
               0 on both sides, and every operation returns a new value.
Size:          one number per node that the clock has heard of.
"""

from __future__ import annotations

__all__ = ["SharedVectorClock"]


class SharedVectorClock:
    """Counts events by node, in place.

    >>> early, late = SharedVectorClock({"a": 1}), SharedVectorClock({"a": 1, "b": 1})
    >>> early.before(late)  # the flaw: b is missing in early, so it is never compared
    False
    """

    def __init__(self, counts: dict[str, int] | None = None) -> None:
        self.counts = dict(counts or {})

    def tick(self, node: str) -> None:
        """Count one more event at ``node``."""
        self.counts[node] = self.counts.get(node, 0) + 1

    def join(self, other: SharedVectorClock) -> None:
        """Take the larger count, entry by entry."""
        for node, count in other.counts.items():
            self.counts[node] = max(count, self.counts.get(node, 0))

    def before(self, other: SharedVectorClock) -> bool:
        """True if no own entry is larger than the other's, and one is smaller."""
        pairs = [(count, other.counts.get(node, 0)) for node, count in self.counts.items()]
        return all(mine <= theirs for mine, theirs in pairs) and any(
            mine < theirs for mine, theirs in pairs
        )

    def __repr__(self) -> str:
        return f"SharedVectorClock({dict(sorted(self.counts.items()))!r})"
