"""Judge of 02.5: the comparison of two vector clocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from dscourse.clocks import VectorClock
from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.tasks import Wrong
from dscourse.sim.streams import stream

__all__ = ["LINES", "judge"]

LINES = 1_000_000

_Counts = dict[str, int]
_GROUPS = (
    ("n1", "n2"),
    ("Zoe", "ann", "n10", "n2", "É"),
    tuple(f"node{n}" for n in range(8)),
    ("x",),
    AWKWARD,
    tuple(f"node{n}" for n in range(40)),
)
_MAGNITUDES = 12  # the largest count has so many digits


def judge(compare: Any) -> Wrong | None:
    for a, b in _clock_pairs():
        wrong = _judge_pair(compare, a, b)
        if wrong:
            return Wrong(wrong)
    for a, b in _other_pairs():
        wrong = _judge_pair(compare, a, b)
        if wrong:
            return Wrong(f"{wrong} A run has any number of nodes, with any names and any counts.")
    return None


def _judge_pair(compare: Any, a: _Counts, b: _Counts) -> str | None:
    mine, other = dict(a), dict(b)
    relation = compare(mine, other)
    if (mine, other) != (a, b):
        return (
            f"compare_clocks({a!r}, {b!r}) has changed its arguments to {mine!r} and {other!r}. They are stamps of "
            "events, and a stamp must stay as it is: a comparison only reads."
        )
    wanted = VectorClock(a).compare(VectorClock(b)).value
    if _as_word(relation) == wanted:
        return None
    return f'compare_clocks({a!r}, {b!r}) returned {relation!r:.60}; it should be "{wanted}". {_because(a, b)}'


def _as_word(relation: Any) -> Any:
    """Return the relation in small letters, also of an `Order`; None for anything else, whatever that equals."""
    value = getattr(relation, "value", relation)
    return str.strip(value).lower() if issubclass(type(value), str) else None


def _clock_pairs() -> list[tuple[_Counts, _Counts]]:
    """Return all pairs of three-node clocks with counts up to 2, entries missing or present; simple ones first."""
    counts = (None, 1, 2, 0)
    clocks = [
        {node: count for node, count in (("a", a), ("b", b), ("c", c)) if count is not None}
        for c, b, a in product(counts, repeat=3)
    ]
    clocks = [clock for clock in clocks if len(clock) < 3 or 0 not in clock.values()]
    pairs = [(a, b) for a in clocks for b in clocks]
    return sorted(
        pairs, key=lambda pair: sum(3 + n + 5 * (n == 0) for one in pair for n in one.values())
    )


def _other_pairs() -> Iterator[tuple[_Counts, _Counts]]:
    """Yield pairs of clocks of other nodes, with counts of any size: ordered, equal and concurrent ones."""
    draws = stream(2, "clocks")

    def draw(names: tuple[str, ...]) -> _Counts:
        return {
            name: int(10 ** (_MAGNITUDES * draws.random()))
            for name in names
            if draws.random() < 0.7
        }

    for _ in range(20):
        for names in _GROUPS:
            one = draw(names)
            more = {name: one.get(name, 0) + int(2 * draws.random()) for name in reversed(names)}
            yield from ((one, more), (more, one), (one, draw(names)), (one, one))
            yield one, dict(reversed(one.items()))
    for names in _GROUPS[-2:]:  # all but one or two entries are equal
        both = dict.fromkeys(names, 10 ** (_MAGNITUDES - 1))
        for here, there in zip(names, (*names[1:], names[0]), strict=True):
            ahead = {**both, here: both[here] + 1}
            yield from ((both, ahead), (ahead, both), (ahead, {**both, there: both[there] + 1}))


def _because(a: Mapping[str, int], b: Mapping[str, int]) -> str:
    """Return the entries that decide, and the missing ones, in words."""
    nodes = sorted({*a, *b})
    if not nodes:
        return "Neither knows of any event."
    if len(nodes) > 5:
        nodes = [node for node in nodes if a.get(node, 0) != b.get(node, 0)][:5] or nodes[:5]
    return "Entry by entry: " + ", ".join(
        f"{node} {a.get(node, 0)}{'' if node in a else ' (missing)'} and "
        f"{b.get(node, 0)}{'' if node in b else ' (missing)'}"
        for node in nodes
    ) + "."  # fmt: skip
