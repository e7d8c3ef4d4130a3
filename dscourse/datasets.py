"""Recorded data by name, so that notebooks contain no paths.

``data/README.md`` gives the source of each file, its columns and units, and how to record it again.
"""

from __future__ import annotations

import csv
import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["folder", "load", "names"]


def folder() -> Path:
    """Return the folder of the recorded data: beside the package in a checkout, inside it in an installed wheel.

    LookupError if it is in neither place.
    """
    package = Path(__file__).resolve().parent
    for directory in (package / "_data", package.parent / "data"):
        if (directory / "README.md").is_file():
            return directory
    raise LookupError(f"no recorded data beside {package} nor inside it")


def names() -> tuple[str, ...]:
    """Return the names of all recordings, in alphabetical order.

    >>> "heartbeats/idle" in names()
    True
    """
    directory = folder()
    return tuple(
        sorted(
            file.relative_to(directory).with_suffix("").as_posix()
            for file in directory.rglob("*.csv")
        )
    )


def load(name: str) -> dict[str, NDArray[Any]]:
    """Return the columns of a recording by name; a name includes the unit.

    A column is an array of whole numbers, or of text if one of its values is not a whole number. LookupError for an
    unknown recording.

    >>> sorted(load("heartbeats/idle"))
    ['arrived_us', 'number', 'sent_us']
    """
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3) or known
        raise LookupError(f"no recording is called {name!r}: did you mean {', '.join(near)}?")
    with (folder() / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        columns, *rows = csv.reader(file)
    return {
        column: _array([row[column_index] for row in rows])
        for column_index, column in enumerate(columns)
    }


def _array(values: list[str]) -> NDArray[Any]:
    import numpy as np

    try:
        return np.array(values, dtype=np.int64)
    except ValueError:
        return np.array(values)
