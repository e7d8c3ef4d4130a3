"""Judge an answer in a copy of this process, which can be ended whatever the answer does.

Some code executes no line of Python and answers no signal handler: ``sum(iter(int, 1))``, a regular expression that
backtracks for ever, a lock that nobody releases. `run` forks: the copy has every object that the notebook has (locks,
lambdas, open files), and what happens in it (memory, ``os._exit``, a changed module) stays in it. The copy is killed

- if for `Limits.still_s` seconds it waits, or stays in one call that runs no code of Python's,
- if it has computed for `Limits.computing_s` seconds, or taken `Limits.whole_s`: far more than an answer that ends,
- if this process ends or is interrupted.

It may use `Limits.memory` bytes beyond what this process uses (on Linux). What it prints is printed here.

Windows and WebAssembly have no ``fork``, and on macOS system libraries do not survive it. There the answer is judged
in this process: endless loops of Python code end by their budget or, in libraries, by `Limits.whole_s`, but a single
call that never returns holds the kernel until that is interrupted or restarted, and memory has no limit.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import pickle
import re
import select
import signal
import sys
import threading
import time
import warnings
from dataclasses import dataclass
from typing import Any

from dscourse.exercises.sandbox import forked
from dscourse.exercises.sandbox.forked import ERR, HEAD, OUT, RESULT, Work, live
from dscourse.exercises.sandbox.whose import Line

__all__ = ["Ended", "Limits", "is_apart", "run"]

_LOOK_S = 0.1
_AGAIN_S = 0.003
_DUMP_S = 0.5
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in (.*)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a copy is killed. None of them bounds an answer that makes progress, however slow the machine is."""

    still_s: float = 30
    computing_s: int = 300
    whole_s: float = 1_200
    memory: int = 2 << 30


class Ended(BaseException):
    """The work had to be ended, or ended its process: why, and where it stood, innermost line first."""

    def __init__(
        self, why: str = "it took too long", stuck: bool = True, at: tuple[Line, ...] = ()
    ) -> None:
        super().__init__(why)
        self.why, self.stuck, self.at = why, stuck, at


def can_fork() -> bool:
    """True where a process can be copied and its copy goes on working."""
    return hasattr(os, "fork") and sys.platform not in ("darwin", "ios", "emscripten", "wasi")


def is_apart() -> bool:
    """True in a copy that `run` has made."""
    return forked.living


def run(work: Work, limits: Limits | None = None) -> Any:
    """Return what ``work`` returns in a copy of this process, by pickle; raise `Ended` if it gives no result.

    ``work`` is called with a function that ends it at once, whatever it is doing, with the result that it is given.
    """
    limits = limits or Limits()
    if can_fork():
        with contextlib.suppress(BlockingIOError):  # no more processes are allowed
            return _Copy(work, limits).result()
    return _Here(limits).result(work)


class _Copy:
    """A forked process that does the work, seen from the process that waits for it."""

    def __init__(self, work: Work, limits: Limits) -> None:
        self.limits = limits
        self.beats = mmap.mmap(-1, 1)
        self.pipe, pipe = os.pipe()
        self.dump, dump = os.pipe()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that other threads do not come along
                self.process = os.fork()
            if self.process == 0:
                live(work, pipe, dump, self.beats, limits.computing_s, limits.memory)
        except OSError:
            self._close()
            raise
        finally:
            os.close(pipe)
            os.close(dump)

    def result(self) -> Any:
        """Wait for the result and print what comes before it; the process is gone afterwards."""
        places: tuple[Line, ...] = ()
        try:
            found = self._listen()
            if isinstance(found, str):
                os.kill(self.process, signal.SIGUSR1)
                places = self._places()
        finally:
            status = self._end()
            self._close()
        if isinstance(found, bytes):
            return pickle.loads(found)
        if found is not None:
            raise Ended(found, at=places)
        code = os.waitstatus_to_exitcode(status)
        if code == -signal.SIGXCPU:
            raise Ended(f"it was still computing after {self.limits.computing_s} s")
        raise Ended(f"by signal {-code}" if code < 0 else f"with exit status {code}", stuck=False)

    def _listen(self) -> bytes | str | None:
        """The pickled result, or why there must be none, or None if the process has ended without."""
        buffer = bytearray()
        started = moved = time.monotonic()
        last = self.beats[0]
        while True:
            ready, _, _ = select.select([self.pipe], [], [], _LOOK_S)
            if ready:
                got = os.read(self.pipe, 1 << 16)
                if not got:
                    return None
                buffer += got
                result = _take(buffer)
                if result is not None:
                    return result
            now = time.monotonic()
            if self.beats[0] != last:
                last, moved = self.beats[0], now
            if now - moved > self.limits.still_s:
                return f"it made no progress for {self.limits.still_s:g} s"
            if now - started > self.limits.whole_s:
                return f"it took more than {self.limits.whole_s:g} s"
            if not ready and os.waitid(
                os.P_PID, self.process, os.WEXITED | os.WNOHANG | os.WNOWAIT
            ):
                return None  # although the pipe is still open in a process that it has started

    def _end(self) -> int:
        """Kill the process with all that it started, and return its exit status."""
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self.process, signal.SIGKILL)
        return os.waitpid(self.process, 0)[1]

    def _places(self) -> tuple[Line, ...]:
        """Where the process says that it stands, innermost line first."""
        text = b""
        while select.select([self.dump], [], [], _DUMP_S)[0] and (
            part := os.read(self.dump, 1 << 16)
        ):
            text += part
        found = _FRAME.findall(text.decode("ascii", "replace"))
        return tuple((file, int(line), name) for file, line, name in found)

    def _close(self) -> None:
        os.close(self.pipe)
        os.close(self.dump)
        self.beats.close()


def _take(buffer: bytearray) -> bytes | None:
    """Print what complete messages in the buffer say, and return the result if one of them is it."""
    while len(buffer) >= HEAD.size:
        kind, length = HEAD.unpack_from(buffer)
        if len(buffer) < HEAD.size + length:
            return None
        data = bytes(buffer[HEAD.size : HEAD.size + length])
        del buffer[: HEAD.size + length]
        if kind == RESULT:
            return data
        stream = {OUT: sys.stdout, ERR: sys.stderr}.get(kind)
        if stream is not None:
            stream.write(data.decode("utf-8", "replace"))
    return None


class _Here:
    """The work in this process: what should have ended is interrupted again and again until it has."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._thread = limits, threading.get_ident()
        self._given: list[Any] = []
        self._before: Any = sys.gettrace(), threading.gettrace(), sys.getrecursionlimit()
        self._interrupting = threading.Lock()  # taken for good when the work is over
        self._is_late = threading.Event()

    def result(self, work: Work) -> Any:
        watcher = threading.Thread(target=self._watch, daemon=True)
        with contextlib.suppress(RuntimeError):  # WebAssembly has no threads
            watcher.start()
        found = None
        try:
            found = work(self._leave)
        except Ended:
            if not self._given:
                raise
        finally:
            try:
                self._interrupting.acquire()
                for _ in range(2):  # one interruption may still be on its way: here it arrives
                    pass
            except Ended:
                pass
            self._put_back()
        return self._given[0] if self._given else found

    def _put_back(self) -> None:
        sys.settrace(self._before[0])
        threading.settrace(self._before[1])
        sys.setrecursionlimit(self._before[2])
        self._is_late.set()  # lets the watcher go

    def _leave(self, result: object) -> None:
        self._given.append(result)
        self._is_late.set()
        raise Ended

    def _watch(self) -> None:
        self._is_late.wait(self._limits.whole_s)
        while self._interrupting.acquire(blocking=False):
            _raise_soon(self._thread, Ended)
            self._interrupting.release()
            time.sleep(_AGAIN_S)


def _raise_soon(thread: int, error: type[BaseException]) -> None:
    """Let a thread raise an error at its next call or turn of a loop."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))
