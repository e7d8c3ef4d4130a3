"""Judge of 02.6: the right kind of clock for each of five jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_CLOCKS = ("wall", "monotonic", "Lamport", "vector", "hybrid", "version vector")
_STANDS_STILL = "It counts events: while nothing happens it stands still, and the wait never ends."
_NO_ORDER = "It leaves concurrent requests in no order, and a queue needs one."
_INVENTS = "It orders concurrent accesses as well: a smaller stamp does not tell a cause from a coincidence."
_WHICH_NOON = "Which count was noon? Its numbers have nothing to do with the time of day."
_ONE_IS_LOST = "It orders updates made apart, so a copy with the larger stamp seems to contain the other's update."
_JOBS: dict[str, tuple[str, dict[str, str]]] = {
    "time-out": (
        "monotonic",
        {
            "wall": "It can be set back while you measure, and then a duration is negative.",
            "hybrid": "It follows the wall clock, and jumps with it.",
            "Lamport": _STANDS_STILL,
            "vector": _STANDS_STILL,
            "version vector": "It counts updates: while nothing is updated it stands still.",
        },
    ),
    "lock queue": (
        "Lamport",
        {
            "wall": "A request that was made because of another can get the smaller time.",
            "monotonic": "Two nodes' monotonic clocks have nothing to do with each other.",
            "vector": _NO_ORDER,
            "version vector": _NO_ORDER,
            "hybrid": "It works, but the time of day is not needed here: a single counter does it.",
        },
    ),
    "race detector": (
        "vector",
        {
            "wall": "It orders every two accesses, whether or not one is a cause of the other.",
            "monotonic": "Two nodes' monotonic clocks have nothing to do with each other.",
            "Lamport": _INVENTS,
            "hybrid": _INVENTS,
            "version vector": "It counts updates of one piece of data: reads and messages leave no mark in it.",
        },
    ),
    "snapshot at noon": (
        "hybrid",
        {
            "wall": "An effect can be in the snapshot without its cause.",
            "monotonic": "It counts from the start of its own computer: no two nodes agree when noon is.",
            "Lamport": _WHICH_NOON,
            "vector": _WHICH_NOON,
            "version vector": "It counts updates, and says nothing about noon.",
        },
    ),
    "replicated key": (
        "version vector",
        {
            "wall": "The copy with the larger time need not contain the update with the smaller one.",
            "monotonic": "Two nodes' monotonic clocks have nothing to do with each other.",
            "Lamport": _ONE_IS_LOST,
            "hybrid": _ONE_IS_LOST,
            "vector": (
                "It counts reads and messages too, and clients as well as replicas: it grows without bound, and "
                "copies with the same updates have different clocks."
            ),
        },
    ),
}


def judge(choice: Any) -> Wrong | None:
    if not isinstance(choice, Mapping):
        return Wrong(f"`choice` must be a dictionary from jobs to clocks, not {choice!r:.60}.")
    known = {_plain(clock): clock for clock in _CLOCKS}
    for job, (best, reasons) in _JOBS.items():
        if job not in choice:
            return Wrong(f"{job!r} has no clock yet. The jobs are {', '.join(_JOBS)}.")
        clock = known.get(_plain(choice[job]))
        if clock is None:
            return Wrong(
                f"{job}: {choice[job]!r:.40} is no clock. The clocks are {', '.join(_CLOCKS)}."
            )
        if clock != best:
            return Wrong(f"{job}: {clock}? {reasons[clock]}")
    return None


def _plain(clock: Any) -> str:
    """Return the name of a clock in small letters with single spaces."""
    return " ".join(str(clock).lower().replace("_", " ").replace("-", " ").split())
