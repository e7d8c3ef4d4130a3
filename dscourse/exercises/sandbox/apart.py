"""Run work in a copy of this process that can be killed whatever the work does.

Some code executes no line of Python and runs no signal handler: ``sum(iter(int, 1))``, a regular expression that
backtracks for ever, a lock that is never released. `run` forks: the copy has every object of the notebook (locks,
lambdas, open files), and changes within the process (memory, ``os._exit``, a changed module) stay in it. The copy is
killed

- if for `Limits.still_s` seconds it waits, or stays in one call that runs no Python code; on Linux, time in which it
  could run but other processes have the CPU does not count,
- if it has used `Limits.computing_s` seconds of CPU time, or `Limits.whole_s` seconds in all,
- if this process ends or is interrupted.

On Linux it may use `Limits.memory` bytes beyond the memory of this process. Its output is printed here.

Windows and WebAssembly have no ``fork``, and on macOS system libraries do not survive it. There the work runs in this
process: endless loops of Python code are stopped by their budget or, in libraries, by `Limits.whole_s`. A single call
that never returns blocks the kernel until it is interrupted or restarted, and memory has no limit.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import pickle
import re
import select
import signal
import sys
import time
import warnings
from typing import Any

from dscourse.exercises.sandbox import forked
from dscourse.exercises.sandbox.forked import ERR, HEAD, OUT, RESULT, Work, live
from dscourse.exercises.sandbox.here import Here
from dscourse.exercises.sandbox.limits import Ended, Limits
from dscourse.exercises.sandbox.whose import Line

__all__ = ["is_apart", "run"]

_LOOK_S = 0.1
_DUMP_S = 0.5
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in (.*)$', re.MULTILINE)


def can_fork() -> bool:
    """Return True where a process can be forked and its copy keeps working."""
    return hasattr(os, "fork") and sys.platform not in ("darwin", "ios", "emscripten", "wasi")


def is_apart() -> bool:
    """Return True in a copy made by `run`."""
    return forked.living


def run(work: Work, limits: Limits | None = None) -> Any:
    """Return the result of ``work`` from a copy of this process, by pickle. Raise `Ended` if there is none.

    ``work`` receives a function that ends it at once with the result passed to that function.
    """
    limits = limits or Limits()
    if can_fork():
        with contextlib.suppress(BlockingIOError):  # the limit of processes is reached
            return _Copy(work, limits).result()
    return Here(limits).result(work)


class _Copy:
    """A forked process that does the work, as seen from the waiting process."""

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
                warnings.simplefilter("ignore")  # the warning that other threads are not copied
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
        """Wait for the result, printing any output before it; the process is gone afterwards."""
        lines: tuple[Line, ...] = ()
        try:
            answer = self._listen()
            if isinstance(answer, str):
                os.kill(self.process, signal.SIGUSR1)
                lines = self._lines()
        finally:
            status = self._end()
            self._close()
        if isinstance(answer, bytes):
            return pickle.loads(answer)
        if answer is not None:
            raise Ended(answer, at=lines)
        code = os.waitstatus_to_exitcode(status)
        if code == -signal.SIGXCPU:
            raise Ended(f"it was still computing after {self.limits.computing_s} s")
        raise Ended(f"by signal {-code}" if code < 0 else f"with exit status {code}", stuck=False)

    def _listen(self) -> bytes | str | None:
        """Return the pickled result, the reason to kill the process, or None if it ended without a result."""
        buffer = bytearray()
        started = time.monotonic()
        last, moved = self.beats[0], started - self._starved_s()
        while True:
            ready, _, _ = select.select([self.pipe], [], [], _LOOK_S)
            if ready:
                data = os.read(self.pipe, 1 << 16)
                if not data:
                    return None
                buffer += data
                result = _take(buffer)
                if result is not None:
                    return result
            now = time.monotonic()
            served = now - self._starved_s()
            if self.beats[0] != last:
                last, moved = self.beats[0], served
            if served - moved > self.limits.still_s:
                return f"it made no progress for {self.limits.still_s:g} s"
            if now - started > self.limits.whole_s:
                return f"it took more than {self.limits.whole_s:g} s"
            if not ready and os.waitid(
                os.P_PID, self.process, os.WEXITED | os.WNOHANG | os.WNOWAIT
            ):
                return None  # even if a process that it has started keeps the pipe open

    def _starved_s(self) -> float:
        """Return the seconds for which the process could have run but had no CPU; 0 where the system does not say."""
        try:
            with open(f"/proc/{self.process}/schedstat", "rb") as file:
                return int(file.read().split()[1]) / 1e9
        except (OSError, IndexError, ValueError):
            return 0.0

    def _end(self) -> int:
        """Kill the process and its process group, and return its exit status."""
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self.process, signal.SIGKILL)
        return os.waitpid(self.process, 0)[1]

    def _lines(self) -> tuple[Line, ...]:
        """Return the stack of the process as it reports it, innermost line first."""
        text = b""
        while select.select([self.dump], [], [], _DUMP_S)[0] and (
            part := os.read(self.dump, 1 << 16)
        ):
            text += part
        frames = _FRAME.findall(text.decode("ascii", "replace"))
        return tuple((file, int(line), name) for file, line, name in frames)

    def _close(self) -> None:
        os.close(self.pipe)
        os.close(self.dump)
        self.beats.close()


def _take(buffer: bytearray) -> bytes | None:
    """Print the output messages that are complete, and return the result if there is one."""
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
