"""Fault plans as answers: checks of a learner's plan, with one sentence per mistake."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dscourse import sim
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.sim import (
    At,
    Crash,
    CrashDuring,
    Cut,
    Delay,
    Fault,
    Heal,
    Hold,
    Lose,
    Partition,
    Pause,
    Recover,
    Release,
    Repeat,
    Restart,
    Resume,
    SetLink,
)
from dscourse.sim.faults import check_plan

__all__ = [
    "CUTS_AND_CRASHES", "CUTS_CRASHES_AND_PAUSES", "EVERY_FAULT", "SINGLE_MESSAGES", "check", "names",
]  # fmt: skip

CUTS_AND_CRASHES: tuple[type[Fault], ...] = (Cut, Heal, Partition, Crash, Restart, Recover)
CUTS_CRASHES_AND_PAUSES = (*CUTS_AND_CRASHES, Pause, Resume)
SINGLE_MESSAGES = (Lose, Repeat, Delay)
EVERY_FAULT = (*CUTS_CRASHES_AND_PAUSES, CrashDuring, Hold, Release, SetLink)


_ENDINGS = (Heal, Restart, Recover, Resume, Release)  # of other faults


def names(faults: Iterable[type[Fault]]) -> dict[str, Any]:
    """Return the names that a plan of these faults may use."""
    return {"sim": sim, **by_name(At, *faults)}


def check(
    plan: Any, faults: Iterable[type[Fault]], nodes: Iterable[str], example: str, most: int = 2,
    count_endings: bool = True,
) -> Wrong | None:  # fmt: skip
    """Return None for a list of at most ``most`` of these faults at these nodes, otherwise the first mistake.

    Without ``count_endings``, a fault that only ends another, such as `Heal` or `Restart`, is not counted, and a cut
    of both directions at one moment counts once: as many as a learner's touches of a diagram.

    >>> from dscourse.sim import Crash
    >>> check([At(5, Crash("x"))], [Crash], ["a"], "[At(5, Crash('a'))]").message
    "At(5, Crash('x')) names 'x': the nodes are a."
    """
    if not isinstance(plan, list) or not all(isinstance(one, At) for one in plan):
        return Wrong(f"`plan` must be a list of At(ms, fault), as in {example}.")
    allowed = tuple(faults)
    for one in plan:
        if not isinstance(one.fault, allowed):
            kinds = ", ".join(kind.__name__ for kind in allowed)
            return Wrong(f"{one!r}: the faults for this exercise are {kinds}.")
    try:
        check_plan(plan, dict.fromkeys(nodes))
    except LookupError as error:
        return Wrong(f"{error}.")
    count = len(plan) if count_endings else _begun(plan)
    if count > most:
        words = {1: "one", 2: "two", 3: "three", 4: "four"}
        return Wrong(f"{count} faults: at most {words.get(most, most)} are allowed.")
    return None


def _begun(plan: list[At]) -> int:
    """Return the number of faults that do not only end another; both directions of one cut are one fault."""
    count = 0
    back: set[tuple[float, str, str]] = set()  # the other directions of cuts
    for one in plan:
        if isinstance(one.fault, Cut):
            source, to = one.fault.source, one.fault.to
            if (one.ms, source, to) in back:
                back.remove((one.ms, source, to))
                continue
            back.add((one.ms, to, source))
        count += not isinstance(one.fault, _ENDINGS)
    return count
