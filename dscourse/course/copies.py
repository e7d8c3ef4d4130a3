"""A student's own copy of the notebooks, which survives an update of the course.

A notebook that the student has not changed is brought up to date. One that was changed is kept; if the course has a
newer one, that is put beside it as ``<name>.new.ipynb``. Only what stands in the cells counts: running a notebook
changes its outputs, and is no change. What was copied is remembered in ``.dscourse-copies.json``.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from dscourse.course.chapters import notebooks_folder

__all__ = ["RECORD", "Copied", "copy_course"]

RECORD = ".dscourse-copies.json"


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of one notebook: "new", "updated", "unchanged", "kept" or "kept, newer beside it"."""

    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"


def copy_course(folder: Path, notebooks: Path | None = None) -> list[Copied]:
    """Copy the course's notebooks, pages and pictures to ``folder``, and never overwrite what a student has changed.

    Returns what became of each file. FileNotFoundError where the course's notebooks are not beside the package,
    ValueError if ``folder`` is a file or the course's own folder.
    """
    course = notebooks or notebooks_folder()
    if course is None:
        raise FileNotFoundError(
            "the notebooks are not beside the package: install dscourse from a clone of its repository"
        )
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: name a folder")
    if folder.resolve().is_relative_to(course.resolve()):
        raise ValueError(f"{folder} is in the course's own folder: name another one")
    folder.mkdir(parents=True, exist_ok=True)
    known = _recorded(folder)
    pages = sorted([*course.glob("*.ipynb"), *course.glob("*.md")])
    done = [_copy(source, folder, known) for source in pages]
    if (course / "pictures").is_dir():
        shutil.copytree(course / "pictures", folder / "pictures", dirs_exist_ok=True)
    (folder / RECORD).write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")
    return done


def _copy(source: Path, folder: Path, known: dict[str, str]) -> Copied:
    """Copy one notebook, if that loses nothing; ``known`` is what was copied last, by name."""
    target, now = folder / source.name, _digest(source)
    beside = target.with_suffix(f".new{target.suffix}")
    if not target.exists():
        what = "new"
    elif _digest(target) == now:
        known[source.name] = now
        return Copied(source.name, "unchanged")
    elif _digest(target) == known.get(source.name):
        what = "updated"
    elif known.get(source.name) == now:
        return Copied(source.name, "kept")
    else:
        shutil.copyfile(source, beside)
        return Copied(source.name, f"kept, newer beside it as {beside.name}")
    shutil.copyfile(source, target)
    known[source.name] = now
    return Copied(source.name, what)


def _digest(path: Path) -> str:
    """A digest of what stands in the cells; of the whole file, if it is no notebook."""
    text = path.read_bytes()
    try:
        cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(text)["cells"]]
        text = json.dumps(cells).encode()
    except (ValueError, KeyError, TypeError):
        pass
    return blake2b(text, digest_size=16).hexdigest()


def _recorded(folder: Path) -> dict[str, str]:
    """What was copied last; nothing if the record is missing or damaged."""
    try:
        found = json.loads((folder / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return (
        {str(name): str(digest) for name, digest in found.items()}
        if isinstance(found, dict)
        else {}
    )
