"""A lock that knows its owner."""

from __future__ import annotations

from typing import Any

from dscourse.checkers.specification import ILLEGAL, Specification
from dscourse.history import Op

__all__ = ["Mutex"]


class Mutex(Specification):
    """A lock that knows its owner: acquire and release, whose success is the evidence.

    A result of False says that the lock was not granted or not released: another process held it or, for a release,
    no process did. An open acquire may have been granted at any time. The state is the process that holds the lock,
    or None.

    >>> Mutex().step("a", Op(0, "b", "acquire", status="ok", returned=1))
    ILLEGAL
    """

    name = "mutex"
    operations = frozenset({"acquire", "release"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f not in self.operations:
            raise self._unfit(op)
        granted = state is None if op.f == "acquire" else state == op.process
        succeeded = op.result is None or bool(op.result)
        if op.status == "ok" and succeeded != granted:
            return ILLEGAL
        if not granted:
            return state
        return op.process if op.f == "acquire" else None

    def observes(self, op: Op) -> bool:
        return op.status == "ok" and not (op.result is None or bool(op.result))

    def tells(self, op: Op) -> bool:
        return op.status == "ok"
