"""Several registers that one transaction reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dscourse.checkers.specification import ILLEGAL, Anonymous, MisfitError
from dscourse.core.equality import same, token
from dscourse.history import Op

__all__ = ["MultiRegister"]


class MultiRegister(Anonymous):
    """Several registers that one operation reads and writes together, by key; a key without a value reads as None.

    A ``txn`` has a sequence of steps as its value, each ``(f, key, value)`` with f ``r`` or ``w`` (or ``read``,
    ``write``), done in this order; its result is the same sequence with the values that the reads returned. Single
    operations ``read`` and ``write`` on a key are allowed as well. A subclass may give the first values:
    ``initial = {"x": 0}``.

    >>> move = Op(0, "c", "txn", None, (("r", "x", None), ("w", "y", 2)), "ok", (("r", "x", 1), ("w", "y", 2)), 0, 1)
    >>> MultiRegister().step({"x": 1}, move)
    {'x': 1, 'y': 2}
    """

    name = "multi-register"
    initial: Mapping[Any, Any] = {}
    operations = frozenset({"txn", "read", "write"})
    by_key = False

    def first(self) -> Any:
        return {token(key): value for key, value in self.initial.items()}

    def step(self, state: Any, op: Op) -> Any:
        known = op.status == "ok"
        for f, key, value in self.steps(op):
            if f == "w":
                state = {**state, token(key): value}
            elif known and not same(state.get(token(key)), value):
                return ILLEGAL
        return state

    def steps(self, op: Op) -> list[tuple[str, Any, Any]]:
        """Return the operation's steps as (f, key, value): f is "r" or "w", and value was read or written."""
        if op.f in ("read", "write"):
            return [(op.f[0], op.key, op.result if op.f == "read" else op.value)]
        if op.f != "txn":
            raise self._unfit(op)
        wanted: Any = op.value
        done: Any = wanted if op.result is None else op.result
        if not (_are_steps(wanted) and _are_steps(done) and len(wanted) == len(done)):
            shown = f"txn {op.id} has the value {wanted!r} and the result {op.result!r}"
            raise MisfitError(f"{shown}: each must be a sequence of steps (f, key, value)")
        return [(str(f).lstrip(":")[0], key, value) for f, key, value in done]

    def observes(self, op: Op) -> bool:
        return all(f == "r" for f, _, _ in self.steps(op))

    def tells(self, op: Op) -> bool:
        return op.status == "ok" and any(f == "r" for f, _, _ in self.steps(op))

    def foreseen(
        self, state: Any, observers: Sequence[Op], writers: Callable[[], Iterable[Op]]
    ) -> Any:
        """Give up a state if a value that the next observer read is neither there nor about to be written."""
        missing = {
            (token(key), token(value))
            for _, key, value in self.steps(observers[0])
            if not same(state.get(token(key)), value)
        }
        for op in writers() if missing else ():
            missing -= {(token(key), token(value)) for f, key, value in self.steps(op) if f == "w"}
        return ILLEGAL if missing else state


def _are_steps(value: Any) -> bool:
    """Return True if the value is a sequence of reads and writes."""
    return isinstance(value, tuple | list) and all(
        isinstance(step, tuple | list)
        and len(step) == 3
        and str(step[0]).lstrip(":") in ("r", "w", "read", "write")
        for step in value
    )
