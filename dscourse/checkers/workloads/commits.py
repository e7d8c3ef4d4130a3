"""Committed offsets: a client never finds them further back than it left them, unless a client put them there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dscourse.checkers.refutation import Refutation, shown
from dscourse.checkers.verdict import name
from dscourse.checkers.workloads.record import offsets_of
from dscourse.history import History, Op

__all__ = ["committed"]


class _Commit(NamedTuple):
    """One commit of an offset of one log."""

    op: Op
    offset: int


def committed(history: History) -> Iterator[Refutation]:
    """Yield the listed offsets that nobody had committed, and those that moved back for the client that lists.

    A commit of a lower offset that had not ended when the higher one began may come after it. A log without commits
    may be left out, or listed with 0.
    """
    commits: dict[object, list[_Commit]] = {}
    for op in history:
        if op.f == "commit_offsets" and op.status != "fail":
            for key, (_, offset) in offsets_of(op, op.value).items():
                commits.setdefault(key, []).append(_Commit(op, offset))
    own: dict[tuple[str, object], _Commit] = {}
    for op in history:
        if op.status != "ok":
            continue
        if op.f == "commit_offsets":
            for key, (_, offset) in offsets_of(op, op.value).items():
                own[op.process, key] = _Commit(op, offset)
        elif op.f == "list_committed_offsets":
            listed = offsets_of(op, op.result)
            for key, (shown_key, offset) in listed.items():
                yield from _listed(
                    op, shown_key, offset, commits.get(key, []), own.get((op.process, key))
                )
                own[op.process, key] = _Commit(op, offset)


def _listed(
    op: Op, key: object, offset: int, commits: list[_Commit], before: _Commit | None
) -> Iterator[Refutation]:
    """Yield the refutations of one listed offset; ``before`` is the last commit or listing of the same client."""
    same_offset = [one for one in commits if one.offset == offset and one.op.invoked < op.end]
    if offset == 0 and not any(one.op.end < op.invoked for one in commits):
        return
    if not same_offset:
        reason = f"{shown(key)}: {name(op)} returned the committed offset {offset}, which nobody had committed"
        yield Refutation(reason, (op.id,))
    elif before is not None and offset < before.offset and not any(
        one.op.end > before.op.invoked for one in same_offset
    ):  # fmt: skip
        did = "committed" if before.op.f == "commit_offsets" else "returned"
        reason = (
            f"{shown(key)}: {name(op)} returned the committed offset {offset}, although {name(before.op)} of the "
            f"same client had {did} {before.offset}, and no client committed {offset} after that"
        )
        yield Refutation(reason, (before.op.id, op.id))
