"""Judge of 02.6: the right kind of clock for each of five jobs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
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
    clocks = {_plain(clock): clock for clock in _CLOCKS}
    for job, (best, reasons) in _JOBS.items():
        given = {_plain(choice[key]): choice[key] for key in choice if _plain(key) == _plain(job)}
        if not given.keys() - {"", "none"}:
            return Wrong(_missing(job, choice))
        if len(given) > 1:
            return Wrong(f"{job!r} stands there twice, with different clocks: name one.")
        (name, written), *_ = given.items()
        clock = clocks.get(name)
        if clock is None:
            return Wrong(
                f"{job}: {written!r:.40} is no clock. The clocks are {', '.join(_CLOCKS)}."
            )
        if clock != best:
            return Wrong(f"{job}: {clock}? {reasons[clock]}")
    return None


def _missing(job: str, choice: Mapping[Any, Any]) -> str:
    """Say that a job has no clock; if jobs and clocks are the wrong way round, say so."""
    if {_plain(key) for key in choice} & {_plain(clock) for clock in _CLOCKS}:
        return "The keys must be the jobs and the values the clocks, not the other way round."
    return f"{job!r} has no clock yet. The jobs are {', '.join(_JOBS)}."


def _plain(name: Any) -> str:
    """Return the name of a job or clock in small letters, without spaces, hyphens and the word "clock" at its end."""
    text = str(name.value if isinstance(name, Enum) else name).lower()
    return "".join(text.translate(str.maketrans("_-", "  ")).split()).removesuffix("clock")
