"""A check of the named choices of an experiment."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["check_choice"]


def check_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Raise LookupError, with the choices, for a value that is none of them.

    >>> check_choice("fault", "fire", ["crash", "cut"])
    Traceback (most recent call last):
    LookupError: fault='fire': it must be one of crash, cut
    """
    if value not in choices:
        raise LookupError(f"{name}={value!r}: it must be one of {', '.join(choices)}")
