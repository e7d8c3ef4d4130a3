"""A reader's own copy of the notebooks, which survives an update of the course.

Its notebooks arrive without outputs, so that no prediction is answered before it is made.

A file that the reader has not changed is updated. A changed file is kept; a newer version from the course is put
beside it as ``<name>.new.ipynb``, or as ``<name>.new-2.ipynb`` if the reader has changed that one too. Only the text
and attachments of a notebook's cells count: outputs and metadata, which running or saving it changes, do not.
Deliveries are recorded in ``.dscourse-copies.json``; a file that is not recorded there belongs to the reader.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

from dscourse.core.files import in_turn, replace_bytes, replace_text
from dscourse.course.chapters import CHAPTERS, notebooks_folder
from dscourse.course.form import dump, load, without_outputs

__all__ = ["RECORD", "Copied", "Delivery", "copy_course", "default_folder"]

RECORD = ".dscourse-copies.json"
_HOME = "dscourse-notebooks"


@dataclass(frozen=True, slots=True)
class Copied:
    """The fate of one file: "new", "updated", "unchanged", "kept", "kept, newer beside it as …", "not copied: …"."""

    name: str
    fate: str

    def __str__(self) -> str:
        return f"{self.name}: {self.fate}"

    @property
    def failed(self) -> bool:
        """True if the file could not be read or written."""
        return self.fate.startswith("not copied")


def default_folder() -> Path:
    """Return the folder of the reader's copy: the current folder if it holds one, else one in the reader's home.

    ValueError if the home folder is unknown.
    """
    here = Path.cwd()
    if CHAPTERS[0].file in _recorded(here):
        return here
    try:
        return Path.home() / _HOME
    except RuntimeError:
        raise ValueError("your home folder is unknown: name a folder for your copy") from None


def copy_course(folder: Path, notebooks: Path | None = None) -> list[Copied]:
    """Copy the course's notebooks, pages and pictures to ``folder``, without overwriting a reader's changes.

    Returns the fate of each notebook and page, and of each picture that was kept or not copied. FileNotFoundError if
    the course's notebooks are missing, ValueError if ``folder`` is a file, a clone of the course, or in the course's
    own folder.
    """
    course = notebooks or notebooks_folder()
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: name a folder")
    if folder.resolve().is_relative_to(course.resolve()):
        raise ValueError(f"{folder} is in the course's own folder: name another one")
    if (folder / "dscourse" / "course").is_dir():
        raise ValueError(f"{folder} is a clone of the course's repository: name another folder")
    pages = sorted([*course.glob("*.ipynb"), *course.glob("*.md")])
    pictures = sorted(path for path in (course / "pictures").rglob("*") if path.is_file())
    with Delivery(folder) as delivery:
        done = [delivery.bring(path, path.name) for path in pages]
        images = [delivery.bring(path, path.relative_to(course).as_posix()) for path in pictures]
    return [*done, *(one for one in images if one.failed or one.fate.startswith("kept"))]


class Delivery:
    """A delivery of files to a folder; a context manager that records the delivered files, even after an error."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._turn = in_turn(folder / f"{RECORD}.lock")
        self._known: dict[str, str] = {}
        self._before: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._turn.__enter__()
        self._before = _recorded(self._folder)
        self._known = dict(self._before)
        return self

    def __exit__(self, *error: object) -> None:
        try:
            if self._known != self._before:
                text = json.dumps(self._known, indent=1, sort_keys=True) + "\n"
                replace_text(self._folder / RECORD, text)
        finally:
            self._turn.__exit__(None, None, None)

    def bring(self, source: Path, name: str) -> Copied:
        """Copy one file to this name in the folder, or beside it, without overwriting the reader's work."""
        try:
            return Copied(name, self._bring(source, name))
        except OSError as error:
            return Copied(name, f"not copied: {error.strerror or error}")

    def beside(self, name: str) -> Iterator[str]:
        """Yield the names for a newer file beside one that is kept."""
        path = Path(name)
        for mark in itertools.chain([".new"], (f".new-{number}" for number in itertools.count(2))):
            yield path.with_name(f"{path.stem}{mark}{path.suffix}").as_posix()

    def _bring(self, source: Path, name: str) -> str:
        data = _fresh(source)
        now, there = _digest(data), self._digest_at(name)
        if there == now:
            self._known[name] = now
            return "unchanged"
        if self._is_free(name):
            self._write(name, data, now)
            return "new" if there is None else "updated"
        if self._known.get(name) == now:
            return "kept"
        beside = next(
            one for one in self.beside(name) if self._is_free(one) or self._digest_at(one) == now
        )
        if self._digest_at(beside) != now:
            self._write(beside, data, now)
        self._known[beside] = now
        return f"kept, newer beside it as {beside}"

    def _is_free(self, name: str) -> bool:
        """Return whether the name is unused, or its file is as delivered. A symbolic link belongs to the reader."""
        path = self._folder / name
        if path.is_symlink():
            return False
        return not path.exists() or self._digest_at(name) == self._known.get(name, "")

    def _digest_at(self, name: str) -> str | None:
        path = self._folder / name
        return _digest(path.read_bytes()) if path.is_file() else None

    def _write(self, name: str, data: bytes, digest: str) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_bytes(path, data)
        self._known[name] = digest


def _fresh(source: Path) -> bytes:
    """Return the content of a file; a notebook's without outputs."""
    if source.suffix == ".ipynb":
        return dump(without_outputs(load(source))).encode()
    return source.read_bytes()


def _digest(data: bytes) -> str:
    """Return a digest of the cells' content, or of a file other than a notebook, regardless of line endings."""
    text = data.replace(b"\r\n", b"\n")
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
        contents = [_content(cell) for cell in json.loads(data)["cells"]]
        text = json.dumps([content for content in contents if any(content[1:])]).encode()
    return blake2b(text, digest_size=16).hexdigest()


def _content(cell: dict[str, Any]) -> tuple[object, ...]:
    """Return a cell's type, its text and its attachments, if any."""
    source = cell["source"]
    lines = source if isinstance(source, list) else [source]
    text = "".join(lines).replace("\r\n", "\n")
    attached = cell.get("attachments")
    return (cell["cell_type"], text, attached) if attached else (cell["cell_type"], text)


def _recorded(folder: Path) -> dict[str, str]:
    """Return the digest of each delivered file by name; empty if the record is missing or damaged."""
    try:
        record = json.loads((folder / RECORD).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    pairs = record.items() if isinstance(record, dict) else ()
    return {name: digest for name, digest in pairs if isinstance(digest, str)}
