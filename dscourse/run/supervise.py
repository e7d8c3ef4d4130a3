"""The processes of a cluster: started, stopped and ended by their number, and none left behind.

A cluster has a private folder, which only its owner can read, and a guardian (`run.guardian`), which kills what is
left and removes the folder if this process ends without doing so. Nothing here knows what a process runs: a node of
this course, or one in another language.
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
from contextlib import suppress
from pathlib import Path
from threading import RLock

from dscourse.run import guardian

__all__ = ["Process", "Supervisor"]

_TAIL = 4_000  # bytes of standard error that an error message shows


class Supervisor:
    """A private folder in ``parent`` (default: the system's for temporary files), and the processes started."""

    def __init__(self, parent: str | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dscourse-", dir=parent))  # 0700
        self._processes: set[Process] = set()
        self._lock, self._closing = RLock(), False
        command = [
            sys.executable,
            "-I",
            "-S",
            guardian.__file__,
            str(self.folder),
            str(os.getpid()),
        ]
        self._guardian = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def start(
        self, name: str, command: Sequence[str], keep: Sequence[int] = (), piped: bool = False
    ) -> Process:
        """Start a process that inherits the file descriptors ``keep``. RuntimeError once the supervisor is closed.

        Its standard error is a file in the folder; with ``piped``, its standard input and output are pipes.
        """
        path = self.folder / f"{name}.err"
        with self._lock, open(path, "ab", opener=_private) as errors:
            if self._closing:  # another thread has begun to end all processes
                raise RuntimeError("the run is closed: no process can be started")
            pipe = subprocess.PIPE if piped else None
            popen = subprocess.Popen(
                command, pass_fds=keep, stdin=pipe or subprocess.DEVNULL, stdout=pipe or errors, stderr=errors,
                start_new_session=True, env={**os.environ, "PYTHONHASHSEED": "0"},
            )  # fmt: skip
            self._tell(f"+{popen.pid}")
            process = Process(self, name, popen, path)
            self._processes.add(process)
        return process

    def forget(self, process: Process) -> None:
        """Note that a process has ended, before the system gives its number to another one."""
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
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        assert self._guardian.stdin is not None
        with self._lock, suppress(BrokenPipeError):
            self._guardian.stdin.close()
        self._guardian.wait()


class Process:
    """One process; its signals are sent by its number, which is its own until `ended` has returned True."""

    def __init__(
        self, supervisor: Supervisor, name: str, popen: subprocess.Popen[bytes], errors: Path
    ) -> None:
        self.name, self.pid, self.popen = name, popen.pid, popen
        self._supervisor, self._errors = supervisor, errors

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
                self._ended(status)
            if stopped:
                return
            time.sleep(0.0001)

    def resume(self) -> None:
        """Send SIGCONT."""
        self._signal(signal.SIGCONT)

    def ended(self) -> bool:
        """Return True if the process has ended."""
        if self.popen.returncode is None and self.popen.poll() is not None:
            self._supervisor.forget(self)
        return self.popen.returncode is not None

    def wait(self, within_s: float = 10.0) -> None:
        """Wait for the end of the process."""
        if self.popen.returncode is None:
            self.popen.wait(within_s)
            self._supervisor.forget(self)

    def how_it_ended(self) -> str:
        """Return how it ended, in words, and the end of its standard error."""
        code = self.popen.returncode
        if code is None:
            how = "is still running"
        else:
            how = (
                f"was ended by {signal.Signals(-code).name}"
                if code < 0
                else f"ended with exit status {code}"
            )
        text = self.errors()
        return (
            f"{how}; its standard error:\n{text}" if text else f"{how}; its standard error is empty"
        )

    def errors(self) -> str:
        """Return the end of what the process wrote to its standard error."""
        try:
            with open(self._errors, "rb") as file:
                file.seek(max(0, os.path.getsize(self._errors) - _TAIL))
                return file.read().decode(errors="replace").strip()
        except FileNotFoundError:
            return ""

    def _signal(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)  # nothing happens if it has ended

    def _ended(self, status: int) -> None:
        """Note an end that was learned from waitpid."""
        self.popen.returncode = os.waitstatus_to_exitcode(status)
        self._supervisor.forget(self)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
