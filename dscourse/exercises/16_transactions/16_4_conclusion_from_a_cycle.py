"""Judge of 16.4: the levels that a cycle of dependencies rules out."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from dscourse.exercises.judges.isolation_levels import FIVE, level_named
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong

__all__ = ["LINES", "Cycle", "drawn_cycles", "forbidding", "judge"]

LINES = 500_000
Cycle = list[tuple[Any, str, Any]]  # (before, kind, after)

_KINDS = ("ww", "wr", "rw")
_NAMES = (0, 1, 2, 3, 10, "T1", "T2", "t1", "rw", "ww", "", None, ("T", 1), (), 0.5)
_CYCLES = 500
_REASONS = {
    "read uncommitted": "a cycle of ww dependencies alone",
    "read committed": "a cycle without rw",
    "snapshot isolation": "a cycle in which no two rw stand side by side (the last one stands next to the first)",
    "serializable": "any cycle of ww, wr and rw",
    "strict serializable": "any cycle at all, real time included",
}


def judge(ruled_out: Any) -> Wrong | None:
    cycles = drawn_cycles()
    for cycle in [*cycles, *cycles[::-3]]:
        given = ruled_out(list(cycle))
        levels = listed(given)
        if levels is None:
            return Wrong(f"`ruled_out` must return a list of levels, not {given!r:.60}.")
        named = [level_named(level) for level in levels]
        strange = [one for one, level in zip(levels, named, strict=True) if level not in FIVE]
        if strange:
            return Wrong(
                f"{strange[0]!r:.60} is not one of the levels: they are {', '.join(FIVE)}."
            )
        wrong = _mistake(cycle, {level for level in named if level})
        if wrong is not None:
            return wrong
    return None


def forbidding(kinds: Sequence[str]) -> set[str]:
    """Return the levels that forbid a cycle of dependencies of these kinds, in this order."""
    if "real time" in kinds:
        return {"strict serializable"}
    strength = 4
    if any(kinds[n - 1] == kinds[n] == "rw" for n in range(len(kinds))):
        strength = 2
    elif "rw" in kinds:
        strength = 3
    elif "wr" not in kinds:
        strength = 5
    return set(FIVE[-strength:])


def drawn_cycles() -> list[Cycle]:
    """Return cycles of two to twelve transactions, the shortest first; one in six needs real time, once or more."""
    draws = Random(16)
    found = [_cycle(draws, 2 + number * 11 // _CYCLES) for number in range(_CYCLES)]
    return [cycle for cycle in found if cycle]


def _cycle(draws: Random, length: int) -> Cycle:
    menu = draws.choice((_KINDS, _KINDS, ("ww",), ("ww", "wr"), ("ww", "wr", "wr", "rw")))
    kinds = [draws.choice(menu) for _ in range(length)]
    if draws.random() < 1 / 6:
        for at in draws.sample(range(length), draws.choice((1, min(3, length - 1)))):
            kinds[at] = "real time"  # never all of them: real time alone has no cycle
    names = draws.sample(_NAMES, length)
    return list(zip(names, kinds, [*names[1:], names[0]], strict=True))


def _mistake(cycle: Cycle, given: set[str]) -> Wrong | None:
    kinds = [kind for _, kind, _ in cycle]
    wanted = forbidding(kinds)
    for level in FIVE:
        if (level in given) is (level in wanted):
            continue
        verb = "does not rule out" if level in wanted else "rules out"
        return Wrong(
            f"For the cycle {', '.join(kinds)}, and back to the first, your answer {verb} {level}. That level "
            f"forbids {_REASONS[level]}{_beyond(kinds, level)}."
        )
    return None


def _beyond(kinds: Sequence[str], level: str) -> str:
    timed = "real time" in kinds and level != "strict serializable"
    return ", and takes no account of real time" if timed else ""
