"""The promises of `swim` as properties of its live members at one moment.

Source:        Chandra and Toueg, "Unreliable failure detectors for reliable distributed systems", JACM 43(2), 1996,
               section 2 (accuracy and completeness).
Assumes:       the members that are up, by name. Restarts: none of these functions remembers an earlier moment.
Promises:      nothing: these are predicates.
Not promised:  why a member is considered dead.
Departs:       both are about one moment, where the source looks at whole runs.
Size:          linear in the number of pairs of members.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["unsettled", "wrongly_dead"]


def wrongly_dead(nodes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the pairs (observer, member) of which the first considers the second dead.

    ``nodes`` are the live members by name.

    >>> from dscourse.protocols.swim import Member
    >>> from dscourse.protocols.swim_messages import Rumour
    >>> a, b = Member("a", ["b"]), Member("b", ["a"])
    >>> a.known["b"] = Rumour("b", 1, "dead")
    >>> wrongly_dead({"a": a, "b": b})
    [('a', 'b')]
    """
    return [
        (name, other)
        for name, node in sorted(nodes.items())
        for other in node.peers
        if other in nodes and node.state_of(other) == "dead"
    ]


def unsettled(nodes: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (observer, member, state) wherever a live member is not considered alive, or a crashed one not dead.

    ``nodes`` are the live members by name.

    >>> from dscourse.protocols.swim import Member
    >>> from dscourse.protocols.swim_messages import Rumour
    >>> a = Member("a", ["b", "c"])
    >>> a.known["c"] = Rumour("c", 0, "suspect")
    >>> unsettled({"a": a, "c": Member("c", ["a"])})
    [('a', 'b', 'alive'), ('a', 'c', 'suspect')]
    """
    return [
        (name, other, node.state_of(other))
        for name, node in sorted(nodes.items())
        for other in node.peers
        if node.state_of(other) != ("alive" if other in nodes else "dead")
    ]
