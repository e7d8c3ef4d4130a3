"""The processes of one test, its folders, and the guardian that ends them if this process cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from dscourse.run.external import guardian
from dscourse.run.external.process import NodeProcess
from dscourse.run.external.reactor import Reactor
from dscourse.run.limits import most_processes

__all__ = ["Supervisor", "as_command", "check_processes"]


def check_processes(count: int) -> None:
    """Raise RuntimeError where no processes can be started, ValueError if ``count`` are more than are allowed."""
    if sys.platform in ("win32", "emscripten"):
        where = (
            "in a browser"
            if sys.platform == "emscripten"
            else "on Windows, which lacks their signals"
        )
        raise RuntimeError(f"nodes in other languages run on Linux and macOS, not {where}")
    most = most_processes()
    if not most:
        raise RuntimeError("real processes are switched off here: DSCOURSE_PROCESSES is 0")
    if count > most:
        raise ValueError(
            f"{count} nodes: a test has at most {most} processes; set DSCOURSE_PROCESSES to allow more"
        )


def as_command(command: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[str]:
    """Return the command of a node, with absolute paths for what is a file here, because nodes run in other folders.

    Raise FileNotFoundError or PermissionError, which name the program, if it cannot be run.
    """
    words = [command] if isinstance(command, str | os.PathLike) else list(command)
    if not words or not all(
        isinstance(word, str | os.PathLike) and os.fspath(word) for word in words
    ):
        raise ValueError(
            f'command={command!r}: a program and its arguments are required, such as ["node", "echo.js"]'
        )
    program, *arguments = [os.fspath(word) for word in words]
    found = shutil.which(program)
    if found is None and os.path.isfile(program):
        raise PermissionError(
            f"{program} is not executable: run chmod +x {program}, or name its interpreter first"
        )
    if found is None:
        hint = f'; write ["{program.split()[0]}", …]' if len(program.split()) > 1 else ""
        raise FileNotFoundError(f"no program is called {program!r}{hint}")
    return [
        os.path.abspath(found),
        *[os.path.abspath(word) if os.path.exists(word) else word for word in arguments],
    ]


class Supervisor:
    """A folder for each node, in ``folder`` or in a temporary one that is removed at the end.

    Without ``own_folders`` all nodes run in the current folder instead.
    """

    def __init__(
        self,
        reactor: Reactor,
        command: Sequence[str],
        folder: Path | None,
        own_folders: bool = True,
    ) -> None:
        self._reactor, self._command = reactor, command
        self.folder = (
            Path(tempfile.mkdtemp(prefix="dscourse-nodes-"))
            if folder is None
            else folder.absolute()
        )
        self._temporary, self._own_folders = folder is None, own_folders
        self._processes: list[NodeProcess] = []
        doomed = str(self.folder) if self._temporary else ""
        self._guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__, doomed],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def start(
        self,
        name: str,
        on_line: Callable[[bytes], None],
        on_error_line: Callable[[str], None],
        on_end: Callable[[str], None],
    ) -> NodeProcess:
        """Start the process of a node in its folder, which is the same one at each start."""
        folder = self.folder / name if self._own_folders else Path.cwd()
        folder.mkdir(parents=True, exist_ok=True)
        process = NodeProcess(self._reactor, self._command, folder, on_line, on_error_line, on_end)
        self._processes.append(process)
        self._tell(f"+{process.pid}")
        return process

    def kill(self, process: NodeProcess) -> None:
        """Kill a process, and wait for its end."""
        process.kill()
        if process in self._processes:
            self._processes.remove(process)
            self._tell(f"-{process.pid}")

    def close(self) -> None:
        """Kill what is left, remove the temporary folder, and end the guardian."""
        for process in list(self._processes):
            self.kill(process)
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)
        assert self._guardian.stdin is not None
        with suppress(OSError):
            self._guardian.stdin.close()
        self._guardian.wait()

    def _tell(self, line: str) -> None:
        assert self._guardian.stdin is not None
        with suppress(OSError):  # if it was killed, this process still kills its nodes itself
            self._guardian.stdin.write(f"{line}\n".encode())
            self._guardian.stdin.flush()
