"""Judge of 17.8: a node that gives unique ids, whatever else it can reach, and after it was killed."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges.nodes import Scene, client_node, during, refuted, story
from dscourse.exercises.tasks import Wrong
from dscourse.run.external import Result
from dscourse.run.external.services import SERVICES
from dscourse.show import Picture
from dscourse.sim.faults import At, Crash, Cut, Heal, Partition, Restart

__all__ = ["judge"]


def _kills(*nodes: str) -> list[At]:
    """Kill these nodes at 250 ms and at 800 ms, and start them again a moment later."""
    return [
        entry
        for ms in (250, 800)
        for node in nodes
        for entry in (At(ms, Crash(node)), At(ms + 30, Restart(node)))
    ]


_SCENES = (
    Scene(
        "Three nodes and nine clients, with no fault",
        {"nodes": ["n1", "n11", "n111"], "rate": 900, "seconds": 0.8, "concurrency": 9, "availability": "total"},
    ),
    Scene(
        "Three nodes that cannot reach each other for a while",
        {
            "nodes": ["a", "b", "z-9"], "rate": 300, "seconds": 0.9, "concurrency": 6, "availability": "total",
            "plan": [At(100, Partition({"a"}, {"b"}, {"z-9"})), At(700, Heal())], "seed": 1, "timeout_ms": 3_000,
        },
    ),
    Scene(
        "Two nodes that are killed twice and started again in the same folder",
        {
            "nodes": ["n0", "n1"], "rate": 300, "seconds": 1.4, "concurrency": 4, "seed": 2, "timeout_ms": 400,
            "plan": [*_kills("n0", "n1"), At(500, Cut("n0", "n1"))],
        },
    ),
)  # fmt: skip


def judge(command: Any) -> Wrong | None:
    return refuted("unique-ids", command, _SCENES, _explain, _asks)


def _asks(result: Result) -> str:
    """Return the complaint about a node that asked a service; "" if none did."""
    asked = next((event for event in result.trace.kinds("send") if event.peer in SERVICES), None)
    if asked is None:
        return ""
    return f"{asked.node} asked {asked.peer}, and could give no id without an answer. An id needs its node alone."


def _explain(result: Result) -> tuple[str, Picture | None]:
    """Say which rule the two ids break: within a node, across a restart, or between nodes."""
    one, two = (op for op in result.history if op.id in result.verdict.refuting)
    first, second = client_node(result, one.process), client_node(result, two.process)
    restarts = [event.time_ms for event in result.trace.kinds("restart") if event.node == first]
    returned = one.returned_ms or 0.0
    if first != second:
        why = (
            f"{first} and {second} gave it: what makes an id differ from those of another node must not be a matter "
            "of luck, nor be ambiguous once it is joined with a number."
        )
    elif any(returned <= ms <= two.invoked_ms for ms in restarts):
        why = (
            f"{first} gave it before it was killed and again after its restart: whatever it counted, or drew from, "
            "began again."
        )
    else:
        why = f"{first} gave it twice: two requests that come quickly one after the other get the same id."
    sentence = f"{one.process} and {two.process} both got {one.result!s:.60}."
    return why, story(result, during(result, result.verdict.refuting), sentence)
