"""One node's process: lines go in and come out, and its standard error is kept."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from dscourse.run.error_output import ErrorOutput
from dscourse.run.external.reactor import READ, WRITE, Reactor
from dscourse.run.external.wire import LONGEST
from dscourse.run.supervise import Supervisor

__all__ = ["NodeProcess"]

_PIECE = 1 << 16
_MOST_WAITING = 64 << 20  # bytes that a node has not yet read
_LAST = 200  # characters of its last line that a sentence shows


class NodeProcess:
    """A process that reads and writes lines.

    ``on_line`` is called with each line of its standard output, ``on_error_line`` with each of its standard error,
    and ``on_end`` with a sentence when its standard output ends or it is impossible to go on.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        reactor: Reactor,
        command: Sequence[str],
        folder: Path,
        on_line: Callable[[bytes], None],
        on_error_line: Callable[[str], None],
        on_end: Callable[[str], None],
    ) -> None:
        self._reactor, self._on_line, self._on_end = reactor, on_line, on_end
        self._waiting, self._output = bytearray(), bytearray()
        self.over = False
        pipe = subprocess.PIPE
        self._process = supervisor.start(
            command, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, env=_environment()
        )
        popen = self._process.popen
        self._streams = [stream for stream in (popen.stdin, popen.stdout, popen.stderr) if stream]
        self._in, self._out, error = (stream.fileno() for stream in self._streams)
        for fd in (self._in, self._out):
            os.set_blocking(fd, False)
        self._errors = ErrorOutput(error, on_error_line)
        reactor.watch(self._out, READ, self._read)
        reactor.watch(error, READ, self._read_errors)

    # --- lines -----------------------------------------------------------------------------------

    def write(self, line: bytes) -> None:
        """Hand a line to the process; lines that it has yet to read wait here."""
        if self.over:
            return
        if not self._waiting:
            self._reactor.watch(self._in, WRITE, self._flush)
        self._waiting += line
        if len(self._waiting) > _MOST_WAITING:
            self._end(f"has left {_MOST_WAITING >> 20} MB of its standard input unread")

    def _flush(self) -> None:
        try:
            del self._waiting[: os.write(self._in, self._waiting[:_PIECE])]
        except BlockingIOError:
            return
        except OSError:  # it has ended, or has closed its standard input
            self._waiting.clear()
        if not self._waiting:
            self._reactor.unwatch(self._in)

    def _read(self) -> None:
        try:
            piece = os.read(self._out, _PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._end("")
            return
        self._output += piece
        if b"\n" in piece:
            *lines, self._output = self._output.split(b"\n")
            for line in lines:
                if not self.over and line.strip():
                    self._on_line(bytes(line))
        if len(self._output) > LONGEST and not self.over:
            self._end(f"wrote more than {LONGEST >> 20} MB without a line break")

    def _read_errors(self) -> None:
        if self._errors.read() == 0:
            self._reactor.unwatch(self._errors.fd)

    # --- life ------------------------------------------------------------------------------------

    def kill(self) -> None:
        """Kill the process and what it started, stopped or not, and wait for its end; harmless if it has ended."""
        self.over = True
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait()
        for stream in self._streams:
            self._reactor.unwatch(stream.fileno())
        self._errors.drain()
        while self._streams:
            self._streams.pop().close()

    def pause(self) -> None:
        """Stop the process and what it started, by SIGSTOP."""
        self._process.pause()

    def resume(self) -> None:
        """Let it go on, by SIGCONT."""
        self._process.resume()

    def _end(self, why: str) -> None:
        """Report the end; without a reason, how the process ended."""
        self.over = True
        self._reactor.unwatch(self._out)
        if not why:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.5)
            ended = self._process.ended()
            why = self._process.how_it_ended() if ended else "closed its standard output"
            self._errors.drain()
            if self.unfinished:
                why += f" in the middle of the line {self.unfinished!r}"
        self._on_end(why + self.last_words())

    def last_words(self, owner: str = "its") -> str:
        """Return the end of its standard error as the end of a sentence."""
        return self._errors.ending(owner)

    @property
    def unfinished(self) -> str:
        """The beginning of the line that it has written without a line break; "" without one."""
        return bytes(self._output[:_LAST]).decode(errors="replace").strip()

    @property
    def wrote_errors(self) -> bool:
        """True if it has written anything to its standard error."""
        return bool(self._errors.lines)


def _environment() -> dict[str, str]:
    """Return the environment, with the current folder among those in which Python looks for modules.

    Each node has a hash seed of its own, as processes on different machines have, and Python's usual buffers.
    """
    folders = [*filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)), os.getcwd()]
    dropped = ("PYTHONHASHSEED", "PYTHONUNBUFFERED")
    others = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**others, "PYTHONPATH": os.pathsep.join(folders)}
