"""Short words for messages, values and operations."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from dscourse.clocks import VectorClock, VersionVector
from dscourse.core.copying import stable_repr
from dscourse.core.deferred import deferred
from dscourse.core.wording import spaced, text_of
from dscourse.history import STATUSES, Op

if TYPE_CHECKING:
    from dscourse.checkers import verdict
else:
    verdict = deferred("dscourse.checkers.verdict")

__all__ = [
    "bar_text", "endings", "marked", "name_of", "request", "result", "short", "span",
    "verdict_name", "worth_drawing",
]  # fmt: skip

_MOST_BARS = 200
_MOST_FIELDS, _MOST_OWN = 26, 80  # characters of a value by its fields, and by a text of its own
_MOST_LISTED = 3  # highlighted operations that are listed one by one


def short(value: object, most: int | None = None) -> str:
    """Return a message, timer or value in at most ``most`` characters.

    A dataclass with a ``__str__`` of its own is that text, by default in at most 80 characters; any other is the name
    of its type and its fields, by default in at most 26.

    >>> from dscourse.node import Invocation, Reply
    >>> short(Reply(op=3, result=("milk", "eggs"))), short(Invocation(3, "read", "x"))
    ('reply milk, eggs', 'Invocation 3 read x')
    >>> short(VectorClock({"n1": 2}))
    '{n1: 2}'
    """
    own = _says_itself(value)
    if not own and is_dataclass(value) and not isinstance(value, type):
        shown = [_field(getattr(value, option.name)) for option in fields(value) if option.repr]
        text = " ".join([type(value).__name__, *filter(None, shown)])
    else:
        text = _field(value)
    most = most or (_MOST_OWN if own else _MOST_FIELDS)
    return text if len(text) <= most else text[: most - 1] + "…"


def name_of(value: object) -> str:
    """Return the name of a message's type: in words, if the message has a text of its own.

    A message whose type stands for many may say its name itself, as ``shown_name``.

    >>> from dscourse.node import Invocation, Reply
    >>> name_of(Reply(3)), name_of(Invocation(3, "read"))
    ('reply', 'Invocation')
    """
    if shown := getattr(value, "shown_name", ""):
        return str(shown)
    name = type(value).__name__
    return spaced(name) if _says_itself(value) else name


def _field(value: object) -> str:
    if isinstance(value, tuple | list) and value:
        return " ".join(_pair(item) for item in value)
    if isinstance(value, set | frozenset):
        return "{" + " ".join(sorted(map(_field, value))) + "}"
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:g}"
    if _says_itself(value) or isinstance(value, VectorClock | VersionVector):
        return str(value)
    return "" if value is None else value if isinstance(value, str) else stable_repr(value)


def _says_itself(value: object) -> bool:
    kind: Any = type(value)
    return _has_own_text(kind)


@cache
def _has_own_text(kind: type[Any]) -> bool:
    """Return True for a dataclass with a ``__str__`` of its own."""
    return is_dataclass(kind) and kind.__str__ is not object.__str__


def _pair(item: object) -> str:
    """``("a", 5)`` becomes ``a:5``."""
    if isinstance(item, tuple) and len(item) == 2:
        return f"{_field(item[0])}:{_field(item[1])}"
    return _field(item)


def span(start_ms: float, end_ms: float | None) -> str:
    """``from 10 to 30 ms``, ``from 10 ms on``, or ``at 10 ms``."""
    if start_ms == end_ms:
        return f"at {start_ms:g} ms"
    return f"from {start_ms:g} ms on" if end_ms is None else f"from {start_ms:g} to {end_ms:g} ms"


def endings(operations: Iterable[Op]) -> str:
    """Return the number of operations by outcome: ``3 ok, 1 unknown``; empty if there are none."""
    statuses = [op.status for op in operations]
    return ", ".join(
        f"{number:,} {status}" for status in STATUSES if (number := statuses.count(status))
    )


def verdict_name(op: Op) -> str:
    """Return the name by which a verdict calls the operation, with a colon; "" if the words of `request` hold it.

    >>> verdict_name(Op(2, "c1", "read")), verdict_name(Op(3, "c1", "txn", None, (("r", "x", None),)))
    ('r2: ', '')
    """
    return "" if _is_transaction(op) else f"{verdict.name(op)}: "


def marked(operations: Iterable[Op], chosen: Collection[int], named: bool = False) -> list[str]:
    """Return the highlighted operations in words, as one part of a sentence, or nothing if there are none.

    If they are ``named``, each begins with the name that verdicts use.
    """
    labels = [
        f"{verdict_name(op) if named else ''}{op.process} {bar_text(op)}"
        for op in operations
        if op.id in chosen
    ]
    more = f" and {len(labels) - _MOST_LISTED} more" if len(labels) > _MOST_LISTED else ""
    return [f"marked: {', '.join(labels[:_MOST_LISTED])}{more}"] if labels else []


def request(op: Op) -> str:
    """Return an operation without its outcome; each part of a transaction stands with its participant or is a step.

    >>> parts = {"p1": {"account": 70}, "p2": {"account": 30}}
    >>> request(Op(0, "c", "transfer", None, parts, "ok", None, 0, 1, 0.0, 1.0))
    'transfer account=70 at p1, account=30 at p2'
    >>> request(Op(3, "c", "txn", None, (("r", "x", None), ("append", "x", 1)), "fail"))
    'T3: read x, append 1 to x'
    """
    value = op.value
    if _is_transaction(op):
        return f"T{op.id}: {', '.join(_in_words(*step) for step in _steps(op))}"
    if isinstance(value, dict) and value and all(isinstance(v, dict) for v in value.values()):
        value = ", ".join(f"{text_of(tuple(part.items()))} at {at}" for at, part in value.items())
    return replace(op, value=text_of(value) if isinstance(value, dict) else value).describe()


def result(op: Op) -> object:
    """Return the result of an operation; several values stand without brackets and quotes.

    >>> result(Op(0, "c", "read", "x", None, "ok", ("milk", "eggs"), 0, 1, 0.0, 1.0))
    'milk, eggs'
    """
    return text_of(op.result) if isinstance(op.result, tuple | list | dict) else op.result


def bar_text(op: Op, most: int | None = None) -> str:
    """Return an operation and its outcome in words, in at most ``most`` characters, at the cost of the operation.

    >>> bar_text(Op(0, "c", "read", "x", None, "ok", 5, 0, 1, 0.0, 1.0))
    'read x → 5'
    >>> bar_text(Op(0, "c", "read", "x", None, "ok", None, 0, 1, 0.0, 1.0))
    'read x → nothing'
    >>> bar_text(Op(0, "c", "read", "cart", None, "ok", ("eggs", "milk"), 0, 1, 0.0, 1.0))
    'read cart → eggs, milk'
    """
    text, end = request(op), f" → {_ending(op)}"
    if most is None or len(text + end) <= most:
        return text + end
    end = short(end, most - 8)
    return short(text, most - len(end)) + end


def _is_transaction(op: Op) -> bool:
    """Return True for an operation ``txn`` of steps, each of three: its kind, its key, and a value."""
    return op.f == "txn" and bool(_steps(op)) and all(map(_is_step, _steps(op)))


def _steps(op: Op) -> tuple[Any, ...]:
    return tuple(op.value) if isinstance(op.value, tuple | list) else ()


def _is_step(step: object) -> bool:
    return isinstance(step, tuple | list) and len(step) == 3


def _in_words(f: object, key: object, value: object) -> str:
    if f == "r":
        return f"read {key}"
    return (
        f"append {text_of(value)} to {key}" if f == "append" else f"write {key} = {text_of(value)}"
    )


_ENDS = {"ok": "committed", "fail": "aborted"}


def _ending(op: Op) -> object:
    if _is_transaction(op):
        return _ENDS.get(op.status, op.status)
    if op.status == "ok" and op.result is not None:
        return result(op)
    return "nothing" if op.status == "ok" and op.f in verdict.READS else op.status


def worth_drawing(operations: Sequence[Op], chosen: Collection[int]) -> tuple[list[Op], str]:
    """Return the operations that a picture has room for, and a sentence if these are not all."""
    if len(operations) <= _MOST_BARS:
        return list(operations), ""
    shown = [op for op in operations if op.id in chosen or op.status != "ok"]
    return shown, f"Only the {len(shown):,} that are marked or not ok are drawn."
