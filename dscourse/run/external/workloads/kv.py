"""A linearizable store: lin-kv."""

from __future__ import annotations

from typing import Any

from dscourse.checkers.linearizability import linearizable
from dscourse.checkers.specifications import CasRegister
from dscourse.checkers.verdict import Verdict
from dscourse.history import History
from dscourse.node import Invocation
from dscourse.run.external.wire import Body
from dscourse.run.external.workloads.workload import Request, Workload, field, pick

__all__ = ["LinKvWorkload"]

_PER_KEY = 40  # operations on a key before another takes its place, so that each key is judged soon
_VALUES = 5


class LinKvWorkload(Workload):
    """``read``, ``write`` and ``cas`` of small numbers on a few keys at a time, each as often.

    Error 20 on a read says that there is nothing, and errors 20 and 22 on a ``cas`` that the key does not hold the
    expected value. Both are results, and are judged as such.
    """

    name = "lin-kv"
    reads = frozenset({"read"})
    _used = 0

    def next(self, client: str) -> Request:
        keys = self.settings.key_count or 4
        key = self._used // (_PER_KEY * keys) * keys + self._used % keys
        self._used += 1
        f = pick(self.draws, ("read", "write", "cas"))
        value, other = pick(self.draws, range(_VALUES)), pick(self.draws, range(_VALUES))
        return f, key, {"read": None, "write": value, "cas": (value, other)}[f]

    def body(self, op: Invocation) -> Body:
        body = {"type": op.f, "key": op.key}
        if op.f == "write":
            body["value"] = op.value
        elif op.f == "cas":
            body["from"], body["to"] = op.value
        return body

    def result(self, client: str, op: Invocation, body: Body) -> Any:
        return field(body, "value") if op.f == "read" else (True if op.f == "cas" else None)

    def failure(self, op: Invocation, code: object) -> tuple[str, object]:
        if op.f == "read" and code == 20:
            return "ok", None
        if op.f == "cas" and code in (20, 22):
            return "ok", False
        return super().failure(op, code)

    def judge(self, history: History, final_from_ms: float | None) -> Verdict:
        return linearizable(history, CasRegister())
