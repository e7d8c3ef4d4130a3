"""Judge of 00.3: merging what two nodes know of the counts."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_MERGES: tuple[tuple[dict[str, int], dict[str, int], str], ...] = (
    ({"a": 1}, {"a": 3}, "they know of more increments at a"),
    ({"a": 3}, {"a": 1}, "you know of more increments at a already"),
    ({"a": 1}, {"b": 2}, "they know of a node that you have not heard of"),
    ({"a": 2, "b": 1}, {"b": 4, "c": 1}, "each knows something that the other does not"),
    ({}, {"c": 2}, "you know nothing yet"),
    ({"b": 2}, {}, "they know nothing yet"),
)


def judge(merge: Any) -> Wrong | None:
    for mine, theirs, why in _MERGES:
        wanted = {
            node: max(mine.get(node, 0), theirs.get(node, 0)) for node in sorted({*mine, *theirs})
        }
        arguments = dict(mine), dict(theirs)
        merged = merge(*arguments)
        if arguments != (mine, theirs):
            return Wrong(
                f"merge({mine}, {theirs}) changed what it was given: return a new dictionary."
            )
        if merged != wanted:
            return Wrong(
                f"merge({mine}, {theirs}) returned {merged!r}; it should be {wanted}, because {why}."
            )
        again = merge(dict(merged), dict(theirs))
        if again != wanted:
            return Wrong(
                f"merge({merged}, {theirs}) returned {again!r}: hearing the same totals twice must change nothing."
            )
    return None
