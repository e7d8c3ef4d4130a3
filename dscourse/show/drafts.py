"""Drafts: curves that the next move of a control replaces, encoded in a quarter of the time and twice the bytes.

A draft has the same pixels, and `dscourse.show.paper.finish` makes of it the picture that is stored. What a draft
leaves out is the choice of a palette, which takes longer than all else about a curve.
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
