"""Errors in one line, for a card or a refusal."""

from __future__ import annotations

__all__ = ["in_one_line"]


def in_one_line(error: BaseException) -> str:
    """Return the first line of an error's text; its type's name if it has none, or only a key.

    >>> in_one_line(ValueError("no such message; write …")), in_one_line(KeyError("n9")), in_one_line(ValueError())
    ('no such message; write …', "KeyError: 'n9'", 'ValueError')
    """
    if isinstance(error, KeyboardInterrupt):
        return "the run was interrupted"
    name = type(error).__name__
    lines = _lines(error)
    if not lines:
        return name
    first = lines[0]
    if first.endswith(":") and len(lines) > 1:
        first = f"{first} {lines[1]}"
    return f"{name}: {first}" if type(error) in (KeyError, SystemExit) else first


def _lines(error: BaseException) -> list[str]:
    try:
        text = str(error)
    except Exception:  # a learner's error may not be printable
        return []
    return [line.strip() for line in text.splitlines() if line.strip()]
