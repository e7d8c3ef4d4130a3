"""Judge of 17.12: logs by key that all nodes share, over kills and repeated messages."""

from __future__ import annotations

from random import Random
from typing import Any

from dscourse.exercises.judges.nodes import (
    SETTLE_S,
    Scene,
    client_node,
    during,
    killed_between,
    mentions,
    refuted,
    story,
)
from dscourse.exercises.tasks import Wrong
from dscourse.history import Op
from dscourse.run.external import Result
from dscourse.run.external.workloads import Settings
from dscourse.run.external.workloads.kafka import Kafka
from dscourse.show import Picture
from dscourse.sim.faults import At, Crash, Pause, Restart, Resume, SetLink

__all__ = ["judge"]


class _Numbers(Kafka):
    """The same workload, whose messages are numbers above all offsets: from 1,001 on."""

    def __init__(self, settings: Settings, draws: Random) -> None:
        super().__init__(settings, draws)
        self._sent = 1_000


_SCENES = (
    Scene("One node", {"nodes": ["solo"], "seconds": 0.4, "key_count": 2}),
    Scene(
        "Three nodes and nine clients on two logs, with no fault",
        {"nodes": ["a", "b", "a1"], "seconds": 0.8, "rate": 200, "concurrency": 9, "key_count": 2, "latency": 4},
    ),
    Scene(
        "Two nodes, with every third message between them doubled",
        {
            "nodes": 2, "seed": 1, "seconds": 0.8, "rate": 150, "concurrency": 6, "key_count": 1, "latency": 3,
            "plan": [At(0, SetLink(duplicate=0.33))],
        },
    ),
    Scene(
        "Three nodes that are killed, one after the other, and started again in their folders; one stops for a while",
        {
            "nodes": 3, "seed": 2, "seconds": 1.4, "rate": 400, "concurrency": 12, "key_count": 2, "timeout_ms": 600,
            "plan": [
                At(250, Crash("n0")), At(300, Restart("n0")), At(550, Crash("n1")), At(600, Restart("n1")),
                At(800, Pause("n2")), At(950, Resume("n2")), At(1_000, Crash("n2")), At(1_050, Restart("n2")),
            ],
        },
    ),
)  # fmt: skip


def judge(command: Any) -> Wrong | None:
    patient = [Scene(scene.words, {**scene.settings, "settle": 2 * SETTLE_S}) for scene in _SCENES]
    return refuted(_Numbers, command, patient, _explain, _unseen)


def _unseen(result: Result) -> str:
    """Return the complaint about acknowledged messages that the polls of the last phase did not come to."""
    found = next((remark for remark in result.remarks if "never showed in a poll" in remark), "")
    return f"{found}, though all nodes were polled from the beginning to the end." if found else ""


def _explain(result: Result) -> tuple[str, Picture | None]:
    """Name the nodes that answered, and a fault between their answers."""
    ops = [op for op in result.history if op.id in result.verdict.refuting]
    nodes = [client_node(result, op.process) for op in ops]
    words = ", ".join(f"{op.f} {op.id} by {node}" for op, node in zip(ops, nodes, strict=True))
    value = next((op.value for op in ops if op.f == "send"), None)
    asked = during(result, [op.id for op in ops])
    about = asked if value is None else lambda event: asked(event) or mentions(value)(event)
    sentence = f"{len(ops)} operations that no log explains: {words}."
    return f"Answered: {words}. {_between(result, ops, nodes)}".strip(), story(
        result, about, sentence
    )


def _between(result: Result, ops: list[Op], nodes: list[str]) -> str:
    if "is there twice" in result.verdict.reason and len(result.trace.kinds("duplicate")):
        return "Messages between nodes came twice here: a request that was carried out is not carried out again."
    if killed := killed_between(result, ops):
        return killed
    if len({*nodes}) > 1:
        return "Two nodes answered from different logs, or one changed a log between the other's read and its write."
    return ""
