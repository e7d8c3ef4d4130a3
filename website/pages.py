"""Notebooks as pages of the website: predictions, answers and solutions are folded, for there is no kernel to ask.

Stored pictures become images with alternative text again, which turn dark with the page.
"""

from __future__ import annotations

import copy
import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dscourse.course import pictures
from dscourse.course.generate import NAVIGATION
from dscourse.exercises import catalogue
from dscourse.exercises.tasks import Prediction, Task

__all__ = ["LITE", "page", "write_downloads", "write_pages"]

LITE = "lite/lab/index.html"  # the edition for the browser, in the site
Notebook = dict[str, Any]
Cell = dict[str, Any]

_CALL = re.compile(r"""^exercises\.(predict|reveal|check)\(["'](\d\d\.\d+)["']""")
_OUTSIDE = re.compile(r"\[([^\]]*)\]\(\.\./([^)]+)\)")
_SOLUTIONS = re.compile(r"\n*Worked solutions: `exercises\.solution\([^`]*`[^\n]*\n*")


def write_pages(source: Path, target: Path, repository: str, has_edition: bool = False) -> None:
    """Write each notebook and each text of ``source`` as a page into ``target``.

    ``repository`` is the address below which the files of the repository are; with "" links to them are plain text.
    With ``has_edition`` the chapters link to the edition for the browser, which is part of the site.
    """
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.ipynb")):
        notebook = json.loads(path.read_text("utf-8"))
        shown = page(notebook, repository)
        shown = _with_launches(shown, _launches(path.name, repository, has_edition))
        text = json.dumps(shown, ensure_ascii=False, indent=1)
        (target / path.name).write_text(text + "\n", "utf-8")
    for path in sorted(source.glob("*.md")):
        (target / path.name).write_text(_with_links(path.read_text("utf-8"), repository), "utf-8")


def write_downloads(source: Path, target: Path) -> None:
    """Write each notebook of ``source`` as the reader of a page downloads it: whole, and not yet run."""
    for path in sorted(source.glob("*.ipynb")):
        notebook = json.loads(path.read_text("utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        text = json.dumps(notebook, ensure_ascii=False, indent=1)
        (target / path.name).write_text(text + "\n", "utf-8")


def page(notebook: Notebook, repository: str) -> Notebook:
    """Return the notebook as a page: cells that ask a kernel are replaced by text that can be unfolded.

    >>> cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": 'exercises.predict("00.1", None)'}
    >>> shown = page({"cells": [cell], "metadata": {}}, "https://example.org")
    >>> shown["cells"][0]["cell_type"]
    'markdown'
    """
    shown = copy.deepcopy(notebook)
    shown["cells"] = [new for cell in shown["cells"] for new in _cells(cell, repository)]
    return shown


def _cells(cell: Cell, repository: str) -> Iterator[Cell]:
    source = "".join(cell["source"])
    call = _CALL.match(source)
    if cell["cell_type"] == "markdown":
        yield cell | {"source": _SOLUTIONS.sub("\n\n", _with_links(source, repository))}
    elif call is None:
        yield _with_images(cell)
    else:
        kind, name = call[1], call[2]
        if kind == "check":
            yield cell | {"outputs": []}
        yield {
            "cell_type": "markdown",
            "id": f"{cell['id']}-{kind}",
            "metadata": {},
            "source": _FOLDED[kind](name),
        }


def _with_images(cell: Cell) -> Cell:
    return cell | {"outputs": list(pictures.live(cell["outputs"]))} if "outputs" in cell else cell


def _launches(file: str, repository: str, has_edition: bool) -> list[str]:
    """Return the links that run a chapter: in the edition for the browser, on Binder, and in Colab."""
    links = []
    if has_edition:
        links.append(f'<a href="../{LITE}?path={file}">In this browser</a>')
    if repository:
        name = repository.removeprefix("https://github.com/")
        binder = f"https://mybinder.org/v2/gh/{name}/HEAD?urlpath=lab%2Ftree%2Fcourse%2F{file}"
        colab = f"https://colab.research.google.com/github/{name}/blob/colab/{file}"
        links += [f"[Binder]({binder})", f"[Colab]({colab})"]
    return links


def _with_launches(notebook: Notebook, links: list[str]) -> Notebook:
    """Return the page with these links below its title, if there are any."""
    if not links:
        return notebook
    line = f"Run it: {' · '.join(links)} · or download it above."
    cells = [
        cell | {"source": f"{''.join(cell['source'])}\n\n{line}"}
        if cell.get("id") == NAVIGATION
        else cell
        for cell in notebook["cells"]
    ]
    return notebook | {"cells": cells}


def _with_links(text: str, repository: str) -> str:
    """Return the text with links to files outside of the notebooks' folder that lead somewhere, or with none."""
    to = rf"[\1]({repository}/blob/HEAD/\2)" if repository else r"\1"
    return _OUTSIDE.sub(to, text).replace("](glossary.ipynb)", "](glossary.md)")


# --- what is folded ------------------------------------------------------------------------------


def _question(name: str) -> str:
    prediction = _prediction(name)
    options = "".join(
        f"<li><b>{letter}</b> {html.escape(text)}</li>"
        for letter, (text, _) in prediction.options.items()
    )
    return (
        f'<div class="prediction"><p><b>Predict.</b> {html.escape(prediction.question)}</p>'
        f"<ul>{options}</ul><p>Choose one before you read on.</p></div>"
    )


def _answer(name: str) -> str:
    prediction = _prediction(name)
    reasons = "".join(
        f"<li><b>{letter}</b> {html.escape(why)}</li>"
        for letter, (_, why) in prediction.options.items()
    )
    text = f"<p>{html.escape(prediction.question)} It is {prediction.answer}.</p><ul>{reasons}</ul>"
    return _fold(f"Were you right? Prediction {name}", text, "prediction")


def _solution(name: str) -> str:
    task: Task = catalogue.task(catalogue.exercises()[name])
    text = f"<p>{html.escape(task.reasoning)}</p><pre>{html.escape(task.solution.strip())}</pre>"
    return _fold(f"A worked solution of {name}", text, "solution")


def _prediction(name: str) -> Prediction:
    return catalogue.prediction(catalogue.predictions()[name])


def _fold(summary: str, content: str, kind: str) -> str:
    return f'<details class="{kind}"><summary>{html.escape(summary)}</summary>{content}</details>'


_FOLDED: dict[str, Callable[[str], str]] = {
    "predict": _question,
    "reveal": _answer,
    "check": _solution,
}
