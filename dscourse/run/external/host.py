"""One node of a test: its process, which can be killed, started again and stopped."""

from __future__ import annotations

from collections.abc import Callable

from dscourse.run.external.book import Book
from dscourse.run.external.process import NodeProcess

__all__ = ["Host"]


class Host:
    """A node and its process, if it has one; ``start`` starts one, and ``killed`` is called when it was killed."""

    def __init__(
        self, name: str, book: Book, start: Callable[[str], None], killed: Callable[[str], None]
    ) -> None:
        self.name, self._book, self._start, self._killed = name, book, start, killed
        self.process: NodeProcess | None = None
        self.paused = False

    def crash(self, lose: int = 0) -> None:
        """Kill the process, if there is one: SIGKILL. Its files stay; ``lose`` is 0."""
        if self.process is not None:
            self.process.kill()
            self.process, self.paused = None, False
            self._book.note("crash", self.name, id=0, detail=lose)
            self._killed(self.name)

    def restart(self) -> None:
        """Start a process in the same folder, if there is none."""
        if self.process is None:
            self._book.note("restart", self.name)
            self._start(self.name)

    def pause(self) -> None:
        """Stop the process: SIGSTOP."""
        if self.process is not None and not self.paused:
            self.paused = True
            self.process.pause()
            self._book.note("pause", self.name)

    def resume(self) -> None:
        """Let a stopped process go on: SIGCONT."""
        if self.process is not None and self.paused:
            self.paused = False
            self.process.resume()
            self._book.note("resume", self.name)

    def recover(self) -> None:
        """Let the node run: stopped, it goes on; killed, it starts again."""
        self.resume()
        self.restart()
