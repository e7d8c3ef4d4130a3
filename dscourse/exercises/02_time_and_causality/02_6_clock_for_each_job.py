"""Judge of 02.6: the right kind of clock for each of five jobs."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_CLOCKS = ("wall", "monotonic", "Lamport", "vector", "hybrid", "version vector")
_JOBS: dict[str, tuple[str, dict[str, str]]] = {
    "time-out": (
        "monotonic",
        {
            "wall": "it can be set back while you measure, and then a duration is negative.",
            "hybrid": "it follows the wall clock, and jumps with it.",
        },
    ),
    "lock queue": (
        "Lamport",
        {
            "wall": "a request that was made because of another can get the smaller time.",
            "monotonic": "two nodes' monotonic clocks have nothing to do with each other.",
            "vector": "concurrent requests are in no order, and a queue needs one.",
            "version vector": "concurrent requests are in no order, and a queue needs one.",
            "hybrid": "it works, but the time of day is not needed here: a single counter does it.",
        },
    ),
    "race detector": (
        "vector",
        {
            "Lamport": "a smaller number does not tell a cause from a coincidence.",
            "hybrid": "a smaller stamp does not tell a cause from a coincidence.",
            "version vector": "it counts updates of a piece of data, and reads and messages not at all.",
        },
    ),
    "snapshot at noon": (
        "hybrid",
        {
            "wall": "an effect can be in the snapshot without its cause.",
            "Lamport": "which count was noon? Its numbers have nothing to do with the time of day.",
            "vector": "which counts were noon? Its numbers have nothing to do with the time of day.",
        },
    ),
    "replicated key": (
        "version vector",
        {
            "wall": "the write with the smaller time is thrown away, though neither writer saw the other's.",
            "Lamport": "it orders the two writes, though neither writer saw the other's: one is lost.",
            "hybrid": "it orders the two writes, though neither writer saw the other's: one is lost.",
            "vector": "with an entry for each client it grows without bound: count at the replicas instead.",
        },
    ),
}


def judge(choice: Any) -> Wrong | None:
    if not isinstance(choice, dict):
        return Wrong(f"`choice` must be a dictionary from jobs to clocks, not {choice!r}.")
    for job, (best, reasons) in _JOBS.items():
        clock = choice.get(job)
        if clock not in _CLOCKS:
            return Wrong(f"{job}: {clock!r} is no clock. The clocks are {', '.join(_CLOCKS)}.")
        if clock != best:
            return Wrong(
                f"{job}: {clock}? {_sentence(reasons.get(clock, 'it does not do this job.'))}"
            )
    return None


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
