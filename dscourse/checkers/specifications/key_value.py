"""A key-value store of texts, with append."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dscourse.checkers.specification import ILLEGAL, Anonymous, may_return
from dscourse.core.equality import same
from dscourse.history import Op

__all__ = ["KeyValue"]

_DOOMED: Any = object()  # a text that will be replaced before any get returns it


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
            return state if may_return(op, state) or both_empty else ILLEGAL
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

    def foreseen(
        self, state: Any, observers: Sequence[Op], writers: Callable[[], Iterable[Op]]
    ) -> Any:
        """Merge all states that cannot become the next get's text by appends: they have to be replaced first."""
        if _is_prefix(state, observers[0]):
            return state
        if not any(
            op.f == "delete" or (op.f == "put" and _is_prefix(op.value, observers[0]))
            for op in writers()
        ):
            return ILLEGAL
        return state if any(_is_prefix(state, op) for op in observers[1:]) else _DOOMED


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _is_prefix(state: Any, get: Op) -> bool:
    """Return True if appending to this text can lead to the get's result."""
    if type(state) is str is type(get.result):  # as nearly always
        return get.result.startswith(state)
    if state is _DOOMED:
        return False
    return same(state, get.result) or _text(get.result).startswith(_text(state))
