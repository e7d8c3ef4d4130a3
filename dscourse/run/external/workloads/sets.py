"""Sets that only grow: broadcast, and g-set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.checkers.verdict import Verdict
from dscourse.checkers.workloads import grow_only_set
from dscourse.history import History
from dscourse.node import Invocation
from dscourse.run.external.topology import neighbours
from dscourse.run.external.wire import Body
from dscourse.run.external.workloads.workload import Request, Workload, field

__all__ = ["Broadcast", "GSet"]


class GSet(Workload):
    """``add`` of a new element, or ``read``, each as often."""

    name = "g-set"
    reads = frozenset({"read"})
    add, element, elements = "add", "element", "value"
    _next = 0

    def next(self, client: str) -> Request:
        if self.draws.random() < 0.5:
            return "read", None, None
        self._next += 1
        return self.add, None, self._next - 1

    def body(self, op: Invocation) -> Body:
        return {"type": op.f} if op.f == "read" else {"type": op.f, self.element: op.value}

    def result(self, client: str, op: Invocation, body: Body) -> Any:
        return field(body, self.elements, list) if op.f == "read" else None

    def final(self, client: str) -> Request:
        return "read", None, None

    def judge(self, history: History, final_from_ms: float | None) -> Verdict:
        return grow_only_set(history, final_from_ms)


class Broadcast(GSet):
    """The same, by ``broadcast`` of a message, after each node was told its neighbours."""

    name = "broadcast"
    add, element, elements = "broadcast", "message", "messages"

    def setup(self, nodes: Sequence[str]) -> Mapping[str, Body]:
        whole = neighbours(self.settings.topology, nodes)
        return {node: {"type": "topology", "topology": whole} for node in nodes}
