"""A double run of every cell in one kernel, compared with the stored outputs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from dscourse.course.form import Notebook, dump, normalise
from tests.notebooks.text import source

Output = dict[str, Any]


def complaints(notebook: Notebook, folder: Path, progress: Path) -> list[str]:
    """Return the cells whose outputs at the first or second run differ from the stored ones."""
    environment = {**os.environ, "PYTHONHASHSEED": "20", "DSCOURSE_PROGRESS": str(progress)}
    node = nbformat.reads(dump(normalise(notebook)), as_version=4)
    client = NotebookClient(
        node, kernel_name="python3", timeout=60, resources={"metadata": {"path": folder}}
    )
    stored = [visible(cell.get("outputs", [])) for cell in normalise(notebook)["cells"]]
    with client.setup_kernel(env=environment):
        return list(_differences(client, node, stored))


def _differences(client: NotebookClient, node: Any, stored: list[list[Output]]) -> Iterator[str]:
    for index, cell in enumerate(node.cells):
        if cell.cell_type != "code" or not source(cell).strip():
            continue
        for run in ("first", "second"):
            try:
                client.execute_cell(cell, index)
            except CellExecutionError as error:
                yield f"cell {index}, {run} run: {str(error).strip().splitlines()[-1]}"
                return
            now = visible(normalise({"cells": [cell]})["cells"][0]["outputs"])
            if now != stored[index]:
                yield f"cell {index}, {run} run: {_first_difference(stored[index], now)}"


def visible(outputs: list[Output]) -> list[Output]:
    """Return the outputs without counts and without PNG pictures, which differ between machines."""
    return [_without_png(output) for output in outputs]


def _without_png(output: Output) -> Output:
    kept = {key: value for key, value in output.items() if key != "execution_count"}
    if "data" in kept:
        kept["data"] = {
            kind: value
            for kind, value in kept["data"].items()
            if kind != "image/png" and "data:image/png" not in "".join(value)
        }
    return kept


def _first_difference(stored: list[Output], now: list[Output]) -> str:
    for before, after in zip(stored, now, strict=False):
        if before != after:
            return f"stored {str(before)[:200]} but now {str(after)[:200]}"
    return f"{len(stored)} outputs are stored, now there are {len(now)}"
