"""The durations of the faults of a plan: from each fault to the first that ends it."""

from __future__ import annotations

from collections.abc import Iterable

from dscourse.sim.faults import (
    At,
    Crash,
    CrashDuring,
    Cut,
    Fault,
    Heal,
    Hold,
    Partition,
    Pause,
    Recover,
    Release,
    Restart,
    Resume,
    SetLink,
)

__all__ = ["lasting"]


def lasting(plan: Iterable[At], longer_than_ms: float) -> list[Fault]:
    """Return the faults of a plan that last longer than ``longer_than_ms``.

    A test counts them to show that its faults outlasted a time-out. A fault lasts until the first entry that ends it,
    wholly or in part; without one, for ever. Wrong clocks do not count.

    >>> plan = [At(10, Crash("a")), At(15, Cut("a", "b")), At(40, Restart("a")), At(95, Heal())]
    >>> lasting(plan, 30), lasting(plan, 29)
    ([Cut('a', 'b')], [Crash('a'), Cut('a', 'b')])
    """
    entries = sorted(plan, key=lambda entry: entry.ms)
    return [
        entry.fault
        for index, entry in enumerate(entries)
        if _begins(entry.fault)
        and all(
            later.ms - entry.ms > longer_than_ms
            for later in entries[index + 1 :]
            if _ends(later.fault, entry.fault)
        )
    ]


def _begins(fault: Fault) -> bool:
    return isinstance(fault, Crash | CrashDuring | Cut | Hold | Partition | Pause) or (
        isinstance(fault, SetLink) and bool(fault.settings)
    )


def _ends(later: Fault, fault: Fault) -> bool:
    """Return True if ``later`` ends ``fault``, wholly or in part."""
    match later:
        case Recover(nodes=nodes):
            return not nodes or bool(set(nodes) & set(fault.names()))
        case Restart(node):
            return isinstance(fault, Crash | CrashDuring) and fault.node == node
        case Resume(node):
            return fault == Pause(node)
        case Release(source, to):
            return fault == Hold(source, to)
        case Heal(source, to) if isinstance(fault, Cut):
            return source is None or (source, to) == (fault.source, fault.to)
        case Heal(source, to) if isinstance(fault, Partition):
            return source is None or {source, to} <= set(fault.names())
        case SetLink(source=source, to=to) if isinstance(fault, SetLink):
            return source is None or (source, to) == (fault.source, fault.to)
    return False
