"""Building the website: everything that Sphinx reads is written into one folder, then Sphinx runs."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

from pdoc import pdoc, render
from sphinx.cmd.build import build_main

from dscourse import run
from dscourse.course.generate import terms
from dscourse.course.map import course_map
from dscourse.course.publish import PLACEHOLDER, named
from website.costs import with_costs
from website.front import browser_row, chapter_cards
from website.live import write_runs
from website.pages import LITE, write_downloads, write_pages
from website.terms import glossary_page

__all__ = ["build", "repository_url"]

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parent / "notebooks"


def build(out: Path, source: Path, edition: Path | None = None) -> int:
    """Build the site in the folder ``out``, by way of the folder ``source``; the old content of both goes.

    ``edition`` is the folder of the edition for the browser, which becomes part of the site. Return Sphinx's exit
    code, which is not 0 if there is a warning, such as a link that leads nowhere.
    """
    shutil.rmtree(source, ignore_errors=True)
    shutil.rmtree(out, ignore_errors=True)
    write_source(source, edition is not None)
    doctrees = source.with_name(f"{source.name}-doctrees")
    static = f"html_static_path={source / 'static'}"
    folders = ["-d", doctrees, "-D", static, "-c", HERE, source, out]
    code = build_main(["-b", "html", "-W", "--keep-going", "-q", *map(str, folders)])
    shutil.rmtree(doctrees, ignore_errors=True)
    write_downloads(NOTEBOOKS, out / "_sources" / "notebooks")
    write_reference(out / "reference")
    if edition is not None:
        shutil.copytree(edition, out / Path(LITE).parts[0])
    return code


def write_reference(folder: Path) -> None:
    """Write the reference of all public names, from their docstrings, into ``folder``.

    Raise UserWarning for a name in ``__all__`` that the reference would leave out.
    """
    render.configure(docformat="restructuredtext", show_source=False)
    for name in run.__all__:
        getattr(
            run, name
        )  # names that are imported when first asked for are looked up among those of the module
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Found .* in .*__all__")
        warnings.filterwarnings(
            "ignore", "Error parsing type annotation"
        )  # of an inherited field: shown as written
        pdoc("dscourse", output_directory=folder)


def repository_url() -> str:
    """Return the address of the course's repository; "" until `dscourse.course.publish` has filled it in."""
    name = named(HERE.parent)
    return "" if name == PLACEHOLDER else f"https://github.com/{name}"


def write_source(folder: Path, has_edition: bool = False) -> None:
    """Write everything that Sphinx reads into ``folder``: pages, chapters, the glossary and the front page's runs."""
    shutil.copytree(HERE / "pages", folder)
    shutil.copytree(HERE / "static", folder / "static")
    front = folder / "index.md"
    text = front.read_text("utf-8").replace("<!-- chapters -->", chapter_cards())
    text = text.replace("<!-- browser -->\n", browser_row() if has_edition else "")
    front.write_text(text.replace("<!-- map -->", course_map().html), "utf-8")
    clusters = folder / "clusters.md"
    clusters.write_text(with_costs(clusters.read_text("utf-8")), "utf-8")
    write_pages(NOTEBOOKS, folder / "notebooks", repository_url(), has_edition)
    shutil.copytree(NOTEBOOKS / "pictures", folder / "notebooks" / "pictures")
    (folder / "notebooks" / "glossary.ipynb").unlink()
    (folder / "notebooks" / "glossary.md").write_text(glossary_page(terms()), "utf-8")
    write_runs(folder / "static")
