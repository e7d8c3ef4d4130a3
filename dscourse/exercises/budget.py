"""A budget of executed lines for the learner's code, so that an endless loop ends on every machine.

Only frames of the learner's own code count: the package and installed libraries run freely. A step budget, unlike a
time limit, gives the same answer on a fast and on a slow machine, and needs no thread or signal.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["OutOfSteps", "is_learners", "limited"]

_PACKAGE = str(Path(__file__).resolve().parents[1])
_LIBRARIES = tuple(
    str(Path(path).resolve())
    for name, path in sysconfig.get_paths().items()
    if "lib" in name or "stdlib" in name
)


class OutOfSteps(BaseException):
    """The learner's code ran for more lines than it may. No ``except Exception`` of theirs catches it."""


@cache
def is_learners(file: str) -> bool:
    """True for code of a notebook cell or of a test's answer: not of this package, not of a library."""
    if file.startswith(("<frozen", _PACKAGE)):
        return False
    return not file.startswith(_LIBRARIES)


def _generated(frame: FrameType, file: str) -> bool:
    """True for a method that a dataclass of this package was given, such as its ``__eq__``."""
    return file == "<string>" and str(frame.f_globals.get("__name__")).startswith("dscourse.")


@contextmanager
def limited(lines: int = 200_000) -> Iterator[None]:
    """Raise `OutOfSteps` in the learner's code once it has executed this many lines."""
    left = lines

    def on_line(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if event == "line":
            left -= 1
            if left < 0:
                raise OutOfSteps(f"more than {lines:,} lines were executed")
        return on_line

    def on_call(frame: FrameType, event: str, argument: Any) -> Any:
        file = frame.f_code.co_filename
        return on_line if is_learners(file) and not _generated(frame, file) else None

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        yield
    finally:
        sys.settrace(before)
