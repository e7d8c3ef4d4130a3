"""The guard of an answer that is checked in a copy: it may not look at its callers, start programs or write files.

`sandbox.peeking` reads an answer before it runs, and finds the names that it says. This finds the calls themselves,
under whatever name, as the interpreter announces them to an audit hook.

This is no protection against an attack. Not refused are code that is not Python's (``ctypes``), processes that
``multiprocessing`` spawns, programs that a library starts for its own ends, private attributes of what an answer is
given, and other files than the texts of the exercises: in a clone of the repository the tests hold right answers.
Where an answer runs in this process, as on Windows, nothing is refused.
"""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any

from dscourse.exercises.sandbox.whose import Learner

__all__ = ["guard"]

_LOOKING = frozenset(
    {
        "sys._getframe", "sys._current_frames", "sys._current_exceptions", "sys.settrace", "sys.setprofile",
        "sys.monitoring.register_callback", "gc.get_objects", "gc.get_referrers", "gc.get_referents",
    }
)  # fmt: skip
_STARTING = frozenset(
    {
        "subprocess.Popen", "os.exec", "os.fork_exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.system",
        "pty.spawn",
    }
)  # fmt: skip
_FRAMES = frozenset({"tb_frame", "gi_frame", "cr_frame", "ag_frame"})  # read as attributes
_BETWEEN = frozenset(
    {
        "asyncio",
        "codecs",
        "concurrent",
        "inspect",
        "multiprocessing",
        "os",
        "pathlib",
        "pty",
        "shutil",
        "subprocess",
    }
)
_LASTING = frozenset({"os.mkdir", "os.putenv", "os.rename", "os.truncate", "sqlite3.connect"})
_WALKS = frozenset({"walk_stack", "walk_tb"})  # of traceback: they hand out frames


class _Guard:
    """The audit hook: a process has one, since none can be taken away and each would announce its own look to all."""

    def __init__(self) -> None:
        self.learner: Learner | None = None
        self._looks = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        why = "" if self._looks else _refusal(event, arguments)
        if why and self._is_asked():
            raise PermissionError(why)

    def _is_asked(self) -> bool:
        self._looks = True
        try:
            return self.learner is not None and _is_asked_by(self.learner, sys._getframe(2))
        finally:
            self._looks = False


_guard = _Guard()


def guard(learner: Learner) -> None:
    """Refuse this to the learner's code for the rest of this process: such a call raises PermissionError."""
    if _guard.learner is None:
        sys.addaudithook(_guard)
    _guard.learner = learner


def _refusal(event: str, arguments: tuple[Any, ...]) -> str:
    """Return why the learner's code may not do this; "" for all else."""
    if event in _LOOKING or (event == "object.__getattr__" and arguments[1] in _FRAMES):
        return "an answer rests on its arguments alone, and does not look at what calls it"
    if event in _LASTING or (event == "open" and _writes(*arguments[1:])):
        return "an answer writes no files while it is checked: nothing of it outlives a check"
    return "an answer starts no programs while it is checked" if event in _STARTING else ""


def _writes(mode: str | None, flags: int) -> bool:
    return not set(mode or "").isdisjoint("wax+") or bool(flags & (os.O_WRONLY | os.O_RDWR))


def _is_asked_by(learner: Learner, frame: FrameType | None) -> bool:
    """Return True if the learner's code does this, itself or through a module that only passes it on."""
    while frame is not None and _passes_on(frame):
        frame = frame.f_back
    return frame is not None and learner.has(frame)


def _passes_on(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__", "")
    module = sys.modules.get(name)
    if module is None or vars(module) is not frame.f_globals:
        return False
    return name.partition(".")[0] in _BETWEEN or (
        name == "traceback" and frame.f_code.co_name in _WALKS
    )
