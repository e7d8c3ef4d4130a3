"""Answers that are the course's own solution, or another right answer, with a few words changed."""

from __future__ import annotations

from collections.abc import Iterable

from dscourse.exercises import catalogue

__all__ = ["altered", "but", "having", "same_object"]

Change = tuple[str, str]  # words of the text, and what stands there instead


def altered(name: str, *changes: Change, first: str = "") -> str:
    """Return the solution of this exercise with the changes, after the text ``first``.

    >>> print(altered("05.5", ("!=", "is not")).splitlines()[-1].strip())
    return indices
    """
    return first + but(catalogue.task(catalogue.exercises()[name]).solution, *changes)


def but(text: str, *changes: Change) -> str:
    """Return the text with the changes, all of which must be there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def same_object(value: str, values: str) -> str:
    """Return the expression that asks whether ``value`` itself, not one equal to it, is in ``values``."""
    return f"any({value} is one for one in {values})"


def having(texts: Iterable[str], words: str) -> str:
    """Return the first of the texts that has these words."""
    return next(text for text in texts if words in text)
