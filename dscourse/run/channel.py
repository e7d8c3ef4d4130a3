"""The switch's ends of the socket and the standard error of one process.

A process that is killed leaves events behind that it has sent, and cannot be sent anything more. A failed write
therefore ends nothing: the channel is read to its end, and only then closed.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import IO, Any

from dscourse.run.error_output import ErrorOutput
from dscourse.run.frames import FrameError, Frames

__all__ = ["Channel", "ErrorChannel"]

PIECE = 1 << 18


class Channel:
    """Frames in and out of ``sock``: ``receive`` is called with each frame, ``end`` after the last one.

    ``damaged`` is called with the error for bytes other than frames; nothing is read after them.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        receive: Callable[[list[Any]], None],
        end: Callable[[Channel], None],
        damaged: Callable[[FrameError], None],
    ) -> None:
        self._loop, self._socket, self._receive, self._end = loop, sock, receive, end
        self._damaged = damaged
        self._frames, self._waiting, self._writable = Frames(), bytearray(), True
        sock.setblocking(False)
        loop.add_reader(sock, self._read)

    @property
    def waiting(self) -> int:
        """The number of bytes that the process has yet to take."""
        return len(self._waiting)

    def write(self, data: bytes) -> None:
        """Send the data, at once or when the process takes it; nothing is sent to one that has ended."""
        if not self._writable:
            return
        if self._waiting:
            self._waiting += data
            return
        sent = self._send(data)
        if sent < len(data) and self._writable:
            self._waiting += memoryview(data)[sent:]
            self._loop.add_writer(self._socket, self._flush)

    def _send(self, data: bytes | bytearray) -> int:
        """Return how many bytes the socket has taken."""
        try:
            return self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:  # the process has ended; what it sent before can still be read
            self._writable = False
            return 0

    def _flush(self) -> None:
        del self._waiting[: self._send(self._waiting)]
        if not self._writable:
            self._waiting.clear()
        if not self._waiting:
            self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        try:
            piece = self._socket.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:  # it ended before it had read all that was sent to it
            piece = b""
        if not piece:
            self._close()
        try:
            for frame in self._frames.feed(piece):
                self._receive(frame)
        except FrameError as error:
            self._damaged(error)
            self._close()

    def _close(self) -> None:
        self._writable = False
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self._end(self)


class ErrorChannel(ErrorOutput):
    """The standard error of a process, read as it comes, so that the process never waits for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, stream: IO[bytes] | None) -> None:
        assert stream is not None
        super().__init__(stream.fileno())
        self._loop, self._stream = loop, stream
        loop.add_reader(self.fd, self._take)

    def _take(self) -> None:
        if self.read() == 0:
            self._loop.remove_reader(self.fd)

    def close(self) -> None:
        """Read the rest, and close it."""
        self.drain()
        self._loop.remove_reader(self.fd)
        self._stream.close()
