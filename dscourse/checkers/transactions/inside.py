"""Reads that a transaction's own steps contradict: internal inconsistency, and reads of its own future."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dscourse.checkers import refutation
from dscourse.checkers.transactions.transaction import Elements, Transaction

__all__ = ["Report", "inside", "named", "shown"]

Report = Callable[[str, str], None]  # the name of an anomaly, and what happened


def inside(
    one: Transaction, lists: dict[object, bool], report: Report
) -> Iterator[tuple[Any, Any]]:
    """Yield the reads of a transaction, key and value, in order, and report what its own steps contradict.

    ``lists`` tells of each key that was ever written whether it is a list; reads of other keys are left out.
    """
    expected: dict[
        Any, tuple[bool, Any]
    ] = {}  # whether the whole value is known, and the value or its end
    read: dict[Any, list[Any]] = {}
    for f, key, value in one.steps:
        if f == "r":
            if key not in lists:
                continue
            seen = _seen(value, lists[key])
            if key in expected and not _fits(seen, *expected[key]):
                report("internal", _contradiction(one, key, seen, *expected[key]))
            expected[key] = (True, seen)
            read.setdefault(key, []).append(seen)
            yield key, seen
            continue
        for seen in read.get(key, ()):
            if value in seen if f == "append" else value == seen:
                report(
                    "future read",
                    f"{one.name} read {shown(value)} in {named(key)} before it wrote it",
                )
        whole, before = expected.get(key, (False, ()))
        expected[key] = (whole, (*before, value)) if f == "append" else (True, value)


def _seen(value: Any, is_list: bool) -> Any:
    """Return the value read: of a list, a tuple of its elements; of a register, the token of its value."""
    if is_list:
        return () if value is None else value
    return (tuple, *value) if type(value) is Elements else value


def _fits(seen: Any, whole: bool, value: Any) -> bool:
    return bool(seen == value if whole else seen[len(seen) - len(value) :] == value)


def _contradiction(one: Transaction, key: object, seen: Any, whole: bool, value: Any) -> str:
    had = "had just read or written" if whole else "had just appended"
    return f"{one.name} read {shown(seen)} in {named(key)}, where it {had} {shown(value)}"


def shown(value: Any) -> str:
    """Return a value, of which this is the token, as a sentence names it: a list in brackets, and None as nothing.

    >>> shown((1, 2)), shown(None), shown((tuple, 1, (bool, True)))
    ('[1 2]', 'nothing', '[1 True]')
    """
    if not isinstance(value, tuple):
        return refutation.shown(value)
    kind, *rest = value if value and isinstance(value[0], type) else (tuple, *value)
    if kind is tuple:
        return f"[{' '.join(map(shown, rest))}]"
    return (
        f"{{{' '.join(sorted(map(shown, rest[0])))}}}"
        if kind in (frozenset, dict)
        else str(rest[0])
    )


def named(key: Any) -> str:
    """Return a key, of which this is the token, as a sentence names it."""
    return shown(key) if isinstance(key, tuple) else str(key)
