"""The processes of a run: started, stopped and ended, and none left behind.

A run has a private folder, which only its owner can read, and a guardian (`run.guardian`), which kills all processes
that are left and removes the folder if this process ends without doing so. Each process leads a group of its own, so
that its children are stopped and ended with it. It also carries a mark in its environment, by which Linux finds
children that left the group. A process may be a node of this course, or one in another language.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Any

from dscourse.run import guardian

__all__ = ["Process", "Supervisor"]


class Supervisor:
    """A private folder in ``parent`` (default: the system's for temporary files), and the processes started."""

    def __init__(self, parent: str | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dscourse-", dir=parent))  # 0700
        self._processes: set[Process] = set()
        self._lock, self._closing = RLock(), False
        self._guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__, str(self.folder), str(os.getpid())],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def start(self, command: Sequence[str], **options: Any) -> Process:
        """Start a process, with options of `subprocess.Popen`.

        It happens in a thread, because no interrupt (Ctrl-C) may come before the process is known here. OSError if
        it cannot be started, RuntimeError once the supervisor is closed.
        """
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._start, command, options).result()

    def _start(self, command: Sequence[str], options: dict[str, Any]) -> Process:
        with self._lock:
            if self._closing:  # another thread has begun to end all processes
                raise RuntimeError("the run is closed: no process can be started")
            marked = {**(options.pop("env", None) or os.environ), guardian.MARK: str(self.folder)}
            popen = subprocess.Popen(
                command, start_new_session=True, bufsize=0, env=marked, **options
            )
            self._tell(f"+{popen.pid}")
            process = Process(self, popen)
            self._processes.add(process)
        return process

    def forget(self, process: Process) -> None:
        """Note that a process and its group have ended, before the system gives its number to another one."""
        self._processes.discard(process)
        self._tell(f"-{process.pid}")

    def _tell(self, line: str) -> None:
        """Tell the guardian, unless the supervisor is closed: two threads may note the end of one process."""
        assert self._guardian.stdin is not None
        with self._lock:
            if not self._guardian.stdin.closed:
                with suppress(BrokenPipeError):  # it was killed: `check` finds that
                    self._guardian.stdin.write(f"{line}\n".encode())
                    self._guardian.stdin.flush()

    def check(self) -> None:
        """Raise RuntimeError if the guardian has ended: then nothing would clean up after this process."""
        if self._guardian.poll() is not None:
            raise RuntimeError("the guardian of this run's processes was killed: the run is ended")

    def close(self) -> None:
        """Kill what is left, remove the folder, and end the guardian. May be called twice."""
        with self._lock:
            self._closing = True
        for process in list(self._processes):
            process.kill()
        for process in list(self._processes):
            with suppress(subprocess.TimeoutExpired):  # the system does not let go of it
                process.wait()
        guardian.kill_marked(str(self.folder))  # what has left its group
        shutil.rmtree(self.folder, ignore_errors=True)
        assert self._guardian.stdin is not None
        with self._lock, suppress(BrokenPipeError):
            self._guardian.stdin.close()
        self._guardian.wait()


class Process:
    """One process and its group, whose number is its own until `ended` has returned True."""

    def __init__(self, supervisor: Supervisor, popen: subprocess.Popen[bytes]) -> None:
        self.pid, self.popen = popen.pid, popen
        self._supervisor = supervisor

    def kill(self) -> None:
        """Send SIGKILL, which ends a stopped process too."""
        self._signal(signal.SIGKILL)

    def pause(self, within_s: float = 1.0) -> None:
        """Send SIGSTOP, and wait until the process stands still, but no longer than ``within_s``."""
        self._signal(signal.SIGSTOP)
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            try:
                stopped, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:  # it has ended, and another thread has noticed
                return
            if stopped and not os.WIFSTOPPED(status):
                self.popen.returncode = os.waitstatus_to_exitcode(status)
                self._end()
            if stopped:
                return
            time.sleep(0.0001)

    def resume(self) -> None:
        """Send SIGCONT."""
        self._signal(signal.SIGCONT)

    def ended(self) -> bool:
        """Return True if the process has ended; its children are ended with it."""
        if self.popen.returncode is None and self.popen.poll() is not None:
            self._end()
        return self.popen.returncode is not None

    def wait(self, within_s: float = 10.0) -> None:
        """Wait for the end of the process. subprocess.TimeoutExpired if it does not come."""
        if self.popen.returncode is None:
            self.popen.wait(within_s)
            self._end()

    def how_it_ended(self) -> str:
        """Return how it ended, in words."""
        code = self.popen.returncode
        if code is None:
            return "is still running"
        if code >= 0:
            return f"ended with exit status {code}"
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:  # a real-time signal
            return f"was ended by signal {-code}"

    def _signal(self, number: signal.Signals) -> None:
        if self.popen.returncode is None:
            with suppress(ProcessLookupError, PermissionError):  # it has just ended
                os.killpg(self.pid, number)

    def _end(self) -> None:
        """End the rest of the group, and forget the process."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._supervisor.forget(self)
