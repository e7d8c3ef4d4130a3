"""The notebooks of the edition: a reader's copy, as ``dscourse copy`` lays it out.

A chapter that computes or draws with packages that come from elsewhere begins with a cell that imports them: Pyodide
fetches what a cell imports before the cell runs. If they cannot be fetched the cell says so, and the chapter goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dscourse.course.chapters import CHAPTERS
from dscourse.course.copies import RECORD, copy_course
from dscourse.course.form import dump, load, normalise, without_outputs

__all__ = ["CURVES", "PURE", "write"]

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
PURE = frozenset({0, 2, 4, 10})  # these chapters need nothing from elsewhere
CURVES = frozenset({1, 6, 8, 14})  # these draw a curve, and go on without it
MORE = {
    17: ("msgspec", "cloudpickle")
}  # this one reads recordings; what starts processes says that none can run
_FETCH = """\
# In the browser, this cell fetches the packages that the chapter uses. It needs the network, and some seconds.
try:
    import {names}
except ImportError:
    print("{missing}")"""
_NO_CURVES = (
    "There is no network, or it refuses: each curve of this chapter is replaced by a sentence."
)
_NO_NUMBERS = "There is no network, or it refuses: cells that use arrays will fail. Run this cell again later."


def write(folder: Path) -> None:
    """Write the notebooks, pages and pictures into ``folder``."""
    copy_course(folder, NOTEBOOKS)
    (folder / RECORD).unlink()
    for chapter in CHAPTERS:
        if chapter.number in CURVES:
            _begin(folder / chapter.file, ["matplotlib"], _NO_CURVES)
        elif chapter.number not in PURE:
            names = ["matplotlib", "numpy", "scipy", *MORE.get(chapter.number, ())]
            _begin(folder / chapter.file, names, _NO_NUMBERS)


def _begin(path: Path, names: Iterable[str], missing: str) -> None:
    """Put a cell that fetches these packages before all others of a notebook."""
    cell = {
        "cell_type": "code", "id": "browser", "metadata": {}, "outputs": [],
        "source": _FETCH.format(names=", ".join(names), missing=missing),
    }  # fmt: skip
    notebook = normalise({"cells": [cell, *load(path)["cells"]]})
    path.write_text(dump(without_outputs(notebook)), "utf-8")
