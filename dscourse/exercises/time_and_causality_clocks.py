"""The exercises of chapter 02 that ask for a function: the error of a clock, and the comparison of two clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

from dscourse.clocks import VectorClock
from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.sim.streams import stream

__all__ = ["EXERCISES", "PREDICTIONS"]

PREDICTIONS: tuple[Prediction, ...] = ()

# --- 02.4: four timestamps -----------------------------------------------------------------------

_Bound = Callable[[float, float, float, float], tuple[float, float]]
_SLIPS: tuple[tuple[_Bound, str], ...] = (
    (lambda t1, t2, t3, t4: (t1 - t2 + t4 - t3, 0.0), "The sign is wrong, and it is not halved"),
    (lambda t1, t2, t3, t4: ((t1 - t2 + t4 - t3) / 2, 0.0), "The sign is turned round"),
    (lambda t1, t2, t3, t4: (t2 - t1 + t3 - t4, 0.0), "The two differences must be averaged"),
    (lambda t1, t2, t3, t4: (t3 - t4, 0.0), "That leaves out how long the answer took"),
    (lambda t1, t2, t3, t4: (t2 - t1, 0.0), "That leaves out how long the question took"),
)


def _judge_bound(bound: Any) -> Wrong | None:
    for true, there, inside, back in _exchanges():
        t1 = 1000.0
        t2 = t1 + there + true
        t3 = t2 + inside
        t4 = t1 + there + inside + back
        wrong = _wrong_bound(bound(t1, t2, t3, t4), (t1, t2, t3, t4), true)
        if wrong:
            shown = ", ".join(f"{time:g}" for time in (t1, t2, t3, t4))
            ways = f"question {there:g} ms, answer {back:g} ms"
            return Wrong(
                f"bound({shown}): {wrong} (Here the server is ahead by {true:g} ms; {ways}.)"
            )
    return None


def _exchanges() -> Iterator[tuple[float, float, float, float]]:
    """True offset, way there, time at the server, way back; plain ones first."""
    yield from ((7.0, 12.0, 3.0, 5.0), (-40.0, 10.0, 4.0, 10.0), (0.0, 2.0, 1.0, 30.0))
    draws = stream(2, "exchanges")
    for _ in range(200):
        offset, there, inside, back = (draws.random() for _ in range(4))
        yield round(200 * offset - 100), round(40 * there), round(10 * inside), round(40 * back)


def _wrong_bound(found: Any, times: tuple[float, ...], true: float) -> str | None:
    """What is wrong with (offset, error); None if nothing."""
    if not (isinstance(found, tuple) and len(found) == 2):
        return f"it must return a pair (offset, error), not {found!r}."
    if not all(isinstance(one, int | float) for one in found):
        return f"offset and error must be numbers, not {found!r}."
    offset, error = found
    t1, t2, t3, t4 = times
    middle, half = ((t2 - t1) + (t3 - t4)) / 2, ((t4 - t1) - (t3 - t2)) / 2
    if abs(offset - middle) > 1e-9:
        why = [f" {why}." for rule, why in _SLIPS if abs(offset - rule(t1, t2, t3, t4)[0]) < 1e-9]
        return (
            f"the middle of what is possible is {middle:g}, not {offset:g}.{why[0] if why else ''}"
        )
    if abs(offset - true) > error + 1e-9:
        return f"an error of {error:g} is too small a claim: the truth is {abs(offset - true):g} ms away."
    if abs(error - half) > 1e-9:
        return (
            f"an error of {error:g} holds, but {half:g} is enough."
            if error > half
            else f"the error is {half:g}, not {error:g}."
        )
    return None


# --- 02.5: comparing vector clocks ---------------------------------------------------------------


def _judge_compare(compare: Any) -> Wrong | None:
    for a, b in _clock_pairs():
        wanted = VectorClock(a).compare(VectorClock(b)).value
        got = compare(dict(a), dict(b))
        if got != wanted:
            return Wrong(
                f'compare_clocks({a!r}, {b!r}) returned {got!r}; it should be "{wanted}". {_because(a, b)}'
            )
    return None


def _clock_pairs() -> list[tuple[dict[str, int], dict[str, int]]]:
    """All pairs of clocks of three nodes that count to 2 at most, an entry missing or present; plain pairs first."""
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


def _because(a: Mapping[str, int], b: Mapping[str, int]) -> str:
    """Which entries decide, with those that are missing."""
    nodes = sorted({*a, *b})
    if not nodes:
        return "Neither knows of any event."
    return "Entry by entry: " + ", ".join(
        f"{node} {a.get(node, 0)}{'' if node in a else ' (missing)'} and "
        f"{b.get(node, 0)}{'' if node in b else ' (missing)'}"
        for node in nodes
    ) + "."  # fmt: skip


_COMPARE_STUB = """def compare_clocks(a, b):
    def below(a, b):
        return all(a[node] <= b.get(node, 0) for node in a) and any(
            a[node] < b.get(node, 0) for node in a
        )

    if below(a, b):
        return "before"
    if below(b, a):
        return "after"
    return "equal" if a == b else "concurrent"
"""

_COMPARE_SOLUTION = """def compare_clocks(a, b):
    nodes = {*a, *b}
    below = all(a.get(node, 0) <= b.get(node, 0) for node in nodes)
    above = all(a.get(node, 0) >= b.get(node, 0) for node in nodes)
    if below and above:
        return "equal"
    return "before" if below else "after" if above else "concurrent"
"""

EXERCISES = (
    Exercise(
        id="02.4",
        title="Four timestamps",
        name="bound",
        stub="def bound(t1, t2, t3, t4):\n    return 0.0, 0.0\n",
        solution="def bound(t1, t2, t3, t4):\n"
        "    offset = ((t2 - t1) + (t3 - t4)) / 2\n"
        "    error = ((t4 - t1) - (t3 - t2)) / 2\n"
        "    return offset, error\n",
        reasoning="t2 - t1 is the offset and the way there, t3 - t4 the offset less the way back. Their mean is the offset and half "
        "of the difference of the two ways. That difference is unknown, but each way takes 0 or more and together they take "
        "what of the round trip was not spent at the server, so half of the difference is at most half of that.",
        hints=(
            "Let d be the offset. Then t2 = t1 + way there + d, and t4 = t3 + way back - d. Solve for d as if both ways were equal.",
            "How wrong can that be? At worst one way took no time at all, and the other all of (t4 - t1) - (t3 - t2).",
        ),
        judge=_judge_bound,
        praise="Not a time, but an interval that holds it: this is what a clock reading over a network can be.",
    ),
    Exercise(
        id="02.5",
        title="A comparison that misses causes",
        name="compare_clocks",
        stub=_COMPARE_STUB,
        solution=_COMPARE_SOLUTION,
        reasoning="A node that is missing counts 0, on both sides, so the comparison must go over the nodes of both clocks. Then "
        "two answers decide all four cases: is no entry of a larger, is no entry of b larger?",
        hints=(
            "Compare {} with {'b': 1}: over how many entries does the loop go?",
            "Go over {*a, *b}, and use .get(node, 0) on both sides. Which two questions give all four results?",
        ),
        judge=_judge_compare,
        praise="It was compared with the definition on all pairs of small clocks of three nodes.",
        lines=1_000_000,
    ),
)
