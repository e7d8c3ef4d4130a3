"""Links: those to other files and headings must lead somewhere, those to the web must be plain https addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dscourse.course.form import load
from tests.notebooks.text import Notebook, headings, prose

_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|(?:href|src)=[\"']([^\"']+)[\"']")


def complaints(notebook: Notebook, path: Path) -> list[str]:
    """The links of the notebook at ``path`` that lead nowhere."""
    return [
        f"{target}: {reason}"
        for cell in notebook["cells"]
        for target in links(prose(cell))
        for reason in _wrong(target, notebook, path)
    ]


def links(text: str) -> list[str]:
    """The targets of all links in a Markdown text."""
    return [first or second for first, second in _LINK.findall(text)]


def anchors(notebook: Notebook) -> set[str]:
    """What a link may name behind ``#``: JupyterLab writes a heading's spaces as hyphens."""
    return {
        re.sub(r"[*_`]", "", text).replace(" ", "-")
        for cell in notebook["cells"]
        for _, text in headings(cell)
    }


def _wrong(target: str, notebook: Notebook, path: Path) -> Iterator[str]:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        if parts.scheme != "https" or not parts.netloc or " " in target:
            yield "not an https address"
        return
    file = path.parent / unquote(parts.path) if parts.path else path
    if not file.exists():
        yield "no such file"
    elif parts.fragment and file.suffix == ".ipynb":
        there = notebook if file == path else load(file)
        if unquote(parts.fragment) not in anchors(there):
            yield "no such heading"
