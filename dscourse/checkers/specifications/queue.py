"""A first-in, first-out queue."""

from __future__ import annotations

from typing import Any

from dscourse.checkers.specification import ILLEGAL, Anonymous, may_return
from dscourse.history import Op

__all__ = ["Queue"]


class Queue(Anonymous):
    """First in, first out: enqueue, dequeue; an empty queue gives None."""

    name = "queue"
    initial = ()
    operations = frozenset({"enqueue", "dequeue"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "enqueue":
            return (*state, op.value)
        if op.f == "dequeue":
            return state[1:] if may_return(op, state[0] if state else None) else ILLEGAL
        raise self._unfit(op)

    def tells(self, op: Op) -> bool:
        return op.status == "ok" and op.f == "dequeue"
