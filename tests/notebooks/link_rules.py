"""The rules for links: a file or heading must exist, and a web address must be plain https."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dscourse.course.form import load
from dscourse.course.reading import Notebook, headings, prose

_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|(?:href|src)=[\"']([^\"']+)[\"']")


def complaints(notebook: Notebook, path: Path) -> list[str]:
    """Return the broken links of the notebook at ``path``, each with the reason."""
    return [
        f"{target}: {reason}"
        for cell in notebook["cells"]
        for target in links(prose(cell))
        for reason in _wrong(target, notebook, path)
    ]


def links(text: str) -> list[str]:
    """Return the targets of all links in a Markdown text."""
    return [first or second for first, second in _LINK.findall(text)]


def anchors(notebook: Notebook) -> set[str]:
    """Return the anchors of a notebook's headings: JupyterLab replaces their spaces by hyphens."""
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
