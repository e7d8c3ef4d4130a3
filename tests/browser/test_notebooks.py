"""Every notebook in a real JupyterLab: its pictures show untrusted, it runs without an error, its panels answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from dscourse.course.form import load
from dscourse.course.reading import code_cells
from tests.browser.controls import clipped, silent
from tests.browser.lab import DARK, LIGHT, errors, faint, notebook, panels, run_all, set_theme
from tests.browser.server import Server
from tests.notebooks.discovered import NOTEBOOKS

_IMAGES = """() => [...document.querySelectorAll('.jp-OutputArea-output img')]
    .map(image => [image.alt, image.naturalWidth])"""
_LOADED = """wanted => {
    const images = [...document.querySelectorAll('.jp-OutputArea-output img')];
    return images.length >= wanted && images.every(image => image.complete);
}"""
_TRUSTED = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .filter(cell => cell.type === 'code' && cell.outputs.length).some(cell => cell.trusted)"""


@dataclass(frozen=True, slots=True)
class Opened:
    """A notebook in its page, and its stored pictures as they appeared before the first run.

    ``stored`` is the number of pictures in its file, ``images`` the text and width of each that it showed.
    """

    path: Path
    page: Page
    trusted: bool
    stored: int
    images: list[list[Any]]


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Opened]:
    """The notebook of this test; the tests of one notebook share its page."""
    path: Path = request.param
    stored = _pictures(server.folder / path.name)
    with notebook(browser, server, path.name) as page:
        page.wait_for_function(_LOADED, arg=stored)
        yield Opened(path, page, page.evaluate(_TRUSTED), stored, page.evaluate(_IMAGES))


def _pictures(path: Path) -> int:
    """The number of pictures that the notebook in this file stores."""
    outputs = [output for cell in code_cells(load(path)) for output in cell["outputs"]]
    data = [output["data"] for output in outputs if "data" in output]
    inline = sum("".join(one.get("text/html", "")).count("<img") for one in data)
    return inline + sum("image/png" in one and "text/html" not in one for one in data)


every_notebook = pytest.mark.parametrize(
    "opened",
    [
        pytest.param(path, id=path.stem, marks=pytest.mark.xdist_group(path.stem))
        for path in NOTEBOOKS
    ],
    indirect=True,
)


@every_notebook
def test_an_untrusted_copy_shows_the_stored_pictures(opened: Opened) -> None:
    assert not opened.trusted
    assert len(opened.images) == opened.stored
    assert all(width > 0 for _, width in opened.images)


@every_notebook
def test_it_runs_and_its_panels_answer(opened: Opened, artifacts: Path) -> None:
    page = opened.page
    if not code_cells(load(opened.path)):
        return
    run_all(page)
    assert errors(page) == []
    for theme in (DARK, LIGHT):
        set_theme(page, theme)
        _keep_panels(page, artifacts, f"{opened.path.stem}-{theme.split()[-1].lower()}")
        assert faint(page) == []
    faults = {number: list(silent(panel)) for number, panel in enumerate(panels(page), start=1)}
    assert {number: found for number, found in faults.items() if found} == {}
    assert [text for panel in panels(page) for text in clipped(panel)] == []
    assert errors(page) == []


def _keep_panels(page: Page, folder: Path, stem: str) -> None:
    for number, panel in enumerate(panels(page), start=1):
        panel.screenshot(path=folder / f"{stem}-panel-{number}.png")
