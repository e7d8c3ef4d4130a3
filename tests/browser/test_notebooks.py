"""Every notebook in a real JupyterLab: it runs without an error, its panels answer, its pictures show untrusted."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from dscourse.course.form import load
from dscourse.course.reading import code_cells
from tests.browser.controls import clipped, silent
from tests.browser.lab import DARK, LIGHT, errors, faint, notebook, panels, run_all, set_theme
from tests.browser.server import Server
from tests.notebooks.discovered import NOTEBOOKS

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
_IMAGES = """() => [...document.querySelectorAll('.jp-OutputArea-output img')]
    .map(image => [image.alt, image.naturalWidth])"""
_TRUSTED = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .filter(cell => cell.type === 'code' && cell.outputs.length).some(cell => cell.trusted)"""


@every_notebook
def test_it_runs_and_its_panels_answer(
    path: Path, browser: Browser, server: Server, artifacts: Path
) -> None:
    with notebook(browser, server, path.name) as page:
        if not code_cells(load(path)):
            return
        run_all(page)
        assert errors(page) == []
        faults = {number: list(silent(panel)) for number, panel in enumerate(panels(page), start=1)}
        assert {number: found for number, found in faults.items() if found} == {}
        assert [text for panel in panels(page) for text in clipped(panel)] == []
        run_all(page)
        for theme in (LIGHT, DARK):
            set_theme(page, theme)
            _keep_panels(page, artifacts, f"{path.stem}-{theme.split()[-1].lower()}")
            assert faint(page) == []


def _keep_panels(page: Page, folder: Path, stem: str) -> None:
    for number, panel in enumerate(panels(page), start=1):
        panel.screenshot(path=folder / f"{stem}-panel-{number}.png")


@every_notebook
def test_an_untrusted_copy_shows_the_stored_pictures(
    path: Path, browser: Browser, server: Server
) -> None:
    stored = [
        output["data"]
        for cell in code_cells(load(server.folder / path.name))
        for output in cell["outputs"]
        if "data" in output
    ]
    wanted = sum("".join(data.get("text/html", "")).count("<img") for data in stored)
    wanted += sum("image/png" in data and "text/html" not in data for data in stored)
    with notebook(browser, server, path.name) as page:
        page.wait_for_timeout(500)
        assert not page.evaluate(_TRUSTED)
        shown = page.evaluate(_IMAGES)
    assert len(shown) == wanted
    assert all(width > 0 for _, width in shown)
