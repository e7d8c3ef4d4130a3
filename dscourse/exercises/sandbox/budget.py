"""A budget of executed lines for the learner's code, so that an endless loop ends on every machine.

A step budget, unlike a time limit, gives the same answer on a fast and on a slow machine. Only frames of the
learner's own code count (`dscourse.exercises.sandbox.whose`): the package and libraries run freely. The budget only
notices that it is spent. An exception would not end the code, since a learner's ``except:`` catches it and the
interpreter switches off a trace function that raises: `dscourse.exercises.sandbox.apart` ends it.
"""

from __future__ import annotations

import dis
import sys
import threading
from collections.abc import Callable
from functools import cache
from types import CodeType, FrameType
from typing import Any, TypeVar

from dscourse.exercises.sandbox.whose import Learner, Line

__all__ = ["Budget", "executed"]

T = TypeVar("T")
_latest: list[Budget] = []
_ROOM = 200  # calls that `spent` may nest


@cache
def _loops_on_a_line(code: CodeType) -> bool:
    """True if a jump goes back within a line, as in ``while True: pass``: its turns are no line events."""
    line = {one.offset: one.positions.lineno for one in dis.get_instructions(code) if one.positions}
    jumps = [one for one in dis.get_instructions(code) if "BACKWARD" in one.opname]
    return any(line.get(jump.offset) == line.get(jump.argval) for jump in jumps)


def executed() -> int:
    """A number that changes whenever a line of the learner's is executed."""
    return sum(_latest[-1].left.values()) if _latest else 0


class Budget:
    """The lines that the learner's code may execute, and the instructions where a loop stands on one line.

    ``spent`` is called with the line at which no more are left, and again if the code goes on. It ends the work.
    """

    def __init__(self, lines: int, learner: Learner, spent: Callable[[Line], None]) -> None:
        self.left = {"line": lines, "opcode": 20 * lines}
        self._learner, self._spent, self._has_room = learner, spent, False
        _latest[:] = [self]

    def watch(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns, and count what it executes in this thread and in those that it starts."""
        before, before_threads = sys.gettrace(), threading.gettrace()
        tracer = self._tracer()
        threading.settrace(tracer)
        sys.settrace(tracer)
        try:
            return work()
        finally:
            sys.settrace(before)
            threading.settrace(before_threads)

    def _tracer(self) -> Callable[[FrameType, str, Any], Any]:
        """The trace function: a closure, since it runs for every line."""
        left, has = self.left, self._learner.has

        def on_line(frame: FrameType, event: str, argument: Any) -> Any:
            if event in left:
                left[event] -= 1
                if left[event] < 0:
                    self._make_room()
                    self._spent((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
            return on_line

        def on_call(frame: FrameType, event: str, argument: Any) -> Any:
            if not has(frame):
                return None
            frame.f_trace_opcodes = _loops_on_a_line(frame.f_code)
            return on_line

        return on_call

    def _make_room(self) -> None:
        """Let `spent` make calls, also where the code stands at the limit of recursion."""
        if not self._has_room:
            self._has_room = True
            sys.setrecursionlimit(sys.getrecursionlimit() + _ROOM)
