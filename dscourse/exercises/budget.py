"""A budget of executed lines for the learner's code, so that an endless loop ends on every machine.

Only frames of the learner's own code count: the package and installed libraries run freely. A step budget, unlike a
time limit, gives the same answer on a fast and on a slow machine, and needs no thread or signal.
"""

from __future__ import annotations

import dis
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
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


@cache
def _loops_on_a_line(code: CodeType) -> bool:
    """True if a jump goes back within a line, as in ``while True: pass``: its turns are no line events."""
    line = {one.offset: one.positions.lineno for one in dis.get_instructions(code) if one.positions}
    jumps = [one for one in dis.get_instructions(code) if "BACKWARD" in one.opname]
    return any(line.get(jump.offset) == line.get(jump.argval) for jump in jumps)


@contextmanager
def limited(lines: int = 200_000) -> Iterator[None]:
    """Raise `OutOfSteps` in the learner's code once it has executed this many lines, or 20 times as many instructions
    where a loop stands on one line.
    """
    left = {"line": lines, "opcode": 20 * lines}

    def on_line(frame: FrameType, event: str, argument: Any) -> Any:
        if event in left:
            left[event] -= 1
            if left[event] < 0:
                raise OutOfSteps(f"more than {lines:,} lines were executed")
        return on_line

    def on_call(frame: FrameType, event: str, argument: Any) -> Any:
        file = frame.f_code.co_filename
        if not is_learners(file) or _generated(frame, file):
            return None
        frame.f_trace_opcodes = _loops_on_a_line(frame.f_code)
        return on_line

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        yield
    finally:
        sys.settrace(before)
