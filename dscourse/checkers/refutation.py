"""The refutation of a history, and its wording, which all checkers share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from dscourse.checkers.verdict import name, shows
from dscourse.history import Op

__all__ = [
    "FEW",
    "Refutation",
    "cut",
    "described",
    "had_finished",
    "shown",
    "sorted_ids",
    "time_before",
    "unwritten",
]

FEW = 8  # operations that a sentence may name
_LONGEST = 80  # characters of a value that a sentence shows


@dataclass(frozen=True, slots=True)
class Refutation:
    """A sentence that says why a history is not allowed, and the ids of the operations on which it rests."""

    reason: str
    refuting: tuple[int, ...]


def unwritten(read: Op, writes: bool = False) -> Refutation:
    """Refute a read of a value that nobody wrote or, with ``writes``, that was only written later."""
    claim = f"{name(read)} returned {shown(read.result)}"
    why = (
        f" before any write of {shown(read.result)} had begun" if writes else ", which nobody wrote"
    )
    return Refutation(claim + why, (read.id,))


def shown(value: object) -> str:
    """Return a value as a sentence names it: cut if it is long, and a text in quotes unless it is a word.

    None, the value before all writes, is "nothing".

    >>> shown(None), shown(3), shown("milk"), shown("3")
    ('nothing', '3', 'milk', "'3'")
    """
    try:
        if isinstance(value, str):
            return cut(value if value[:1].isalpha() and value.isprintable() else repr(value))
        return "nothing" if value is None else cut(str(value))
    except Exception:  # as for a number of more digits than Python prints
        return f"a {type(value).__name__}"


def cut(text: str) -> str:
    """Return the text, or the beginning of one that is too long for a sentence.

    >>> cut("abc" * 99)[-5:], len(cut("abc" * 99))
    ('abca…', 80)
    """
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def sorted_ids(ids: Iterable[int]) -> tuple[int, ...]:
    """Return the ids in order, each once."""
    return tuple(sorted(set(ids)))


def had_finished(op: Op) -> str:
    """Say that the operation had finished, with its result if that is shown."""
    return (
        f"{name(op)} had returned {shown(op.result)}," if shows(op) else f"{name(op)} had finished"
    )


def described(op: Op) -> str:
    """Name the operation, with its result if that is shown."""
    return f"{name(op)}, which returned {shown(op.result)}," if shows(op) else name(op)


def time_before(earlier: Op, later: Op) -> str:
    """Say in words how long before the beginning of ``later`` ``earlier`` ended."""
    start, end = later.invoked_ms, earlier.returned_ms
    timed = isinstance(start, int | float) and isinstance(end, int | float)
    gap = start - end if timed and end is not None else 0.0
    if 0 < gap < math.inf:
        gap_words = f"{gap:.3g} ms" if gap < 1000 else f"{gap / 1000:.3g} s"
        return f"{gap_words} before {name(later)} began"
    return f"before {name(later)} began"
