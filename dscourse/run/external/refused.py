"""The faults that cannot be done to a process in another language: refused before the test begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dscourse.sim.faults import At, Crash, CrashDuring, Expire, SetClock, Submit, check_plan

__all__ = ["check"]

_REFUSED = {
    CrashDuring: "a process in another language does not say which effects it asks for",
    Expire: "timers of real processes go off when the system lets them",
    SetClock: "a process in another language reads the system's clock",
    Submit: "the workload alone decides what clients ask",
}


def check(plan: Sequence[At], nodes: Iterable[str]) -> None:
    """Raise for an entry that is not an `At` or names another node; ValueError for a fault that is refused."""
    check_plan(plan, nodes)
    for entry in plan:
        for kind, why in _REFUSED.items():
            if isinstance(entry.fault, kind):
                raise ValueError(f"{entry!r}: {why}")
        if isinstance(entry.fault, Crash) and entry.fault.lose:
            raise ValueError(
                f"{entry!r}: SIGKILL loses no records of a file; write Crash({entry.fault.node!r})"
            )
