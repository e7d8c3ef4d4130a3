"""Echoes and unique ids."""

from __future__ import annotations

from typing import Any

from dscourse.checkers.verdict import Verdict
from dscourse.checkers.workloads import echoes, unique_ids
from dscourse.history import History
from dscourse.node import Invocation
from dscourse.run.external.wire import Body
from dscourse.run.external.workloads.workload import Request, Workload, field

__all__ = ["Echo", "UniqueIds"]


class Echo(Workload):
    """``echo`` with a text, which has to come back."""

    name = "echo"
    reads = frozenset({"echo"})

    def next(self, client: str) -> Request:
        return "echo", None, f"Please echo {int(self.draws.random() * 128)}"

    def body(self, op: Invocation) -> Body:
        return {"type": "echo", "echo": op.value}

    def result(self, client: str, op: Invocation, body: Body) -> Any:
        return field(body, "echo")

    def judge(self, history: History, final_from_ms: float | None) -> Verdict:
        return echoes(history)


class UniqueIds(Workload):
    """``generate``, which has to return another id each time."""

    name = "unique-ids"

    def next(self, client: str) -> Request:
        return "generate", None, None

    def body(self, op: Invocation) -> Body:
        return {"type": "generate"}

    def result(self, client: str, op: Invocation, body: Body) -> Any:
        return field(body, "id")

    def judge(self, history: History, final_from_ms: float | None) -> Verdict:
        return unique_ids(history)
