"""A register, with and without compare-and-set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from dscourse.checkers.specification import ILLEGAL, Anonymous, MisfitError, may_return
from dscourse.core.equality import same
from dscourse.history import Op

__all__ = ["CasRegister", "Register", "StrictCasRegister"]


class Register(Anonymous):
    """One value: read, write, delete; before the first write a read returns ``initial``, which is None.

    >>> Register().step(5, Op(0, "c", "read", status="ok", result=4, returned=1))
    ILLEGAL
    """

    name = "register"
    observers = frozenset({"read"})
    operations = frozenset({"read", "write", "delete"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "read":
            return state if may_return(op, state) else ILLEGAL
        if op.f == "write":
            return op.value
        if op.f == "delete":
            return None
        raise self._unfit(op)

    def tells(self, op: Op) -> bool:
        return op.status == "ok" and op.f in ("read", "cas")

    def foreseen(
        self, state: Any, observers: Sequence[Op], writers: Callable[[], Iterable[Op]]
    ) -> Any:
        read = observers[0]
        if read.f != "read" or same(read.result, state):
            return state
        possible = any(same(self.leaves(op), read.result) for op in writers())
        return state if possible else ILLEGAL

    def postpones(self, ops: Sequence[Op]) -> bool:
        return all(op.f != "cas" for op in ops)

    def bridges(self, state: Any, op: Op, unknown: Sequence[Op]) -> Iterable[Sequence[Op]]:
        return [[one] for one in unknown if same(self.leaves(one), op.result)][:1]

    def leaves(self, op: Op) -> Any:
        """Return the value that a write, delete or successful compare-and-set leaves in the register."""
        if op.f == "delete":
            return None
        return op.value[1] if op.f == "cas" and isinstance(op.value, tuple) else op.value


class CasRegister(Register):
    """A register with compare-and-set: ``value`` is (old, new), and the result says whether it was set.

    A result of None comes from a client that reports nothing but success: it counts as True. A result of False is an
    observation: the register did not hold ``old``. A compare-and-set whose *status* is ``fail`` is left out, because
    a failure may have any cause; `StrictCasRegister` counts it as an observation as well.
    """

    name = "compare-and-set register"
    observers = frozenset({"read"})
    operations = Register.operations | {"cas"}
    tells, foreseen = Register.tells, Register.foreseen
    postpones, bridges, alike = Register.postpones, Register.bridges, Register.alike

    def step(self, state: Any, op: Op) -> Any:
        if op.f != "cas":
            return super().step(state, op)
        if not isinstance(op.value, tuple) or len(op.value) != 2:
            raise MisfitError(
                f"cas {op.id} has the value {op.value!r}: it must be a pair (old, new)"
            )
        if op.status == "ok" and op.result not in (None, True, False):
            raise MisfitError(
                f"cas {op.id} has the result {op.result!r}: it must be True, False or None"
            )
        old, new = op.value
        matched = same(state, old)
        if op.status == "ok" and _was_set(op) != matched:
            return ILLEGAL
        return new if matched else state

    def observes(self, op: Op) -> bool:
        refused = op.f == "cas" and op.status == "ok" and not _was_set(op)
        return op.f in self.observers or refused


def _was_set(cas: Op) -> bool:
    return cas.result is None or bool(cas.result)


class StrictCasRegister(CasRegister):
    """A `CasRegister` in which a failed compare-and-set shows that the register did not hold ``old``.

    Use it if clients report ``fail`` for that reason alone, and not, say, because a connection was refused.
    """

    def counted(self, op: Op) -> Op | None:
        if op.f == "cas" and op.status == "fail":
            return replace(op, status="ok", result=False)
        return super().counted(op)
