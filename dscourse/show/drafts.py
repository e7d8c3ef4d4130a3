"""Drafts: curves that the next move of a control replaces, encoded in a twentieth of the time.

A draft has the colours of `dscourse.show.draft_png` instead of a palette of its own, whose choice takes longer than
all else about a curve. Outside of a panel the same call draws the picture that is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["drafting", "is_drafting"]

_DRAFTING: ContextVar[bool] = ContextVar("drafting", default=False)


@contextmanager
def drafting() -> Iterator[None]:
    """Let every curve that is drawn in this block be a draft.

    >>> with drafting():
    ...     is_drafting()
    True
    """
    token = _DRAFTING.set(True)
    try:
        yield
    finally:
        _DRAFTING.reset(token)


def is_drafting() -> bool:
    """Return True within a block of `drafting`."""
    return _DRAFTING.get()
