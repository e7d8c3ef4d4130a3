"""The sequential specifications of the course: registers, a lock, a store of texts, a counter, a queue, a set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as Elements
from dataclasses import replace
from numbers import Real
from typing import Any

from dscourse.checkers.specification import ILLEGAL, Anonymous, MisfitError, Specification
from dscourse.checkers.sums import Sums
from dscourse.core.equality import same, token
from dscourse.history import History, Op

__all__ = [
    "ILLEGAL", "CasRegister", "Counter", "KeyValue", "MultiRegister", "Mutex", "Queue", "Register",
    "Set", "Specification", "StrictCasRegister", "specification_of",
]  # fmt: skip

_DOOMED: Any = object()  # a text that will be replaced before any client gets it


def _returned(op: Op, result: object) -> bool:
    """Return True if the operation's result is this, or is not known."""
    return op.status != "ok" or same(op.result, result)


class Register(Anonymous):
    """One value: read, write, delete; nothing written yet reads as ``initial``, which is None.

    >>> Register().step(5, Op(0, "c", "read", status="ok", result=4, returned=1))
    ILLEGAL
    """

    name = "register"
    observers = frozenset({"read"})
    operations = frozenset({"read", "write", "delete"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "read":
            return state if _returned(op, state) else ILLEGAL
        if op.f == "write":
            return op.value
        if op.f == "delete":
            return None
        raise self._unfit(op)

    def tells(self, op: Op) -> bool:
        return op.status == "ok" and op.f in ("read", "cas")

    def foreseen(self, state: Any, seen: Sequence[Op], writers: Callable[[], Iterable[Op]]) -> Any:
        read = seen[0]
        if read.f != "read" or same(read.result, state):
            return state
        possible = any(same(self.leaves(op), read.result) for op in writers())
        return state if possible else ILLEGAL

    def postpones(self, ops: Sequence[Op]) -> bool:
        return all(op.f != "cas" for op in ops)

    def bridges(self, state: Any, op: Op, unknown: Sequence[Op]) -> Iterable[Sequence[Op]]:
        return [[one] for one in unknown if same(self.leaves(one), op.result)][:1]

    def leaves(self, op: Op) -> Any:
        """Return the value that a write, delete or compare-and-set puts into the register."""
        if op.f == "delete":
            return None
        return op.value[1] if op.f == "cas" and isinstance(op.value, tuple) else op.value


class CasRegister(Register):
    """A register with compare-and-set: ``value`` is (old, new), and the result says whether it was set.

    A result of None is that of a client which reports success alone: it counts as True. A result of False is an
    observation: the register did not hold ``old``. A compare-and-set whose *status* is ``fail`` is left out, because
    that may have any cause; `StrictCasRegister` takes it for an observation as well.
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
        looks = op.f == "cas" and op.status == "ok" and not _was_set(op)
        return op.f in self.observers or looks


def _was_set(cas: Op) -> bool:
    return cas.result is None or bool(cas.result)


class StrictCasRegister(CasRegister):
    """A `CasRegister` of which a failed compare-and-set tells that the register did not hold ``old``.

    Take it if clients report ``fail`` for that reason alone, and not, say, because a connection was refused.
    """

    def counted(self, op: Op) -> Op | None:
        if op.f == "cas" and op.status == "fail":
            return replace(op, status="ok", result=False)
        return super().counted(op)


class MultiRegister(Anonymous):
    """Several registers that one operation reads and writes together, by key; None is what was never written.

    A ``txn`` has a sequence of steps as its value, each ``(f, key, value)`` with f ``r`` or ``w`` (or ``read``,
    ``write``), done in this order; its result is the same sequence with what the reads returned. Single operations
    ``read`` and ``write`` on a key are there as well. A subclass may give the first values: ``initial = {"x": 0}``.

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
        """Return the steps of the operation: "r" with what was read, or "w" with what was written."""
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

    def foreseen(self, state: Any, seen: Sequence[Op], writers: Callable[[], Iterable[Op]]) -> Any:
        """Return each value that the next observer read is there, or will be written."""
        missing = {
            (token(key), token(value))
            for _, key, value in self.steps(seen[0])
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


class Mutex(Specification):
    """A lock that knows its owner: acquire, release; success is what tells.

    A result of False says that the lock was not granted, or not given back: another process held it, or, of a
    release,
    none. An open acquire may have been granted at any time. The state is the process that holds the lock, or None.

    >>> Mutex().step("a", Op(0, "b", "acquire", status="ok", returned=1))
    ILLEGAL
    """

    name = "mutex"
    operations = frozenset({"acquire", "release"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f not in self.operations:
            raise self._unfit(op)
        granted = state is None if op.f == "acquire" else state == op.process
        success = op.result is None or bool(op.result)
        if op.status == "ok" and success != granted:
            return ILLEGAL
        if not granted:
            return state
        return op.process if op.f == "acquire" else None

    def observes(self, op: Op) -> bool:
        return op.status == "ok" and not (op.result is None or bool(op.result))

    def tells(self, op: Op) -> bool:
        return op.status == "ok"


class KeyValue(Anonymous):
    """Texts by key: get, put, append, delete; a key that was never written reads as None or as ``""``."""

    name = "key-value store"
    observers = frozenset({"get"})
    operations = frozenset({"get", "put", "append", "delete"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "get" and state is _DOOMED:
            return state if op.status != "ok" else ILLEGAL
        if op.f == "get":
            both_empty = state in (None, "") and op.result in (None, "")
            return state if _returned(op, state) or both_empty else ILLEGAL
        if op.f == "put":
            return op.value
        if op.f == "append" and state is _DOOMED:
            return state
        if op.f == "append":
            return f"{_text(state)}{op.value}"
        if op.f == "delete":
            return None
        raise self._unfit(op)

    def tells(self, op: Op) -> bool:
        return op.status == "ok" and op.f == "get"

    def foreseen(self, state: Any, seen: Sequence[Op], writers: Callable[[], Iterable[Op]]) -> Any:
        """Merge all states that do not begin the next get's text: such a text has to be replaced first."""
        if _begins(state, seen[0]):
            return state
        if not any(
            op.f == "delete" or (op.f == "put" and _begins(op.value, seen[0])) for op in writers()
        ):
            return ILLEGAL
        return state if any(_begins(state, op) for op in seen[1:]) else _DOOMED


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _begins(state: Any, get: Op) -> bool:
    """Return True if what the get returned may have come from this text by appending."""
    if state is _DOOMED:
        return False
    return same(state, get.result) or _text(get.result).startswith(_text(state))


class Counter(Anonymous):
    """A sum: add (of ``value``, or of 1), read; before all adds a read may also return None."""

    name = "counter"
    initial = 0
    observers = frozenset({"read"})
    operations = frozenset({"add", "read"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "read":
            nothing = op.result is None and same(state, self.initial)
            return state if nothing or _returned(op, state) else ILLEGAL
        if op.f == "add":
            return state + self.amount(op)
        raise self._unfit(op)

    def amount(self, op: Op) -> Any:
        """Return the amount that the operation adds."""
        if op.value is None:
            return 1
        if not _is_number(op.value):
            raise MisfitError(f"add {op.id} has the value {op.value!r}: it must be a number")
        return op.value

    def tells(self, op: Op) -> bool:
        return op.status == "ok" and op.f == "read"

    def foreseen(self, state: Any, seen: Sequence[Op], writers: Callable[[], Iterable[Op]]) -> Any:
        """Reject a sum that no adds before the next read can complete to its result; for whole numbers only."""
        result = self.initial if seen[0].result is None else seen[0].result
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


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


class Queue(Anonymous):
    """First in, first out: enqueue, dequeue; an empty queue gives None."""

    name = "queue"
    initial = ()
    operations = frozenset({"enqueue", "dequeue"})

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "enqueue":
            return (*state, op.value)
        if op.f == "dequeue":
            return state[1:] if _returned(op, state[0] if state else None) else ILLEGAL
        raise self._unfit(op)

    def tells(self, op: Op) -> bool:
        return op.status == "ok" and op.f == "dequeue"


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

    def foreseen(self, state: Any, seen: Sequence[Op], writers: Callable[[], Iterable[Op]]) -> Any:
        """Return the changes that the next read calls for: elements to add before it, and elements to remove."""
        missing = _missing(seen[0], state)
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
    """Return the changes of the set, by function and element, without which the read cannot return its result."""
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


def specification_of(history: History) -> Specification:
    """Return the simplest specification that has the history's operations. Raise ValueError if none or several fit.

    A history of ``add`` and ``read`` is one of a counter if it adds and reads numbers, one of a set if its reads
    return
    collections.
    """
    used = {op.f for op in history}
    if used == {"read"}:
        raise MisfitError(
            "a history of reads alone may be one of a register, a counter or a set: give a specification"
        )
    for spec in (Register(), CasRegister(), KeyValue(), Queue(), Mutex(), MultiRegister()):
        if used <= spec.operations:
            return spec
    if used <= Set.operations:
        return _counter_or_set(history, used)
    names = ", ".join(sorted(used))
    raise MisfitError(f"no specification has the operations {names}: give one as spec")


def _counter_or_set(history: History, used: set[str]) -> Specification:
    added = [op.value for op in history if op.f == "add" and op.value is not None]
    read = [op.result for op in history if op.f == "read" and op.status == "ok"]
    known = [result for result in read if result is not None]
    if used <= Counter.operations and all(map(_is_number, [*added, *known])):
        return Counter()
    if all(isinstance(result, tuple | list | Elements) for result in known):
        return Set()
    raise MisfitError(
        "its adds and reads are neither those of a counter nor those of a set: give a specification"
    )
