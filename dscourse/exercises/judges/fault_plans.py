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
    "CUTS_AND_CRASHES", "CUTS_CRASHES_AND_PAUSES", "EVERY_FAULT", "MESSAGE_FAULTS", "TOUCHES", "check", "count",
    "names",
]  # fmt: skip

CUTS_AND_CRASHES: tuple[type[Fault], ...] = (Cut, Heal, Partition, Crash, Restart, Recover)
CUTS_CRASHES_AND_PAUSES = (*CUTS_AND_CRASHES, Pause, Resume)
MESSAGE_FAULTS: tuple[type[Fault], ...] = (Lose, Repeat, Delay)
TOUCHES = (
    *CUTS_CRASHES_AND_PAUSES,
    CrashDuring,
    *MESSAGE_FAULTS,
)  # what touches of a diagram add to a plan
EVERY_FAULT = (*TOUCHES, Hold, Release, SetLink)


def names(faults: Iterable[type[Fault]]) -> dict[str, Any]:
    """Return the names that a plan of these faults may use."""
    return {"sim": sim, **by_name(At, *faults)}


def check(
    plan: Any, faults: Iterable[type[Fault]], nodes: Iterable[str], example: str, most: int = 2
) -> Wrong | None:
    """Return None for a list of at most ``most`` of these faults at these nodes, otherwise the first mistake.

    They are counted by `count`. A crash must leave the disk alone, as the protocols assume.

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
        if getattr(one.fault, "lose", 0):
            return Wrong(f"{one!r}: the disks here keep all that was written: leave out `lose`.")
    try:
        check_plan(plan, dict.fromkeys(nodes))
    except LookupError as error:
        return Wrong(f"{error}.")
    number = count(plan)
    if number > most:
        words = {1: "one", 2: "two", 3: "three", 4: "four"}
        return Wrong(f"{number} faults: at most {words.get(most, most)} are allowed.")
    return None


def count(plan: Iterable[At]) -> int:
    """Return the number of faults, where all heals of one moment count once, and so do both directions of a cut.

    So a node that is cut off and comes back counts two, however many links it has.

    >>> count([At(5, Cut("a", "b")), At(5, Cut("b", "a")), At(9, Heal("a", "b")), At(9, Heal("b", "a"))])
    2
    """
    entries = list(plan)
    heals = {entry.ms for entry in entries if isinstance(entry.fault, Heal)}
    cuts = [(entry.ms, entry.fault) for entry in entries if isinstance(entry.fault, Cut)]
    both = {
        (ms, cut)
        for ms, cut in cuts
        if cut.source < cut.to and (ms, Cut(cut.to, cut.source)) in cuts
    }
    others = sum(not isinstance(entry.fault, Heal) for entry in entries)
    return len(heals) + others - len(both)
