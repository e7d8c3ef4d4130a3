"""Tests of the plugin: the same diagram, sentence or live verdict passes, whatever else differs, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dscourse.course.form import dump, normalise
from dscourse.show import Picture

ROOT = Path(__file__).resolve().parents[2]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="9"/>'
SOURCE = (
    f"from dscourse.show import Picture\nPicture('Two messages were lost.', svg='{SVG.format(9)}')"
)


def picture(width: int = 9, sentence: str = "Two messages were lost.") -> dict[str, Any]:
    data = Picture(sentence, svg=SVG.format(width))._repr_mimebundle_()
    return {"output_type": "execute_result", "metadata": {}, "data": data}


def cell(*outputs: dict[str, Any]) -> dict[str, Any]:
    raw = {"cell_type": "code", "metadata": {}, "source": SOURCE, "outputs": [*outputs]}
    shown: dict[str, Any] = normalise({"cells": [raw]})["cells"][0]
    return shown


def _redrawn() -> dict[str, Any]:
    shown = cell(picture())
    shown["outputs"][0]["data"]["image/png"] = "AAAA"
    return shown


def _without(index: int) -> dict[str, Any]:
    shown = cell(picture())
    del shown["outputs"][index]
    return shown


def live(verdict: str, *tags: str) -> dict[str, Any]:
    """A cell whose measured lines differ in every run, and the verdict that it stores."""
    data = {"text/plain": f"{verdict}\n  12 ms", "text/html": "<b>12 ms</b>"}
    source = "from dscourse.run.live import Live\nLive('Nothing is lost.', True, (f'{id(object())} ms',))"
    shown = {"output_type": "execute_result", "metadata": {}, "data": data}
    raw = {"cell_type": "code", "metadata": {"tags": [*tags]}, "source": source, "outputs": [shown]}
    normal: dict[str, Any] = normalise({"cells": [raw]})["cells"][0]
    return normal


CELLS = {
    "PASSED": {
        "the same": cell(picture()),
        "other bytes": _redrawn(),
        "live, and the same verdict": live("Nothing is lost.", "live"),
    },
    "FAILED": {
        "live, and another verdict": live("A write is lost.", "live"),
        "not live": live("Nothing is lost."),
        "another drawing": cell(picture(width=8)),
        "another sentence": cell(picture(sentence="Three messages were lost.")),
        "no caption": _without(1),
        "no picture": _without(0),
        "twice": cell(picture(), picture()),
        "nothing": cell(),
    },
}
NAMES = [(verdict, name) for verdict, cells in CELLS.items() for name in cells]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """nbval's verdict on each cell, in order."""
    path = tmp_path_factory.mktemp("pictures") / "n.ipynb"
    cells = [one for cells in CELLS.values() for one in cells.values()]
    path.write_text(dump(normalise({"cells": cells})), "utf-8")
    plugins = ["-p", "no:cacheprovider", "-p", "tests.notebooks.pictures"]
    settings = [
        "--nbval",
        "--nbval-current-env",
        "--nbval-sanitize-with",
        "tests/notebooks/nbval.cfg",
    ]
    command = [
        sys.executable,
        "-m",
        "pytest",
        *plugins,
        *settings,
        "--rootdir",
        path.parent,
        "-v",
        path,
    ]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return re.findall(r"::Cell \d+ (\w+) +\[", ended.stdout)


@pytest.mark.parametrize(("verdict", "name"), NAMES, ids=[name for _, name in NAMES])
def test_what_differs_in_drawing_sentence_or_verdict_is_found(
    verdict: str, name: str, verdicts: list[str]
) -> None:
    assert len(verdicts) == len(NAMES)
    assert verdicts[NAMES.index((verdict, name))] == verdict


def test_a_live_cell_stores_its_verdict_alone() -> None:
    (output,) = live("Nothing is lost.", "live")["outputs"]
    assert output["data"] == {"text/plain": ["Nothing is lost."]}
