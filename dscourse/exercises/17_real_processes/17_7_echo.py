"""Judge of 17.7: a node that echoes."""

from __future__ import annotations

import json
from typing import Any

from dscourse.exercises.judges.nodes import Scene, during, refuted, story
from dscourse.exercises.tasks import Wrong
from dscourse.node import Invocation
from dscourse.run.external import Result
from dscourse.run.external.wire import Body
from dscourse.run.external.workloads.ids import Echo
from dscourse.run.external.workloads.workload import Request, field, pick
from dscourse.show import Picture
from dscourse.sim.faults import At, Crash, Pause, Restart, Resume

__all__ = ["judge"]

_PAYLOADS: tuple[Any, ...] = (
    "hello", "", "ok? \"yes\"", "two\nlines", "zwölf ☕", " a ", 0, 1, -7, 2.5, True, False, None, [], {},
    [1, [2, [None, "n1"]]], {"type": "init", "msg_id": 3, "in_reply_to": 4}, {"ä": {"b": [False]}}, "1", "x" * 3_000,
)  # fmt: skip
_SCENES = (
    Scene("One node", {"nodes": ["n1"], "rate": 200, "seconds": 0.4}),
    Scene(
        "Three nodes with other names, six clients",
        {"nodes": ["alpha", "node-7", "Z"], "rate": 600, "seconds": 0.5, "concurrency": 6, "seed": 1},
    ),
    Scene(
        "Two nodes, one stopped for a while, the other killed and started again",
        {
            "nodes": ["n0", "n1"], "seconds": 0.9, "timeout_ms": 800, "rate": 50, "seed": 2,
            "plan": [At(150, Crash("n0")), At(200, Pause("n1")), At(300, Restart("n0")), At(500, Resume("n1"))],
        },
    ),
)  # fmt: skip


class _AnyEcho(Echo):
    """``echo`` with any value of JSON."""

    def next(self, client: str) -> Request:
        return "echo", None, _written(pick(self.draws, _PAYLOADS))

    def body(self, op: Invocation) -> Body:
        return {"type": "echo", "echo": json.loads(str(op.value))}

    def result(self, client: str, op: Invocation, body: Body) -> Any:
        return _written(field(body, "echo"))


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def judge(command: Any) -> Wrong | None:
    return refuted(_AnyEcho, command, _SCENES, _explain, _unanswered)


def _unanswered(result: Result) -> str:
    """Return the complaint about odd messages, or requests without an answer in a run without faults."""
    asked, answered = result.operations, len(result.requests.ok)
    if not result.plan and answered < asked:
        return f"{answered} of {asked} requests were answered, and nothing was at fault."
    return f"{result.remarks[0]}." if result.remarks else ""


def _explain(result: Result) -> tuple[str, Picture | None]:
    """Say what became of the payload, and show the two messages."""
    (number,) = result.verdict.refuting
    op = next(op for op in result.history if op.id == number)
    sent, got = (json.loads(str(value)) for value in (op.value, op.result))
    kinds = type(sent).__name__, type(got).__name__
    why = (
        "The payload may be any value of JSON, and comes back as it was: no value is turned into a string."
        if isinstance(got, str) and not isinstance(sent, str)
        else "The payload comes back as it was."
        if kinds[0] == kinds[1]
        else "The payload comes back with its type."
    )
    sentence = f"{op.process} sent {op.value!s:.40} and got {op.result!s:.40} back."
    return why, story(result, during(result, [number]), sentence)
