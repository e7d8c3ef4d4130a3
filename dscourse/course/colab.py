"""The course in Google Colab.

Colab has none of the course's packages, and a cell that installs them would be in the way everywhere else. So a badge
for Colab opens an edition of the notebooks that is generated for it: a first cell installs the course and calls
`prepare`, links lead to the other notebooks of the edition, and no cell has an output.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from dscourse.course.form import Notebook, dump, load, normalise, without_outputs

__all__ = ["BRANCH", "edition", "prepare", "write_edition"]

BRANCH = "colab"  # the branch of the repository that holds the edition
_LINK = re.compile(r"(!?)(\[[^\]]*\])\((?!https?://|#|data:|attachment:)([^)\s]+)\)")
_INSTALL = """\
#@title Run this cell first: it installs the course, in about a minute
%pip install --quiet "dscourse @ git+https://github.com/{repository}@{ref}"
from dscourse.course import colab
colab.prepare()"""


def edition(notebooks: Path, repository: str, ref: str = "main") -> dict[str, str]:
    """Return the text of each notebook of the edition by file name.

    Its first cell installs the course from ``ref``, a branch or a tag of the repository "owner/repository".
    """
    install = {
        "cell_type": "code", "id": "colab", "metadata": {}, "outputs": [],
        "source": _INSTALL.format(repository=repository, ref=ref),
    }  # fmt: skip
    files = {}
    for path in sorted(notebooks.glob("*.ipynb")):
        cells = [_linked(cell, repository, ref) for cell in load(path)["cells"]]
        notebook = normalise({"cells": [install, *cells] if _runs(cells) else cells})
        files[path.name] = dump(without_outputs(notebook))
    return files


def write_edition(folder: Path, notebooks: Path, repository: str, ref: str = "main") -> list[Path]:
    """Write the edition into ``folder``, and return its files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in edition(notebooks, repository, ref).items():
        (folder / name).write_text(text, "utf-8")
        written.append(folder / name)
    return written


def prepare() -> None:
    """Enable the widgets of other packages in Colab, and print whether the notebook is ready."""
    if "google.colab" not in sys.modules:
        print("This is not Colab: there is nothing to prepare.")
        return
    stale = [name for name in ("ipywidgets", "numpy") if _is_older_in_memory(name)]
    if stale:
        print(
            f"{', '.join(stale)} was loaded before the course came: choose Runtime, Restart session, and run on."
        )
    importlib.import_module("google.colab.output").enable_custom_widget_manager()
    version = metadata.version("dscourse")
    print(f"The course is installed (dscourse {version}). Go on with the next cell.")


def _is_older_in_memory(name: str) -> bool:
    """Return whether a package was imported in another version than the one that is installed now."""
    loaded = getattr(sys.modules.get(name), "__version__", None)
    return loaded is not None and loaded != metadata.version(name)


def _runs(cells: list[Notebook]) -> bool:
    return any(cell["cell_type"] == "code" for cell in cells)


def _linked(cell: Notebook, repository: str, ref: str) -> Notebook:
    """Return a Markdown cell with links that Colab can follow; any other cell as it is."""
    if cell["cell_type"] != "markdown":
        return cell
    bases = {
        "notebook": f"https://colab.research.google.com/github/{repository}/blob/{BRANCH}/",
        "page": f"https://github.com/{repository}/blob/{ref}/",
        "picture": f"https://raw.githubusercontent.com/{repository}/{ref}/",
    }
    text = "".join(cell["source"])
    return {**cell, "source": _LINK.sub(lambda match: _absolute(match, bases), text)}


def _absolute(match: re.Match[str], bases: Mapping[str, str]) -> str:
    """Return a link with an address in place of a path that begins in the folder of the notebooks."""
    mark, text, path = match.groups()
    if path.partition("#")[0].endswith(".ipynb") and "/" not in path:
        return f"{mark}{text}({bases['notebook']}{path})"
    inside = path.removeprefix("../") if path.startswith("../") else f"notebooks/{path}"
    return f"{mark}{text}({bases['picture' if mark else 'page']}{inside})"
