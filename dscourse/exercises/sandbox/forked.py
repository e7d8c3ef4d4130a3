"""The copy's side of `dscourse.exercises.sandbox.apart`: set up, do the work, send its result, and exit."""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import faulthandler
import io
import mmap
import os
import pickle
import signal
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from dscourse.exercises.sandbox import budget

__all__ = ["ERR", "HEAD", "OUT", "RESULT", "Work", "live"]

Work = Callable[
    [Callable[[object], None]], object
]  # it may end itself by passing a result to its argument
HEAD = struct.Struct("!cQ")  # the kind of a message, and its length in bytes
RESULT, OUT, ERR = b"r", b"o", b"e"
_PRINTED = 20_000  # the most characters passed on
_BEAT_S = 0.25
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl
living = False  # True in a forked copy
_EXERCISES = os.path.realpath(os.path.dirname(os.path.dirname(__file__)))
_TEXTS = frozenset(path.name for path in Path(_EXERCISES).glob("*/*.toml"))
_OPENING = frozenset({"open", "os.link", "os.rename"})
_BUSY_S = 0.005  # of CPU time per beat: less counts as waiting, even in many short sleeps


def live(
    work: Work, pipe: int, dump: int, beats: mmap.mmap, computing_s: int, memory: int
) -> NoReturn:
    """Do the work in a freshly forked process; never return."""
    process = os.getpid()

    def leave(result: object) -> NoReturn:
        if os.getpid() == process:  # the answer may fork too
            _lift()
            _send(pipe, RESULT, pickle.dumps(result))
        os._exit(0)

    global living
    living = True
    try:
        _forget_tools()
        sys.addaudithook(_keep_solutions)
        _be_killed_by(dump, computing_s, memory)
        _Beat(beats)
        _give_streams(pipe)
        leave(work(leave))
    except BaseException:
        _send(pipe, ERR, traceback.format_exc().encode())
    finally:
        os._exit(1)


def _forget_tools() -> None:
    """Disable debuggers and coverage in this process, where no user answers their breakpoints."""
    sys.settrace(None)
    sys.setprofile(None)
    monitoring: Any = getattr(sys, "monitoring", None)  # from Python 3.12 on
    if monitoring is not None:
        for tool in filter(monitoring.get_tool, range(6)):
            monitoring.set_events(tool, 0)
            for event in (value for value in vars(monitoring.events).values() if value):
                with contextlib.suppress(ValueError):
                    monitoring.register_callback(tool, event, None)


def _keep_solutions(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to open the texts of the exercises, with their solutions, for an answer that is being checked."""
    if event in _OPENING and isinstance(arguments[0], str | bytes):
        path = os.path.realpath(os.fsdecode(arguments[0]))
        relative = os.path.basename(path) in _TEXTS  # to a folder that the event does not name
        if relative or (path.endswith(".toml") and path.startswith(_EXERCISES + os.sep)):
            raise PermissionError("the worked solutions are closed while an answer is checked")


def _be_killed_by(dump: int, computing_s: int, memory: int) -> None:
    """Set this process's limits in the operating system, and dump its stack to ``dump`` on SIGUSR1."""
    import resource

    os.setpgid(0, 0)  # its children are killed with it, and Ctrl-C goes to the other process
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
        with contextlib.suppress(OSError, ValueError), open("/proc/self/statm", "rb") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
            _lower(resource.RLIMIT_AS, used + memory)
    _lower(resource.RLIMIT_CORE, 0)
    faulthandler.register(signal.SIGUSR1, dump, all_threads=False)
    _lower(resource.RLIMIT_CPU, computing_s)  # effective even if the other process is gone


def _lift() -> None:
    """Lift the memory limit of the answer, so that the result can be sent."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _lower(limit: int, soft: int) -> None:
    """Lower a limit of the operating system, unless it is lower already."""
    import resource

    now, hard = resource.getrlimit(limit)
    if now == resource.RLIM_INFINITY or now > soft:
        resource.setrlimit(limit, (soft, hard))


class _Beat:
    """A counter that rises while the main thread makes progress.

    It stands still if between two beats the process uses next to no CPU time (waiting, or a loop around a short
    sleep), if it answers no signal, or if at every beat it is at the same instruction and no line of the learner's
    has run.
    """

    def __init__(self, beats: mmap.mmap) -> None:
        self._beats, self._parent = beats, os.getppid()
        self._used, self._at = 0.0, (0, 0, 0)
        signal.signal(signal.SIGALRM, self._on_alarm)
        signal.setitimer(signal.ITIMER_REAL, _BEAT_S, _BEAT_S)

    def _on_alarm(self, signum: int, frame: FrameType | None) -> None:
        if os.getppid() != self._parent:
            os._exit(1)
        used = time.process_time()
        at = (id(frame), frame.f_lasti if frame else 0, budget.executed())
        if used - self._used > _BUSY_S and at != self._at:
            self._beats[0] = (self._beats[0] + 1) % 256
        self._used, self._at = used, at


class _Stream(io.TextIOBase):
    """A standard stream whose text goes to the other process, up to a maximum length."""

    def __init__(self, pipe: int, kind: bytes) -> None:
        self._pipe, self._kind, self._left = pipe, kind, _PRINTED

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"text is required, not {type(text).__name__}")
        if self._left > 0:
            shown = text[: self._left] + ("\n…\n" if len(text) > self._left else "")
            _send(self._pipe, self._kind, shown.encode("utf-8", "backslashreplace"))
        self._left -= len(text)
        return len(text)


def _give_streams(pipe: int) -> None:
    sys.stdout, sys.stderr = _Stream(pipe, OUT), _Stream(pipe, ERR)
    sys.stdin = io.StringIO()
    builtins.input = _no_input  # a kernel asks through its own sockets, which a copy must not touch
    if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()) is not None:
        shell.display_pub.publish = _shown_as_text


def _shown_as_text(data: dict[str, Any], *more: object, **named: object) -> None:
    print(data.get("text/plain", ""))


def _no_input(prompt: object = "", /) -> str:
    raise EOFError("an answer cannot ask for input while it is checked")


_sending = threading.RLock()


def _send(pipe: int, kind: bytes, data: bytes) -> None:
    with _sending:
        rest = memoryview(HEAD.pack(kind, len(data)) + data)
        while rest:
            rest = rest[os.write(pipe, rest) :]
