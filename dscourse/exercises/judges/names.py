"""Names under which an answer that looks at a part of a name, or at its order, gives itself away."""

from __future__ import annotations

__all__ = ["AWKWARD"]

AWKWARD = (
    "n1",
    "n10",
    "n2",
    "N1",
    "n 1",
    "1n",
    "zoë",
    "n",
    "ab",
    "ba",
    "ann1",
    "a-rather-long-name-of-one-node",
)
"""Different names that agree in lower case, without spaces, in their first or last letter, in their length, in their
letters in another order, or as the beginning of one another; "n10" comes before "n2" as text, and after it by number.
"""
