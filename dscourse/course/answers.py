"""The exercises of a notebook, as a fresh kernel judges them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dscourse.course.lab import kernel_settings
from dscourse.course.reading import code_cells, source

__all__ = ["Answer", "outcomes"]

_CHECK = re.compile(r"""exercises\.check\(\s*["'](\d\d\.\d+)["']""")


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one exercise in one notebook; true if it is passed."""

    exercise: str
    text: str

    def __bool__(self) -> bool:
        return self.text.startswith(f"{self.exercise}: passed")

    def __str__(self) -> str:
        return self.text


def outcomes(path: Path) -> Iterator[Answer]:
    """Run the notebook in a fresh kernel, in its own folder, and yield the outcome of each exercise.

    The file is unchanged. ValueError if the file is not a notebook, or if nbclient is not installed; a cell that
    raises does not stop the others.
    """
    for cell in code_cells(_executed(path)):
        for exercise in _CHECK.findall(source(cell)):
            yield Answer(exercise, _text(exercise, cell["outputs"]))


def _executed(path: Path) -> dict[str, Any]:
    try:
        import nbformat
        from nbclient import NotebookClient
    except ImportError:
        raise ValueError('notebooks need JupyterLab to run: pip install "dscourse[lab]"') from None
    if path.is_dir():
        raise ValueError(f"{path} is a folder: name notebooks, as in {path / '*.ipynb'}")
    try:
        node = nbformat.reads(path.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, AttributeError):
        raise ValueError(f"{path} is not a notebook") from None
    context = {"metadata": {"path": path.absolute().parent}}
    client = NotebookClient(
        node, kernel_name="python3", timeout=120, allow_errors=True, resources=context
    )
    client.config.KernelManager.update(kernel_settings())
    client.execute()
    executed: dict[str, Any] = json.loads(json.dumps(node))
    return executed


def _text(exercise: str, outputs: list[dict[str, Any]]) -> str:
    """Return the outcome that a cell shows, in one line."""
    for output in outputs:
        text = "".join(output.get("data", {}).get("text/plain", ""))
        if text.startswith(f"{exercise}: "):
            return text.splitlines()[0]
        if output["output_type"] == "error":
            return f"{exercise}: the cell ends with {output['ename']}: {output['evalue']}".splitlines()[
                0
            ]
    return f"{exercise}: the cell shows no outcome; its last line must be exercises.check(…)"
