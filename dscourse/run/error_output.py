"""The standard error of a process: its last lines are kept, however much it writes."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable

__all__ = ["ErrorOutput"]

_LINES, _LENGTH = 40, 1_000  # lines that are kept, and characters of each
_PIECE = 1 << 16


class ErrorOutput:
    r"""The last lines that came through a pipe; ``on_line`` is called with each.

    >>> source, target = os.pipe()
    >>> output = ErrorOutput(source)
    >>> _ = os.write(target, b"first\nlast")
    >>> output.read(), output.read(), output.ending()
    (10, None, '; its standard error ends:\n    first')
    >>> os.close(target)
    >>> output.read(), output.ending()
    (0, '; its standard error ends:\n    first\n    last')
    """

    def __init__(self, fd: int, on_line: Callable[[str], None] = lambda line: None) -> None:
        self.fd, self._on_line = fd, on_line
        os.set_blocking(fd, False)
        self.lines: deque[str] = deque(maxlen=_LINES)
        self._rest = b""

    def read(self) -> int | None:
        """Read the bytes that are there; return their number: None if there are none yet, 0 at the end."""
        try:
            piece = os.read(self.fd, _PIECE)
        except BlockingIOError:
            return None
        except OSError:  # it is closed
            piece = b""
        *lines, rest = (self._rest + piece).split(b"\n")
        self._rest = rest[-_PIECE:] if piece else b""
        for line in lines if piece else [rest]:
            if text := line.decode(errors="replace").rstrip():
                self.lines.append(text[:_LENGTH])
                self._on_line(text)
        return len(piece)

    def drain(self) -> None:
        """Read the rest after the end of the process, 1 MB at most: a child of it may still write."""
        for _ in range(16):
            if not self.read():
                return

    def ending(self, owner: str = "its", lines: int = 12) -> str:
        """Return the last lines, this many at most, as the end of a sentence about their ``owner``."""
        last = "".join(f"\n    {line}" for line in [*self.lines][-lines:])
        return f"; {owner} standard error {f'ends:{last}' if last else 'is empty'}"
