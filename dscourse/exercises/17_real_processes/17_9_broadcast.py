"""Judge of 17.9: a broadcast that survives cuts, losses, repetitions, pauses and kills."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges.nodes import Scene, refuted
from dscourse.exercises.judges.spread import Values, explain
from dscourse.exercises.tasks import Wrong
from dscourse.sim.faults import At, Crash, Cut, Heal, Partition, Pause, Restart, Resume, SetLink

__all__ = ["judge"]

_LINE = {"q": ["n1"], "n1": ["q", "n2"], "n2": ["n1", "x-5"], "x-5": ["n2", "n10"], "n10": ["x-5"]}
_SCENES = (
    Scene("One node", {"nodes": ["solo"], "seconds": 0.3}),
    Scene("Two nodes, with no fault", {"nodes": ["a", "b"], "seconds": 0.4}),
    Scene(
        "Five nodes in a line that is cut in the middle for half a second, and in one direction after that",
        {
            "nodes": ["n1", "n2", "n10", "q", "x-5"], "topology": _LINE, "latency": 3, "seed": 1, "seconds": 1.4,
            "plan": [
                At(100, Partition({"q", "n1"}, {"n2", "x-5", "n10"})), At(600, Heal()), At(700, Cut("x-5", "n10")),
                At(1_200, Heal()),
            ],
        },
    ),
    Scene(
        "Four nodes whose links lose every third message and double every third",
        {
            "nodes": 4, "topology": "tree", "latency": 3, "seed": 2, "seconds": 0.9,
            "plan": [At(0, SetLink(loss=0.33, duplicate=0.33))],
        },
    ),
    Scene(
        "Three nodes in a line: the middle one is cut off, killed, and started again in its folder; then one of the "
        "others is killed, and one stops for a while",
        {
            "nodes": 3, "topology": "line", "seed": 3, "seconds": 1.4, "timeout_ms": 800,
            "plan": [
                At(200, Partition({"n1"}, {"n0", "n2"})), At(500, Crash("n1")), At(560, Restart("n1")),
                At(700, Heal()), At(750, Pause("n2")), At(900, Crash("n0")), At(950, Restart("n0")),
                At(1_050, Resume("n2")),
            ],
        },
    ),
)  # fmt: skip


def judge(command: Any) -> Wrong | None:
    return refuted(Values, command, _SCENES, explain, eventual=True)
