"""The committed form of a notebook: the same cells and outputs always give the same file.

Stable cell ids, execution counts from 1, one kernelspec, no timing, no live widgets, and no style rules: a stored
widget view shows "model not found" in a fresh JupyterLab and hides the static picture behind it, and an untrusted
notebook is shown without rules. Pictures are PNG with a caption (`dscourse.course.pictures`). A live cell stores its
verdict alone (`dscourse.course.verdicts`), and a cell that writes a program says that the file is new.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dscourse.course import pictures
from dscourse.course.verdicts import is_live, verdicts

__all__ = [
    "dump",
    "execute",
    "is_normal",
    "load",
    "normalise",
    "pictures_in_html",
    "repeated_cell",
    "without_outputs",
]

Notebook = dict[str, Any]

_WIDGET = "application/vnd.jupyter.widget-view+json"
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_KEEP = ("tags", "nbgrader", "editable", "deletable")
_WRITTEN = re.compile(r"^Overwriting (?=my_nodes/)")
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def load(path: Path) -> Notebook:
    """Return the notebook in the file."""
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def dump(notebook: Notebook) -> str:
    """Return the notebook as the text of a file."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def normalise(notebook: Notebook) -> Notebook:
    """Return the notebook in its committed form; normalising it again changes nothing.

    >>> cell = {"cell_type": "code", "metadata": {"scrolled": True}, "source": "1 + 1", "outputs": []}
    >>> normalise({"cells": [cell]})["cells"][0]["execution_count"]
    1
    """
    ids: set[str] = set()
    cells = [_cell(cell, ids) for cell in notebook["cells"]]
    _count(cells)
    return {
        "cells": cells,
        "metadata": {"kernelspec": dict(_KERNEL), "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def repeated_cell(notebook: Notebook) -> str:
    """Return the first line of a cell that follows one of the same text: a merge of two branches doubled it; else "".

    >>> cell = {"cell_type": "code", "source": ["x = 1\\n", "x"]}
    >>> repeated_cell({"cells": [cell, {**cell, "id": "another"}]}), repeated_cell({"cells": [cell]})
    ('x = 1', '')
    """
    texts = ["".join(cell["source"]).strip() for cell in notebook["cells"]]
    return next(
        (text.splitlines()[0] for last, text in pairwise(texts) if text and text == last), ""
    )


def without_outputs(notebook: Notebook) -> Notebook:
    """Return the notebook as if no cell had been run.

    >>> cell = {"cell_type": "code", "source": "1 + 1", "outputs": ["2"], "execution_count": 1}
    >>> without_outputs({"cells": [cell]})["cells"]
    [{'cell_type': 'code', 'source': '1 + 1', 'outputs': [], 'execution_count': None}]
    """
    fresh: dict[str, Any] = {"outputs": [], "execution_count": None}
    cells = [
        {**cell, **fresh} if cell["cell_type"] == "code" else cell for cell in notebook["cells"]
    ]
    return {**notebook, "cells": cells}


def is_normal(path: Path) -> bool:
    """Return whether the file is in the committed form."""
    return path.read_text(encoding="utf-8") == dump(normalise(load(path)))


def pictures_in_html(notebook: Notebook) -> int:
    """Return the number of stored pictures that GitHub would not show: those that are not yet PNG outputs."""
    cells = notebook["cells"]
    return sum(pictures.in_html(output) for cell in cells for output in cell.get("outputs", []))


def _cell(cell: dict[str, Any], ids: set[str]) -> dict[str, Any]:
    source = _lines(cell["source"])
    metadata = {key: cell["metadata"][key] for key in _KEEP if key in cell.get("metadata", {})}
    normal: dict[str, Any] = {
        "cell_type": cell["cell_type"],
        "id": _identity(cell.get("id", ""), "".join(source), ids),
        "metadata": metadata,
        "source": source,
    }
    if cell["cell_type"] == "code":
        normal["execution_count"] = None
        outputs = cell.get("outputs", [])
        if is_live(metadata):
            outputs = list(verdicts(outputs))
        normal["outputs"] = _joined(list(_outputs(outputs)))
    return normal


def _identity(old: str, source: str, ids: set[str]) -> str:
    """Return the cell's id if it is valid and unique; otherwise one derived from its text."""
    chosen, salt = old, 0
    while not _ID.fullmatch(chosen) or chosen in ids:
        chosen = blake2b(f"{salt}{source}".encode(), digest_size=4).hexdigest()
        salt += 1
    ids.add(chosen)
    return chosen


def _joined(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join consecutive pieces of printed text into one output, however the kernel split them."""
    joined: list[dict[str, Any]] = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] = _lines("".join(last["text"]) + "".join(output["text"]))
        else:
            joined.append(output)
    return joined


def _outputs(outputs: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the outputs in their committed form, without those that were a live widget alone."""
    for output in outputs:
        if set(output.get("data", [])) != {_WIDGET}:
            yield from map(_output, pictures.stored(output))


def _output(output: dict[str, Any]) -> dict[str, Any]:
    normal = {key: value for key, value in output.items() if key != "execution_count"}
    if "data" in normal:
        normal["data"] = {
            kind: _stored(kind, value) if isinstance(value, str | list) else value
            for kind, value in normal["data"].items()
            if kind != _WIDGET
        }
        normal["metadata"] = pictures.about(output)
    if "text" in normal:
        normal["text"] = _lines(_WRITTEN.sub("Writing ", "".join(normal["text"])))
    return normal


def _stored(kind: str, value: str | list[str]) -> str | list[str]:
    """Return one form of an output as it is stored: bytes as one string, text as lines, HTML without style rules."""
    if kind == "image/png":
        return value
    lines = _lines(value)
    return _lines(pictures.without_rules("".join(lines))) if kind == "text/html" else lines


def _lines(text: str | list[str]) -> list[str]:
    """Return the text as a list of lines with their line ends, the form that changes least in a diff."""
    return (text if isinstance(text, str) else "".join(text)).splitlines(keepends=True)


def _count(cells: list[dict[str, Any]]) -> None:
    """Number the non-empty code cells from 1."""
    number = 0
    for cell in cells:
        if cell["cell_type"] == "code" and "".join(cell["source"]).strip():
            number += 1
            cell["execution_count"] = number
            for output in cell["outputs"]:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = number


def execute(path: Path) -> Notebook:
    """Run the notebook in a fresh kernel, and return it in its committed form; the file is unchanged.

    The kernel sees every exercise as not yet passed, whatever the reader has passed. nbclient's CellExecutionError if
    a cell raises.
    """
    import nbformat
    from nbclient import NotebookClient

    node = nbformat.reads(path.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(
        node, kernel_name="python3", timeout=60, resources={"metadata": {"path": path.parent}}
    )
    with TemporaryDirectory() as progress:
        client.execute(env={**os.environ, "DSCOURSE_PROGRESS": progress})
    return normalise(json.loads(json.dumps(node)))
