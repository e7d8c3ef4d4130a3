"""A counter, of which open additions are tried only where a read needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from numbers import Real
from typing import Any

from dscourse.checkers.specification import ILLEGAL, Anonymous, MisfitError, may_return
from dscourse.checkers.sums import Sums
from dscourse.core.equality import same
from dscourse.history import Op

__all__ = ["Counter", "is_number"]


class Counter(Anonymous):
    """A sum: add (of ``value``, or of 1), read; before all adds a read may also return None."""

    name = "counter"
    initial = 0
    observers = frozenset({"read"})
    operations = frozenset({"add", "read"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "read":
            nothing = op.result is None and same(state, self.initial)
            return state if nothing or may_return(op, state) else ILLEGAL
        if op.f == "add":
            return state + self.amount(op)
        raise self._unfit(op)

    def amount(self, op: Op) -> Any:
        """Return the amount that the operation adds."""
        if op.value is None:
            return 1
        if not is_number(op.value):
            raise MisfitError(f"add {op.id} has the value {op.value!r}: it must be a number")
        return op.value

    def tells(self, op: Op) -> bool:
        return op.status == "ok" and op.f == "read"

    def foreseen(
        self, state: Any, observers: Sequence[Op], writers: Callable[[], Iterable[Op]]
    ) -> Any:
        """Reject a sum that no adds before the next read can complete to its result; for whole numbers only."""
        result = self.initial if observers[0].result is None else observers[0].result
        if same(result, state) or type(result) is not int or type(state) is not int:
            return state
        amounts = [self.amount(op) for op in writers()]
        return state if Sums(amounts).reach(result - state) else ILLEGAL

    def postpones(self, ops: Sequence[Op]) -> bool:
        amounts = [self.amount(op) for op in ops if op.f == "add"]
        return Sums([*amounts, self.initial]).exact

    def bridges(self, state: Any, op: Op, unknown: Sequence[Op]) -> Iterable[Sequence[Op]]:
        result = self.initial if op.result is None else op.result
        if type(result) is not int:
            return
        for chosen in Sums([self.amount(one) for one in unknown]).ways(result - state):
            yield [unknown[n] for n in chosen]


def is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
