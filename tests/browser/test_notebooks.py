"""Every notebook in a real JupyterLab: its pictures show untrusted, it runs without an error, its panels answer.

The diagrams that it draws are those that it stores, and no text in them overlaps or is cut off.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from dscourse.course.form import load
from dscourse.course.pictures import digest
from dscourse.course.reading import code_cells
from tests.browser.controls import clipped, silent
from tests.browser.diagrams import text_faults, wide_page
from tests.browser.heights import too_tall
from tests.browser.lab import DARK, LIGHT, errors, faint, notebook, panels, run_all, set_theme
from tests.browser.server import Server
from tests.notebooks.discovered import NOTEBOOKS

_IMAGES = """() => [...document.querySelectorAll('.jp-OutputArea-output img')]
    .map(image => [image.naturalWidth, image.clientWidth,
        image.closest('.jp-OutputArea-child').nextSibling?.innerText ?? ''])"""
_DIAGRAMS = """() => [...document.querySelectorAll('.jp-OutputArea-output img[src^="data:image/svg"]')]
    .map(image => image.src.split(',')[1])"""
_LOADED = """wanted => {
    const images = [...document.querySelectorAll('.jp-OutputArea-output img')];
    return images.length >= wanted && images.every(image => image.complete);
}"""
_TRUSTED = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .filter(cell => cell.type === 'code' && cell.outputs.length).some(cell => cell.trusted)"""


@dataclass(frozen=True, slots=True)
class Opened:
    """A notebook in its page, and its stored pictures as they appeared before the first run.

    ``stored`` holds what its file says of each picture; ``images`` the width in its own px, the width on the page and
    the text below of each that it showed.
    """

    path: Path
    page: Page
    trusted: bool
    stored: list[dict[str, Any]]
    images: list[list[Any]]


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Opened]:
    """The notebook of this test; the tests of one notebook share its page."""
    path: Path = request.param
    stored = _pictures(server.folder / path.name)
    with notebook(browser, server, path.name) as page:
        page.wait_for_function(_LOADED, arg=len(stored))
        yield Opened(path, page, page.evaluate(_TRUSTED), stored, page.evaluate(_IMAGES))


def _pictures(path: Path) -> list[dict[str, Any]]:
    """The metadata of each picture that the notebook in this file stores."""
    outputs = [output for cell in code_cells(load(path)) for output in cell["outputs"]]
    return [
        output["metadata"]["image/png"]
        for output in outputs
        if "image/png" in output.get("data", {})
    ]


every_notebook = pytest.mark.parametrize(
    "opened",
    [pytest.param(path, id=path.stem) for path in NOTEBOOKS],
    indirect=True,
)


@every_notebook
def test_an_untrusted_copy_shows_the_stored_pictures_and_their_sentences(opened: Opened) -> None:
    assert not opened.trusted
    assert len(opened.images) == len(opened.stored)
    for (own, shown, below), facts in zip(opened.images, opened.stored, strict=True):
        assert own > 0
        assert shown <= facts.get("width", own)
        assert _words(facts["alt"]) in _words(below)


def _words(text: str) -> str:
    return " ".join(text.split())


@every_notebook
def test_it_runs_and_its_panels_answer(opened: Opened, browser: Browser, artifacts: Path) -> None:
    page = opened.page
    if not code_cells(load(opened.path)):
        return
    run_all(page)
    assert errors(page) == []
    _judge_diagrams(opened, browser)
    for theme in (DARK, LIGHT):
        set_theme(page, theme)
        _keep_panels(page, artifacts, f"{opened.path.stem}-{theme.split()[-1].lower()}")
        assert faint(page) == []
    faults = {number: list(silent(panel)) for number, panel in enumerate(panels(page), start=1)}
    assert {number: found for number, found in faults.items() if found} == {}
    assert [text for panel in panels(page) for text in clipped(panel)] == []
    assert too_tall(page) == []
    assert errors(page) == []


def _judge_diagrams(opened: Opened, browser: Browser) -> None:
    """The diagrams that were just drawn are those that are stored, and their text can be read."""
    diagrams = [base64.b64decode(data) for data in opened.page.evaluate(_DIAGRAMS)]
    digests = {digest(svg) for svg in diagrams}
    assert {facts["digest"] for facts in opened.stored if "digest" in facts} <= digests
    page = wide_page(browser)
    found = [fault for svg in diagrams for fault in text_faults(page, svg.decode())]
    page.close()
    assert found == []


def _keep_panels(page: Page, folder: Path, stem: str) -> None:
    for number, panel in enumerate(panels(page), start=1):
        panel.screenshot(path=folder / f"{stem}-panel-{number}.png")
