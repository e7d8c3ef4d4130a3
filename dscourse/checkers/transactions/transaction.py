"""A transaction of a history: its steps, and whether it committed.

An operation ``txn`` has a sequence of steps as its value, each ``(f, key, value)``: ``("append", "x", 3)`` adds an
element to a list, ``("w", "x", 3)`` writes a register, and ``("r", "x", None)`` reads either. The result is the same
sequence with what the reads returned; a list that was read is a tuple of its elements. These are the micro-operations
of Elle's ``txn`` form. An operation ``append``, ``write`` or ``read`` on a key is a transaction of one step. A list
begins empty, and a register with nothing.

An ``ok`` transaction committed and a failed one aborted. An unknown or pending one committed if a committed
transaction read one of its writes; else it may never have happened, and is left out. What it read is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from dscourse.checkers.specification import MisfitError
from dscourse.core.equality import PLAIN, flat, same, token
from dscourse.history import History, Op

__all__ = ["Elements", "Step", "Transaction", "name_of", "transactions"]

_KINDS = {"r": "r", "read": "r", "w": "w", "write": "w", "append": "append"}


class Elements(tuple[Any, ...]):
    """A list that was read, as the tokens of its elements."""

    __slots__ = ()


class Step(NamedTuple):
    """A read ("r"), a write ("w") or an append; ``key`` and ``value`` are tokens, and of a list its `Elements`."""

    f: str
    key: Any
    value: Any


@dataclass(slots=True, eq=False)
class Transaction:
    """A transaction by its index in the history; ``committed`` is settled once all reads are known."""

    index: int
    op: Op
    steps: tuple[Step, ...]
    committed: bool

    @property
    def reads_known(self) -> bool:
        """True if the values of its reads were recorded."""
        return self.op.status == "ok"

    @property
    def name(self) -> str:
        return name_of(self.op)


def name_of(op: Op) -> str:
    """Return the name of a transaction in a sentence, such as ``T3`` for the operation with the id 3."""
    return f"T{op.id}"


def transactions(history: History) -> list[Transaction]:
    """Return the transactions in the order of the history. Raise MisfitError for an operation that is none.

    >>> op = Op(0, "a", "txn", None, (("append", "x", 1), ("r", "x", None)), "ok",
    ...         (("append", "x", 1), ("r", "x", [1])), 0, 1)
    >>> transactions(History([op]))[0].steps
    (Step(f='append', key='x', value=1), Step(f='r', key='x', value=(1,)))
    """
    return [
        Transaction(index, op, tuple(_steps(op)), op.status == "ok")
        for index, op in enumerate(history)
    ]


def _steps(op: Op) -> Iterator[Step]:
    for f, key, value in _recorded(op):
        kind = _KINDS.get(f if type(f) is str else str(f).lstrip(":"))
        if kind is None:
            raise MisfitError(f"{name_of(op)} has a step {_shown(f)}: r, w and append are judged")
        if kind == "r":
            yield Step(kind, key if type(key) in PLAIN else token(key), _read(value))
        else:
            yield Step(kind, *(v if type(v) in PLAIN else token(v) for v in (key, value)))


def _read(value: Any) -> Any:
    """Return the token of a value that was read: of a list, the tuple of its elements' tokens."""
    if isinstance(value, tuple | list):
        return Elements(value if flat(value) else map(token, value))
    return token(value)


def _recorded(op: Op) -> list[tuple[Any, Any, Any]]:
    """Return the steps with what is known of them. Raise MisfitError if the operation is no transaction."""
    if op.f != "txn":
        if op.f not in _KINDS:
            raise MisfitError(f"operation {op.id} is {op.f!r}: only transactions are judged")
        return [(op.f, op.key, op.result if _KINDS[op.f] == "r" else op.value)]
    wanted: Any = op.value
    done: Any = wanted if op.result is None or op.status != "ok" else op.result
    if not (_are_steps(wanted) and _are_steps(done)) or not _alike(wanted, done):
        raise MisfitError(
            f"{name_of(op)} has the value {_shown(op.value)} and the result {_shown(op.result)}: "
            "each must be the same sequence of steps (f, key, value)"
        )
    return list(done)


def _are_steps(value: Any) -> bool:
    return isinstance(value, tuple | list) and all(
        isinstance(step, tuple | list) and len(step) == 3 for step in value
    )


def _alike(wanted: Any, done: Any) -> bool:
    """Return True if both are the same steps, but for what was read."""
    return wanted is done or (
        len(wanted) == len(done)
        and all(
            str(one[0]) == str(other[0])
            and same(one[1], other[1])
            and (_is_read(one[0]) or same(one[2], other[2]))
            for one, other in zip(wanted, done, strict=True)
        )
    )


def _is_read(f: Any) -> bool:
    return str(f).lstrip(":") in ("r", "read")


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:
        return f"a {type(value).__name__}"
    return text if len(text) <= 200 else f"{text[:197]}…"
