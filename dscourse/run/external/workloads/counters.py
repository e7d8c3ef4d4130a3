"""Counters: g-counter, which only grows, and pn-counter."""

from __future__ import annotations

from typing import Any

from dscourse.checkers.verdict import Verdict
from dscourse.checkers.workloads import counter
from dscourse.history import History
from dscourse.node import Invocation
from dscourse.run.external.wire import Body
from dscourse.run.external.workloads.workload import Request, Workload, field

__all__ = ["GCounter", "PnCounter"]


class PnCounter(Workload):
    """``add`` of an amount from -5 to 4, or ``read``, each as often."""

    name = "pn-counter"
    reads = frozenset({"read"})
    lowest = -5

    def next(self, client: str) -> Request:
        if self.draws.random() < 0.5:
            return "read", None, None
        return "add", None, self.lowest + int(self.draws.random() * (5 - self.lowest))

    def body(self, op: Invocation) -> Body:
        return {"type": "read"} if op.f == "read" else {"type": "add", "delta": op.value}

    def result(self, client: str, op: Invocation, body: Body) -> Any:
        return field(body, "value", int) if op.f == "read" else None

    def final(self, client: str) -> Request:
        return "read", None, None

    def judge(self, history: History, final_from_ms: float | None) -> Verdict:
        return counter(history, final_from_ms)


class GCounter(PnCounter):
    """The same, from 0 to 4."""

    name = "g-counter"
    lowest = 0
