"""Judge of 00.3: merging what two nodes know of the counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Any

from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.tasks import Wrong, plain
from dscourse.sim.streams import stream

__all__ = ["judge"]

Totals = Mapping[str, int]

_MERGES: tuple[tuple[Totals, Totals, str], ...] = (
    ({"a": 1}, {"a": 3}, "they know of more increments at a"),
    ({"a": 3}, {"a": 1}, "you know of more increments at a already"),
    ({"a": 1}, {"b": 2}, "they know of a node that you have not heard of"),
    ({"a": 2, "b": 1}, {"b": 4, "c": 1}, "each knows something that the other does not"),
    ({"a": 9}, {"b": 2, "c": 3}, "each knows something that the other does not"),
    ({"a": 5, "b": 1}, {"a": 1, "b": 4}, "you know more of a, and they know more of b"),
    ({}, {"c": 2}, "you know nothing yet"),
    ({"b": 2}, {}, "they know nothing yet"),
    ({"a": 2}, {"a": 2}, "you both know the same"),
)
_SOME = {"a": 2}, {"b": 3, "a": 1}, {"a": 5, "c": 1}
_NAMES = ("a", "b", "c", "web-7", "node 12", "Ω", "zürich", "d1", "A", *AWKWARD)
_MANY = tuple(f"web-{number}" for number in range(300))


def judge(merge: Any) -> Wrong | None:
    for mine, theirs, why in (*_MERGES, *_random_merges()):
        wrong = _judge_one(merge, mine, theirs, why)
        if wrong is not None:
            return wrong
    return _in_every_order(merge)


def _random_merges() -> Iterator[tuple[Totals, Totals, str]]:
    draws = stream(1, "merges")
    for names in (*(_NAMES,) * 40, _MANY):
        mine, theirs = (
            {name: int(10 ** (13 * draws.random())) for name in names if draws.random() < 0.6}
            for _ in range(2)
        )
        yield mine, theirs, "of two totals of one node, the larger is the later"


def _judge_one(merge: Any, mine: Totals, theirs: Totals, why: str) -> Wrong | None:
    wanted = _merged(mine, theirs)
    arguments = dict(mine), dict(theirs)
    merged = merge(*arguments)
    call = f"merge({mine!s:.300}, {theirs!s:.300})"
    if arguments != (mine, theirs):
        return Wrong(f"{call} changed what it was given: return a new dictionary.")
    if not isinstance(merged, Mapping):
        return Wrong(f"{call} returned {merged!r:.200}; it should return a dictionary.")
    if any(merged is argument for argument in arguments):
        return Wrong(
            f"{call} returned one of its arguments, not a new dictionary: "
            "a later change to the one would change the other."
        )
    if _known(merged) != _known(wanted):
        return Wrong(
            f"{call} returned {merged!r:.300}; it should be {wanted!s:.400}, because {why}."
        )
    for argument in arguments:
        argument.update(dict.fromkeys((*argument, "new"), 10**15))
    if _known(merged) != _known(wanted):
        return Wrong(
            f"After {call}, what it was given was changed, and the merged totals with it: return a new dictionary."
        )
    again = merge(dict(merged), dict(theirs))
    if not isinstance(again, Mapping) or _known(again) != _known(wanted):
        return Wrong(
            f"merge({wanted!s:.300}, {theirs!s:.300}) returned {again!r:.300}: "
            "hearing the same totals twice must change nothing."
        )
    return None


def _in_every_order(merge: Any) -> Wrong | None:
    wanted = {"a": 5, "b": 3, "c": 1}
    for order in permutations(_SOME):
        totals: Any = {}
        for heard in order:
            totals = merge(totals, dict(heard))
        if _known(totals) != wanted:
            return Wrong(
                f"After the messages {', '.join(map(str, order))}, in this order, a node knows {totals!r:.200}; "
                f"it should be {wanted} in every order."
            )
    return None


def _merged(mine: Totals, theirs: Totals) -> dict[str, int]:
    return {node: max(mine.get(node, 0), theirs.get(node, 0)) for node in sorted({*mine, *theirs})}


def _known(totals: Any) -> dict[Any, Any]:
    """Return the totals without zeros: a node that has counted nothing need not be named."""
    return {node: plain(total) for node, total in dict(totals).items() if plain(total) != 0}
