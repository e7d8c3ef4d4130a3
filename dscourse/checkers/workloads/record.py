"""The record of append-only logs: the offset of each message, and the operation that says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dscourse.checkers.specification import MisfitError
from dscourse.checkers.verdict import name
from dscourse.core.equality import token
from dscourse.history import History, Op

__all__ = ["Log", "Polled", "as_pairs", "offsets_of", "recorded"]


@dataclass(frozen=True, slots=True)
class Polled:
    """The part of a poll that is about one log: the offset asked for, and pairs of an offset and a message."""

    op: Op
    start: int
    pairs: tuple[tuple[int, object], ...]


@dataclass(slots=True)
class Log:
    """One log: its sends, its polls, and at which offsets its messages are; ``at`` and ``of`` keep the first word."""

    key: object
    sends: dict[object, Op] = field(default_factory=dict)  # by the token of the message
    polls: list[Polled] = field(default_factory=list)
    at: dict[int, tuple[object, Op]] = field(default_factory=dict)
    of: dict[object, tuple[int, Op]] = field(default_factory=dict)

    def words(self) -> Iterator[tuple[int, object, Op]]:
        """Yield offset, message and operation for each time that a message was given an offset."""
        for send in self.sends.values():
            if send.status == "ok":
                yield _offset(send, send.result), send.value, send
        for poll in self.polls:
            for offset, message in poll.pairs:
                yield offset, message, poll.op


def recorded(history: History) -> dict[object, Log]:
    """Return the logs by the tokens of their keys. Raise MisfitError for an operation of another form."""
    logs: dict[object, Log] = {}
    for op in history:
        if op.f == "send":
            log = _log(logs, op.key)
            if log.sends.setdefault(token(op.value), op) is not op:
                raise MisfitError(
                    f"{name(op)} sends {op.value!r} again: the messages of a log must differ"
                )
        elif op.f == "poll" and op.status == "ok":
            starts = {token(key): _offset(op, start) for key, start in as_pairs(op, op.value)}
            for key, pairs in as_pairs(op, op.result):
                several = tuple(
                    (_offset(op, offset), message) for offset, message in as_pairs(op, pairs)
                )
                _log(logs, key).polls.append(Polled(op, starts.get(token(key), 0), several))
        elif op.f not in ("send", "poll", "commit_offsets", "list_committed_offsets"):
            raise MisfitError(f"operation {op.id} is {op.f!r}: no operation of a log has this name")
    for log in logs.values():
        for offset, message, op in log.words():
            log.at.setdefault(offset, (message, op))
            log.of.setdefault(token(message), (offset, op))
    return logs


def _log(logs: dict[object, Log], key: object) -> Log:
    return logs.setdefault(token(key), Log(key))


def as_pairs(op: Op, value: object) -> list[tuple[Any, Any]]:
    """Return a sequence of pairs, or the entries of a map. Raise MisfitError for anything else."""
    items = list(value.items()) if isinstance(value, dict) else value
    if not isinstance(items, tuple | list) or not all(
        isinstance(pair, tuple | list) and len(pair) == 2 for pair in items
    ):
        raise MisfitError(f"{name(op)} has {value!r}: pairs are required, such as (('k', 3),)")
    return [(first, second) for first, second in items]


def offsets_of(op: Op, value: object) -> dict[object, tuple[object, int]]:
    """Return key and offset by the token of the key."""
    return {token(key): (key, _offset(op, offset)) for key, offset in as_pairs(op, value)}


def _offset(op: Op, offset: object) -> int:
    if type(offset) is not int:
        raise MisfitError(f"{name(op)} has the offset {offset!r}: it must be a whole number")
    return offset
