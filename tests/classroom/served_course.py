"""The course as a class is given it: a clone in which nothing may be written, on a branch that students can pull."""

from __future__ import annotations

import shutil
import subprocess
from hashlib import blake2b
from pathlib import Path

from tests.notebooks.discovered import ROOT

__all__ = ["BRANCH", "clone", "contents", "protect", "release"]

BRANCH = "autumn"
_PARTS = ("dscourse", "notebooks", "data")
_APART = frozenset({".ipynb_checkpoints", "__pycache__", ".git"})


def clone(folder: Path) -> Path:
    """A repository of the course in ``folder``, on `BRANCH`; its files may not be written to."""
    for part in _PARTS:
        shutil.copytree(ROOT / part, folder / part)
        protect(folder / part)
    (folder / ".gitignore").write_text("__pycache__/\n", "utf-8")
    _git(folder, "init", "--quiet", "--initial-branch", BRANCH)
    _commit(folder)
    return folder


def release(course: Path, changed: dict[str, str]) -> None:
    """Bring a newer version of the course: these files, by name, with these texts."""
    for name, text in changed.items():
        path = course / name
        path.chmod(0o644)
        path.write_text(text, "utf-8")
        path.chmod(0o444)
    _commit(course)


def protect(folder: Path) -> None:
    """Let nobody write to the folder and its files; root may all the same."""
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def contents(folder: Path) -> dict[str, bytes]:
    """A digest of every file below the folder.

    JupyterLab keeps checkpoints and Python its byte code where they may write, and root may everywhere: these do
    not count.
    """
    return {
        path.relative_to(folder).as_posix(): blake2b(path.read_bytes()).digest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and _APART.isdisjoint(path.parts)
    }


def _commit(folder: Path) -> None:
    _git(folder, "add", "--all")
    _git(
        folder, "-c", "user.name=teacher", "-c", "user.email=teacher@localhost",
        "commit", "--quiet", "-m", "the course",
    )  # fmt: skip


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, stdin=subprocess.DEVNULL)
