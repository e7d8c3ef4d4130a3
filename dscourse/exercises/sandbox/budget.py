"""A budget of executed lines for the learner's code, so that an endless loop ends on every machine.

A step budget, unlike a time limit, gives the same verdict on a fast and on a slow machine. Only frames of the
learner's own code count (`dscourse.exercises.sandbox.whose`): the package and libraries run freely. The budget only
detects that it is spent; `dscourse.exercises.sandbox.apart` ends the code. An exception would not end it, since a
learner's ``except:`` may catch it and the interpreter disables a trace function that raises.
"""

from __future__ import annotations

import dis
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, TypeVar

from dscourse.exercises.sandbox.whose import Learner, Line

__all__ = ["Budget", "executed"]

T = TypeVar("T")
_latest: list[Budget] = []
_ROOM = 200  # nested calls allowed to `spent`


def _loops_on_a_line(code: CodeType) -> bool:
    """Return True for a backward jump within a line, as in ``while True: pass``, which has no line events."""
    line = {one.offset: one.positions.lineno for one in dis.get_instructions(code) if one.positions}
    jumps = [one for one in dis.get_instructions(code) if "BACKWARD" in one.opname]
    return any(line.get(jump.offset) == line.get(jump.argval) for jump in jumps)


def executed() -> int:
    """Return a number that changes whenever a line of the learner's is executed."""
    return sum(_latest[-1].left.values()) if _latest else 0


class Budget:
    """The number of lines the learner's code may execute, and of instructions where a loop fits on one line.

    ``spent`` is called with the line at which the budget runs out, and again if the code continues. It must end the
    work.
    """

    def __init__(self, lines: int, learner: Learner, spent: Callable[[Line], None]) -> None:
        self.left = {"line": lines, "opcode": 20 * lines}
        self._learner, self._spent, self._has_room = learner, spent, False
        _latest[:] = [self]

    def watch(self, work: Callable[[], T]) -> T:
        """Return the result of ``work``, counting the learner's lines in this thread and in those that it starts."""
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
        """Return the trace function: a closure for speed, since it runs for every call and every line.

        Most calls are the course's own, in namespaces that are known not to be the learner's: they cost one look-up.
        """
        left, has, foreign = self.left, self._learner.has, self._learner.foreign
        one_line: dict[
            int, tuple[CodeType, bool]
        ] = {}  # a code's hash would cost more than its line

        def on_line(frame: FrameType, event: str, argument: Any) -> Any:
            now = left.get(event)
            if now is not None:
                left[event] = now - 1
                if now < 1:
                    self._make_room()
                    self._spent((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
            return on_line

        def on_call(frame: FrameType, event: str, argument: Any) -> Any:
            if id(frame.f_globals) in foreign or not has(frame):
                return None
            code = frame.f_code
            known = one_line.get(id(code))
            if known is None:
                known = one_line[id(code)] = code, _loops_on_a_line(code)
            if known[1]:
                frame.f_trace_opcodes = True
            return on_line

        return on_call

    def _make_room(self) -> None:
        """Raise the recursion limit once, so that `spent` can make calls even at the limit."""
        if not self._has_room:
            self._has_room = True
            sys.setrecursionlimit(sys.getrecursionlimit() + _ROOM)
