"""The program that each node runs: its command, its folder and its environment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Program", "as_command"]


@dataclass(frozen=True, slots=True)
class Program:
    """A command, and the folder in which each node gets one of its own; without it all run in the current folder."""

    command: Sequence[str]
    folders: Path | None

    def folder(self, node: str) -> Path:
        """Return the folder of a node, the same one at each start; it exists."""
        folder = Path.cwd() if self.folders is None else self.folders.absolute() / node
        folder.mkdir(parents=True, exist_ok=True)
        return folder


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
