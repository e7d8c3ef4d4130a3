"""The exercises that this reader has passed: a small file in the user's data folder, never required.

The environment variable ``DSCOURSE_PROGRESS`` names another folder. The file is replaced as a whole, so that a full
disk or a crash leaves the old one, and a lock serialises the writes of several kernels. Where locks do not work, the
exercises passed in this kernel are merged in again with its next one. If nothing can be written, this kernel
remembers them until it ends, and `remember` says so. A damaged file is renamed and kept.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from pathlib import Path
from threading import Lock

from dscourse.core.files import in_turn, replace_text

__all__ = ["NAME", "folder", "passed", "remember"]

NAME = "progress.json"

_mine: dict[str, set[str]] = {}  # passed in this process, by folder
_warned: set[str] = set()
_threads = Lock()


def folder() -> Path:
    """Return the folder of the progress file. Raise FileNotFoundError for an unknown home folder."""
    chosen = os.environ.get("DSCOURSE_PROGRESS")
    if not chosen:
        from platformdirs import user_data_path

        chosen = str(user_data_path("dscourse", appauthor=False))
    expanded = os.path.expanduser(chosen)
    if expanded.startswith("~"):
        raise FileNotFoundError(errno.ENOENT, "there is no such home folder", chosen)
    return Path(os.path.realpath(expanded))


def passed() -> frozenset[str]:
    """Return the ids of the exercises passed, as far as the file and this kernel know them."""
    stored: set[str] = set()
    with contextlib.suppress(OSError):
        stored, _ = _read(folder() / NAME)
    return frozenset(stored | _mine.get(_folder(), set()))


def remember(exercise: str) -> str | None:
    """Add an exercise to those passed. If it cannot be stored, return a sentence, once per kernel and cause."""
    with _threads:
        mine = _mine.setdefault(_folder(), set())
        mine.add(exercise)
        try:
            _store(folder(), mine)
        except OSError as error:
            reason = error.strerror or str(error)
            warning = f"Progress cannot be stored in {_folder()} ({reason}): this kernel remembers it until it ends."
            if warning not in _warned:
                _warned.add(warning)
                return warning
    return None


def _folder() -> str:
    """Return the folder's name, even if the folder cannot be found."""
    try:
        return str(folder())
    except OSError as error:
        return str(error.filename or os.environ.get("DSCOURSE_PROGRESS"))


def _store(directory: Path, mine: set[str]) -> None:
    """Merge the exercises passed in this process into the file."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / NAME
    with in_turn(directory / f".{NAME}.lock"):
        stored, is_damaged = _read(file)
        if is_damaged:
            _set_aside(file)
        if not mine <= stored:
            replace_text(file, json.dumps({"passed": sorted(stored | mine)}, indent=1) + "\n")


def _read(file: Path) -> tuple[set[str], bool]:
    """Return the ids in the file, and whether it is damaged. Raise OSError if it exists but cannot be read."""
    try:
        passed = json.loads(file.read_bytes())["passed"]
    except FileNotFoundError:
        return set(), False
    except (ValueError, KeyError, TypeError, RecursionError):
        return set(), True
    if not isinstance(passed, list):
        return set(), True
    names = {name for name in passed if isinstance(name, str)}
    return names, len(names) < len(passed)


def _set_aside(file: Path) -> None:
    """Rename a damaged file to an unused name."""
    number = 1
    while (other := file.with_name(f"progress.damaged-{number}.json")).exists():
        number += 1
    with contextlib.suppress(FileNotFoundError):
        os.rename(file, other)
