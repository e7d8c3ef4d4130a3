"""Sequential models: what one copy, used by one client at a time, would answer.

A model is a first state and a ``step``: from a state and an operation to the state after it, or `ILLEGAL` where
the operation's result could not have come about. States are values that can be hashed. The result of an operation
that did not end well is not known, so it is legal whatever it would have been.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dscourse.history import History, Op

__all__ = [
    "ILLEGAL", "CasRegister", "Counter", "KeyValue", "Model", "Queue", "Register", "Set", "model_of",
]  # fmt: skip


class _Illegal:
    """The state after an operation that could not have had its result."""

    def __repr__(self) -> str:
        return "ILLEGAL"


ILLEGAL: Any = _Illegal()
_DOOMED: Any = object()  # a text that will be replaced before anybody gets it


class Model:
    """A sequential object; subclasses give ``name``, ``initial``, ``observers`` and ``step``.

    ``observers`` are the operations that never change the state. With ``by_key`` every key is an object of its own.
    """

    name = "model"
    initial: Any = None
    observers: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    by_key = True

    def step(self, state: Any, op: Op) -> Any:
        """The state after ``op``, or ILLEGAL. ValueError for an operation that the model does not have."""
        raise NotImplementedError

    def observes(self, op: Op) -> bool:
        """True if the operation can only look."""
        return op.f in self.observers

    def foreseen(self, state: Any, seen: Sequence[Op], writers: Callable[[], Iterable[Op]]) -> Any:
        """The state, a simpler one that is as good, or ILLEGAL if the first observer of ``seen`` has no chance left.

        ``seen`` are the next observer and those that may come before its end, ``writers`` the other operations that
        may. Nothing depends on it but the speed of a search; the state itself is always right.
        """
        return state

    def _unfit(self, op: Op) -> ValueError:
        return ValueError(
            f"operation {op.id} is {op.f!r}: a {self.name} has {', '.join(sorted(self.operations))}"
        )


def _told(op: Op, result: object) -> bool:
    """True if the operation's result is this, or is not known."""
    return op.status != "ok" or op.result == result


class Register(Model):
    """One value: read, write, delete; nothing written yet reads as None.

    >>> Register().step(5, Op(0, "c", "read", status="ok", result=4, returned=1))
    ILLEGAL
    """

    name = "register"
    observers = frozenset({"read"})
    operations = frozenset({"read", "write", "delete"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "read":
            return state if _told(op, state) else ILLEGAL
        if op.f == "write":
            return op.value
        if op.f == "delete":
            return None
        raise self._unfit(op)

    def foreseen(self, state: Any, seen: Sequence[Op], writers: Callable[[], Iterable[Op]]) -> Any:
        if seen[0].f != "read" or seen[0].result == state:
            return state
        possible = any(self.leaves(op) == seen[0].result for op in writers())
        return state if possible else ILLEGAL

    def leaves(self, op: Op) -> Any:
        """The value that a write, delete or compare-and-set puts into the register."""
        return op.value[1] if op.f == "cas" and isinstance(op.value, tuple) else op.value


class CasRegister(Register):
    """A register with compare-and-set: ``value`` is (old, new), and the result says whether it was set.

    A result of None is that of a client which reports success alone: it counts as True.
    """

    name = "compare-and-set register"
    operations = Register.operations | {"cas"}

    def step(self, state: Any, op: Op) -> Any:
        if op.f != "cas":
            return super().step(state, op)
        if not isinstance(op.value, tuple) or len(op.value) != 2:
            raise ValueError(
                f"cas {op.id} has the value {op.value!r}: it must be a pair (old, new)"
            )
        old, new = op.value
        if op.status == "ok" and (op.result is not False) != (state == old):
            return ILLEGAL
        return new if state == old else state

    def observes(self, op: Op) -> bool:
        return super().observes(op) or (op.f == "cas" and op.status == "ok" and op.result is False)


class KeyValue(Model):
    """Strings by key: get, put, append, delete; a key that was never written reads as None or as ``""``."""

    name = "key-value store"
    observers = frozenset({"get"})
    operations = frozenset({"get", "put", "append", "delete"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "get" and state is _DOOMED:
            return state if op.status != "ok" else ILLEGAL
        if op.f == "get":
            return state if _told(op, state) or (not state and not op.result) else ILLEGAL
        if op.f == "put":
            return op.value
        if op.f == "append" and state is _DOOMED:
            return state
        if op.f == "append":
            return f"{state or ''}{op.value}"
        if op.f == "delete":
            return None
        raise self._unfit(op)

    def foreseen(self, state: Any, seen: Sequence[Op], writers: Callable[[], Iterable[Op]]) -> Any:
        """A text that does not begin the next get's has to be replaced first: what it is does not matter then."""
        if _begins(state, seen[0]):
            return state
        if not any(
            op.f == "delete" or (op.f == "put" and _begins(op.value, seen[0])) for op in writers()
        ):
            return ILLEGAL
        return state if any(_begins(state, op) for op in seen[1:]) else _DOOMED


def _begins(state: Any, get: Op) -> bool:
    """True if what the get returned may have come from this text by appending."""
    return state is not _DOOMED and str(get.result or "").startswith(state or "")


class Counter(Model):
    """A sum: add (of ``value``, or of 1), read."""

    name = "counter"
    initial = 0
    observers = frozenset({"read"})
    operations = frozenset({"add", "read"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "read":
            return state if _told(op, state) else ILLEGAL
        if op.f == "add":
            return state + (1 if op.value is None else op.value)
        raise self._unfit(op)


class Queue(Model):
    """First in, first out: enqueue, dequeue; an empty queue gives None."""

    name = "queue"
    initial = ()
    operations = frozenset({"enqueue", "dequeue"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "enqueue":
            return (*state, op.value)
        if op.f == "dequeue":
            return state[1:] if _told(op, state[0] if state else None) else ILLEGAL
        raise self._unfit(op)


class Set(Model):
    """A set: add, remove, read; a read's result is any collection of the elements."""

    name = "set"
    initial: Any = frozenset()
    observers = frozenset({"read"})
    operations = frozenset({"add", "remove", "read"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "read":
            known = op.status == "ok"
            return ILLEGAL if known and frozenset(op.result or ()) != state else state  # type: ignore[call-overload]
        if op.f == "add":
            return state | {op.value}
        if op.f == "remove":
            return state - {op.value}
        raise self._unfit(op)


def model_of(history: History) -> Model:
    """The model whose operations the history uses, the simplest first. ValueError if none has them all.

    A history of ``add`` and ``read`` is one of a set if a read returned a collection, else of a counter.
    """
    used = {op.f for op in history}
    for model in (Register(), CasRegister(), KeyValue(), Queue()):
        if used <= model.operations:
            return model
    if used <= Set.operations:
        shown = [op.result for op in history if op.f == "read" and op.status == "ok"]
        plain = all(isinstance(result, int) for result in shown) and "remove" not in used
        return Counter() if plain else Set()
    raise ValueError(
        f"no sequential model has the operations {', '.join(sorted(used))}: give one as model"
    )
