"""One node's process: lines go in and come out, its standard error is kept, and it can be killed and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from dscourse.run.external.reactor import READ, WRITE, Reactor
from dscourse.run.external.wire import LONGEST

__all__ = ["NodeProcess"]

_PIECE = 1 << 16
_MOST_WAITING = 64 << 20  # bytes that a node has not yet read
_TAIL = 12  # lines of standard error that are kept
_LAST = 200  # characters of its last line that a sentence shows


class NodeProcess:
    """A process in a group of its own: its children are killed and stopped with it.

    ``on_line`` is called with each line of its standard output, ``on_error_line`` with each of its standard error,
    and ``on_end`` with a sentence when its standard output ends or it is impossible to go on.
    """

    def __init__(
        self,
        reactor: Reactor,
        command: Sequence[str],
        folder: Path,
        on_line: Callable[[bytes], None],
        on_error_line: Callable[[str], None],
        on_end: Callable[[str], None],
    ) -> None:
        self._reactor, self._on_line, self._on_end = reactor, on_line, on_end
        self._on_error_line = on_error_line
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._output, self._errors = bytearray(), bytearray()
        self.error_lines: deque[str] = deque(maxlen=_TAIL)
        self.over = False
        self._popen = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, bufsize=0, env=_environment(),
        )  # fmt: skip
        self.pid = self._popen.pid
        stdin, stdout, stderr = self._popen.stdin, self._popen.stdout, self._popen.stderr
        assert stdin is not None
        assert stdout is not None
        assert stderr is not None
        self._in, self._out, self._err = stdin.fileno(), stdout.fileno(), stderr.fileno()
        for fd in (self._in, self._out, self._err):
            os.set_blocking(fd, False)
        reactor.watch(self._out, READ, self._read)
        reactor.watch(self._err, READ, self._read_errors)

    # --- lines -----------------------------------------------------------------------------------

    def write(self, line: bytes) -> None:
        """Hand a line to the process; lines that it has yet to read wait here."""
        if self.over:
            return
        if not self._waiting:
            self._reactor.watch(self._in, WRITE, self._flush)
        self._waiting.append(line)
        self._size += len(line)
        if self._size > _MOST_WAITING:
            self._end(f"has left {_MOST_WAITING >> 20} MB of its standard input unread")

    def _flush(self) -> None:
        while self._waiting:
            piece = b"".join(self._waiting) if len(self._waiting) < 64 else self._waiting[0]
            try:
                written = os.write(self._in, piece[:_PIECE])
            except BlockingIOError:
                return
            except OSError:  # it has ended, or has closed its standard input
                self._waiting.clear()
                written = 0
            self._size -= written
            while written and written >= len(self._waiting[0]):
                written -= len(self._waiting.popleft())
            if written:
                self._waiting[0] = self._waiting[0][written:]
        self._reactor.unwatch(self._in)

    def _read(self) -> None:
        piece = self._piece(self._out)
        if piece is None:
            return
        if not piece:
            self._end("")
            return
        self._output += piece
        *lines, rest = self._output.split(b"\n")
        self._output = rest
        for line in lines:
            if not self.over and line.strip():
                self._on_line(bytes(line))
        if len(rest) > LONGEST:
            self._end(f"wrote more than {LONGEST >> 20} MB without a line break")

    def _read_errors(self) -> None:
        piece = self._piece(self._err)
        if piece is None:
            return
        *lines, rest = (self._errors + piece).split(b"\n")
        self._errors = rest[-_PIECE:]
        for line in lines if piece else [rest]:
            text = line.decode(errors="replace").rstrip()
            if text:
                self.error_lines.append(text)
                self._on_error_line(text)
        if not piece:
            self._reactor.unwatch(self._err)

    @staticmethod
    def _piece(fd: int) -> bytes | None:
        """Return the bytes that can be read now; None if there are none yet, and b"" at the end."""
        try:
            return os.read(fd, _PIECE)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    # --- life ------------------------------------------------------------------------------------

    def kill(self) -> None:
        """Kill the process and what it started, stopped or not, and wait for its end; harmless if it has ended."""
        self.over = True
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(10)
        for fd, stream in (
            (self._in, self._popen.stdin),
            (self._out, self._popen.stdout),
            (self._err, self._popen.stderr),
        ):
            if stream is not None and not stream.closed:
                self._reactor.unwatch(fd)
                stream.close()

    def pause(self) -> None:
        """Stop the process and what it started, by SIGSTOP."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on, by SIGCONT."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGCONT)

    def _end(self, why: str) -> None:
        """Report the end; without a reason, how the process ended."""
        self.over = True
        self._reactor.unwatch(self._out)
        if not why:
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(0.5)
            self._read_errors()
            why = _ended(self._popen.returncode)
            if self._output.strip():
                why += f" in the middle of the line {bytes(self._output[:_LAST]).decode(errors='replace')!r}"
        self._on_end(why + self.last_words())

    def last_words(self) -> str:
        """Return the end of its standard error as the end of a sentence; "" if it wrote nothing there."""
        lines = list(self.error_lines)
        return "; its standard error ends:\n    " + "\n    ".join(lines) if lines else ""


def _environment() -> dict[str, str]:
    """Return the environment, with the current folder among those in which Python looks for modules.

    Each node has a hash seed of its own, as processes on different machines have, and Python's usual buffers.
    """
    folders = [*filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)), os.getcwd()]
    dropped = ("PYTHONHASHSEED", "PYTHONUNBUFFERED")
    others = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**others, "PYTHONPATH": os.pathsep.join(folders)}


def _ended(code: int | None) -> str:
    if code is None:
        return "closed its standard output"
    return (
        f"was ended by {signal.Signals(-code).name}"
        if code < 0
        else f"ended with exit status {code}"
    )
