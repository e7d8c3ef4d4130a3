"""Judge of 17.13: transactions on lists, strictly serializable, on several nodes."""

from __future__ import annotations

from typing import Any

from dscourse.checkers.transactions import anomalies
from dscourse.exercises.judges.nodes import Scene, killed_between, refuted
from dscourse.exercises.tasks import Wrong
from dscourse.history import Op
from dscourse.run.external import Result
from dscourse.show import Picture, anomaly
from dscourse.sim.faults import At, Crash, Pause, Restart, Resume

__all__ = ["judge"]

_LEAST = 0.1  # the share of transactions that must succeed
_SCENES = (
    Scene("One node and one client", {"nodes": ["solo"], "seconds": 0.4, "concurrency": 1, "key_count": 3}),
    Scene(
        "Three nodes and nine clients on two keys at a time",
        {"nodes": ["a", "b", "a1"], "rate": 250, "seconds": 1.0, "concurrency": 9, "key_count": 2, "latency": 4},
    ),
    Scene(
        "Three nodes and six clients on one key at a time, with slower links",
        {"nodes": 3, "rate": 150, "seconds": 1.0, "concurrency": 6, "key_count": 1, "latency": 12, "seed": 1},
    ),
    Scene(
        "Two nodes that stop for a while, and are killed and started again",
        {
            "nodes": 2, "rate": 150, "seconds": 1.4, "concurrency": 6, "key_count": 2, "latency": 4, "seed": 2,
            "timeout_ms": 600, "plan": [
                At(150, Pause("n0")), At(350, Resume("n0")), At(450, Crash("n1")), At(500, Restart("n1")),
                At(700, Pause("n1")), At(800, Resume("n1")), At(900, Crash("n0")), At(950, Restart("n0")),
            ],
        },
    ),
)  # fmt: skip


def judge(command: Any) -> Wrong | None:
    return refuted("txn-list-append", command, _SCENES, _explain, _rare)


def _rare(result: Result) -> str:
    """Return the complaint about nodes that refuse nearly all transactions that change something."""
    asked = [op for op in result.requests if _appends(op)]
    done = sum(op.status == "ok" for op in asked)
    if done >= _LEAST * len(asked):
        return ""
    return (
        f"{done} of {len(asked)} transactions with an append succeeded. If one is overtaken and aborts, another one "
        "has gone through."
    )


def _appends(op: Op) -> bool:
    steps: Any = op.value
    return any(step[0] == "append" for step in steps)


def _explain(result: Result) -> tuple[str, Picture | None]:
    """Draw the anomaly, as chapter 16 does, and say whether a node was killed in between."""
    ops = [op for op in result.history if op.id in result.verdict.refuting]
    found = anomalies(result.history)
    return killed_between(result, ops), anomaly(found[0], result.history) if found else None
