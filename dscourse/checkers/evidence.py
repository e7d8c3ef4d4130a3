"""The validity of a history, and the amount of evidence on which a verdict rests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, MutableMapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from dscourse.checkers.specification import MisfitError, Specification, trusted
from dscourse.checkers.verdict import name
from dscourse.core.equality import PLAIN, flat, token
from dscourse.core.garbage import rare_collections
from dscourse.core.verdict import Verdict
from dscourse.core.wording import count
from dscourse.history import History, Op, concurrent_pairs

__all__ = [
    "Tells",
    "as_history",
    "as_specification",
    "evidence",
    "guarded",
    "judged",
    "nothing",
]

_CLOSED = ("ok", "fail")
Tells = Callable[[Op], bool]  # whether an operation is evidence


def guarded(title: str, history: History, judge: Callable[[History], Verdict]) -> Verdict:
    """Return the verdict of ``judge``; one of None, with the reason, for a history that cannot be judged.

    ``judge`` is given a history that no change to a recorded list or map can reach any more, so that it may explain
    its verdict later. No error comes out, whatever the history holds and whatever a specification does with it.
    TypeError if it is no History.
    """
    as_history(history)
    if not len(history):
        return nothing(title, "the history is empty")
    try:
        unusual = [op for op in history if not _usual(op)]
        reason = _unjudgeable(history, unusual)
        if reason:
            return Verdict(title, None, reason)
        with rare_collections():
            return judge(_lasting(history) if any(map(_may_change, unusual)) else history)
    except MisfitError as error:
        return Verdict(title, None, str(error))
    except Exception as error:
        return Verdict(title, None, f"it could not be judged: {type(error).__name__}: {error}")


def _lasting(history: History) -> History:
    """Return the history with copies of the values that can change."""
    return History(
        replace(op, **{field: _copied(getattr(op, field)) for field in ("key", "value", "result")})
        if _may_change(op) else op
        for op in history
    )  # fmt: skip


def _may_change(op: Op) -> bool:
    """Return True if the operation holds a list, set or dict."""
    return any(type(one) not in PLAIN and _mutable(one) for one in (op.result, op.value, op.key))


def _mutable(value: object) -> bool:
    if isinstance(value, tuple):
        return any(type(one) not in PLAIN and _mutable(one) for one in value)
    return isinstance(value, list | set | MutableMapping) and type(value).__hash__ is None


def _copied(value: Any) -> Any:
    """Return a copy of the value; a list or set of plain values, as those of large sets, is copied at once."""
    if type(value) in (list, set) and PLAIN.issuperset(map(type, value)):
        return value.copy()
    return deepcopy(value)


def nothing(title: str, why: str = "no operation told its result") -> Verdict:
    """Return the verdict on a history in which there is nothing that could be forbidden."""
    return Verdict(title, None, f"nothing to judge: {why}", vacuous=True)


def as_history(history: object) -> None:
    """Raise a TypeError that says what to write, unless this is a History."""
    if isinstance(history, History):
        return
    kind = type(history).__name__
    if isinstance(getattr(history, "history", None), History):
        raise TypeError(
            f"a {kind} was given, and a History is required: write {kind.lower()}.history"
        )
    if isinstance(history, list | tuple):
        raise TypeError(f"a {kind} was given, and a History is required: write History(…)")
    raise TypeError(f"a {kind} was given, and a History is required, as in world.history")


def as_specification(spec: object) -> None:
    """Raise a TypeError that says what to write, unless this is a specification or None."""
    if isinstance(spec, type) and issubclass(spec, Specification):
        raise TypeError(f"spec={spec.__name__}: an instance is required: write {spec.__name__}()")
    if spec is not None and not isinstance(spec, Specification):
        raise TypeError(f"spec={spec!r}: a Specification is required, as in spec=Register()")


def _unjudgeable(history: History, unusual: Collection[Op]) -> str:
    """Return why no checker can judge this history, in a sentence; "" if they can.

    >>> _unjudgeable(History([Op(1, "a", "read"), Op(1, "b", "read")]), [])
    'two operations have the id 1: ids must differ'
    """
    for op in unusual:
        if reason := _malformed(op) or _incomparable(op):
            return reason
    return _repeated_id(history) or _overlap(history)


def _usual(op: Op) -> bool:
    """Return True if the types of its fields alone show that the operation is well formed, as those of most do.

    None of its values can change.
    """
    return (
        type(op.id) is int
        and type(op.process) is str
        and type(op.f) is str
        and type(op.invoked) is int
        and type(op.returned) is int
        and type(op.key) in PLAIN
        and (type(op.result) in PLAIN or _flat_steps(op.result))
        and (type(op.value) in PLAIN or flat(op.value) or _flat_steps(op.value))
    )


def _flat_steps(value: object) -> bool:
    """Return True for a transaction of plain keys and values, or of flat lists that were read."""
    return type(value) is tuple and all(
        type(step) is tuple and all(type(part) in PLAIN or flat(part) for part in step)
        for step in value
    )


def _repeated_id(history: History) -> str:
    """Describe an id that two operations share, in a sentence; "" if all differ."""
    if len({op.id for op in history}) == len(history):
        return ""
    (twice, _), *_ = Counter(op.id for op in history).most_common(1)
    return f"two operations have the id {twice}: ids must differ"


def _overlap(history: History) -> str:
    """Describe a process with two operations under way at once, in a sentence; "" if there is none."""
    last: dict[str, Op] = {}
    for op in history:
        before = last.get(op.process)
        if before is not None and before.returned is not None and before.returned >= op.invoked:
            return (
                f"{op.process} began {name(op)} before its {name(before)} had ended: "
                "a process has one operation at a time"
            )
        last[op.process] = op
    return ""


def _malformed(op: Op) -> str:
    """Describe the first fault in the operation's fields, in a sentence; "" if there is none."""
    if type(op.id) is not int:
        return f"an operation has the id {_shown(op.id)}: a whole number is required"
    if type(op.process) is not str or type(op.f) is not str:
        field = "f" if type(op.process) is str else "process"
        return (
            f"operation {op.id} has {field}={_shown(getattr(op, field))}: a name (str) is required"
        )
    if type(op.invoked) is not int or (op.returned is not None and type(op.returned) is not int):
        field = "returned" if type(op.invoked) is int else "invoked"
        shown = _shown(getattr(op, field))
        return f"{name(op)} has {field}={shown}: an index (int) is required"
    if op.closed and op.returned is None:
        return f"{name(op)} ended as {op.status}, but has no index at which it returned"
    return ""


def _incomparable(op: Op) -> str:
    """Why the operation's values cannot be compared, in a sentence; "" if they can."""
    for field in ("key", "value", "result"):
        value = getattr(op, field)
        if type(value) in PLAIN:
            continue
        try:
            token(value)
        except ValueError as error:
            return f"the {field} of {name(op)} cannot be judged: {error}"
        if field != "result" and _changes(value):
            return f"{name(op)} has the {field} {_shown(value)}, which can change: use a tuple"
    return ""


def _changes(value: object) -> bool:
    """Return True if the value is or holds a list or set, which may have changed since it was recorded."""
    if isinstance(value, Mapping):
        return any(map(_changes, value.values()))
    return isinstance(value, list | set) or (isinstance(value, tuple) and any(map(_changes, value)))


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except Exception:
        return f"a {type(value).__name__}"


def judged(ops: Collection[Op], tells: Tells) -> str:
    """On how much a verdict rests: results that were checked, and pairs of operations that overlap in time.

    >>> write = Op(0, "a", "write", None, 1, "ok", None, 0, 2)
    >>> judged(History([write, Op(1, "b", "read", None, None, "ok", 1, 1, 3)]), lambda op: op.f == "read")
    '1 read, 1 concurrent pair'
    """
    functions = [op.f for op in ops if tells(op)]
    noun = "read" if set(functions) <= {"read", "get"} else "result"
    return f"{count(len(functions), noun)}, {count(concurrent_pairs(ops), 'concurrent pair')}"


def evidence(spec: Specification) -> Tells:
    """Return the operations that the specification counts as evidence."""
    return trusted(spec, "tells")  # type: ignore[no-any-return]
