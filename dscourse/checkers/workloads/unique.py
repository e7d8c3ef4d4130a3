"""Unique ids and echoes, each judged by its answers alone."""

from __future__ import annotations

from functools import partial

from dscourse.checkers.evidence import guarded, nothing
from dscourse.checkers.refutation import cut, shown
from dscourse.checkers.specification import MisfitError
from dscourse.checkers.verdict import Verdict, name
from dscourse.core.equality import same, token
from dscourse.core.wording import count
from dscourse.history import History, Op

__all__ = ["echoes", "unique_ids"]


def unique_ids(history: History) -> Verdict:
    """Judge whether no two operations ``generate`` returned the same id, which may be any value of JSON.

    Two ids are the same if `dscourse.core.equality` says so: 1 and 1.0 are, 1 and True are not. O(n).

    >>> first = Op(0, "a", "generate", None, None, "ok", 7, 0, 1)
    >>> print(unique_ids(History([first, Op(1, "b", "generate", None, None, "ok", 7, 2, 3)])).reason)
    generate 0 and generate 1 both returned 7
    """
    title = "all ids differ"
    return guarded(title, history, partial(_unique, title))


def _unique(title: str, history: History) -> Verdict:
    by_id: dict[object, list[Op]] = {}
    for op in _only(history, "generate"):
        by_id.setdefault(token(op.result), []).append(op)
    if not by_id:
        return nothing(title)
    judged = count(sum(map(len, by_id.values())), "id")
    twice = [ops for ops in by_id.values() if len(ops) > 1]
    if not twice:
        return Verdict(title, True, judged=judged)
    first, second = twice[0][:2]
    reason = f"{name(first)} and {name(second)} both returned {shown(first.result)}"
    if len(twice) > 1:
        reason += f"; {count(len(twice) - 1, 'other id')} came twice too"
    return Verdict(title, False, reason, refuting=(first.id, second.id), judged=judged)


def echoes(history: History) -> Verdict:
    """Judge whether every operation ``echo`` returned the value that it was given. O(n).

    >>> print(echoes(History([Op(0, "a", "echo", None, "hi", "ok", "ho", 0, 1)])).reason)
    echo 0 sent 'hi' and got 'ho'
    """
    title = "every echo is the same"
    return guarded(title, history, partial(_echoes, title))


def _echoes(title: str, history: History) -> Verdict:
    ops = _only(history, "echo")
    if not ops:
        return nothing(title)
    judged = count(len(ops), "answer")
    wrong = next((op for op in ops if not same(op.value, op.result)), None)
    if wrong is None:
        return Verdict(title, True, judged=judged)
    reason = f"{name(wrong)} sent {cut(repr(wrong.value))} and got {cut(repr(wrong.result))}"
    return Verdict(title, False, reason, refuting=(wrong.id,), judged=judged)


def _only(history: History, f: str) -> list[Op]:
    """Return the operations that told a result. Raise MisfitError if there are others than ``f``."""
    for op in history:
        if op.f != f:
            raise MisfitError(f"operation {op.id} is {op.f!r}: only {f} is judged here")
    return [op for op in history if op.status == "ok"]
