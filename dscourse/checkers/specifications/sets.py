"""A set that is read as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as Elements
from typing import Any

from dscourse.checkers.specification import ILLEGAL, Anonymous, MisfitError
from dscourse.core.equality import token
from dscourse.history import Op

__all__ = ["Set", "elements"]


class Set(Anonymous):
    """A set: add, remove, read; a read's result is any collection of the elements, or None for the empty set.

    A subclass may give the first elements: ``initial = {1, 2}``. The state holds the elements' tokens
    (`equality.token`).
    """

    name = "set"
    initial: Any = frozenset()
    observers = frozenset({"read"})
    operations = frozenset({"add", "remove", "read"})

    def first(self) -> Any:
        return frozenset(map(token, self.initial))

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "read":
            return state if op.status != "ok" or elements(op) == state else ILLEGAL
        if op.f == "add":
            return state | {token(op.value)}
        if op.f == "remove":
            return state - {token(op.value)}
        raise self._unfit(op)

    def alike(self, op: Op) -> Any:
        if op.f == "read" and op.status == "ok":
            return (op.f, token(op.key), elements(op))
        return super().alike(op)

    def tells(self, op: Op) -> bool:
        return op.status == "ok" and op.f == "read"

    def foreseen(
        self, state: Any, observers: Sequence[Op], writers: Callable[[], Iterable[Op]]
    ) -> Any:
        """Give up a state if no writer can add or remove an element as the next read requires."""
        missing = _missing(observers[0], state)
        for op in writers() if missing else ():
            missing.discard((op.f, token(op.value)))
        return ILLEGAL if missing else state

    def postpones(self, ops: Sequence[Op]) -> bool:
        return True

    def bridges(self, state: Any, op: Op, unknown: Sequence[Op]) -> Iterator[Sequence[Op]]:
        missing, batch = _missing(op, state), []
        for one in unknown:
            if (one.f, token(one.value)) in missing:
                missing.remove((one.f, token(one.value)))
                batch.append(one)
        if not missing:
            yield batch


def _missing(read: Op, state: Any) -> set[tuple[str, Any]]:
    """Return the changes that the read requires, as pairs of function and element."""
    shown = elements(read)
    return {("add", one) for one in shown - state} | {("remove", one) for one in state - shown}


def elements(read: Op) -> frozenset[Any]:
    """Return the elements that the read of a set returned, as tokens."""
    if read.result is None:
        return frozenset()
    if not isinstance(read.result, tuple | list | Elements):
        raise MisfitError(
            f"read {read.id} of a set returned {read.result!r}: it must be a collection"
        )
    return frozenset(map(token, read.result))
