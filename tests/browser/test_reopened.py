"""A saved notebook that is opened again the next day shows pictures in place of errors, and runs again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import notebook, run_all
from tests.browser.one_cell import COUNTERS, RECORDED, one_cell
from tests.browser.server import Server, jupyterlab

PANEL = """
from dscourse.panels import start_here
start_here.broken_counter()
"""
KINDS = {
    "diagram": COUNTERS,
    "recording": RECORDED,
    "panel": PANEL,
    "question": 'from dscourse.exercises import predict\npredict("00.1")',
}
LIVE = {
    "diagram": ".dscourse-touch",
    "recording": ".dscourse-touch",
    "panel": ".dscourse-sentence",
    "question": ".dscourse-question",
}
_END = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    await panel.context.save();
    await panel.sessionContext.shutdown();
}"""


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lab(kind: str, tmp_path: Path) -> Iterator[Server]:
    """A JupyterLab that shows one notebook, not yet run."""
    with jupyterlab([one_cell(tmp_path, KINDS[kind])]) as server:
        yield server


def visible(page: Page, live: str) -> tuple[bool, bool, bool]:
    """Return whether the live widget, the static picture and the error of a widget without a model are seen."""
    widget, still, error = (
        page.locator(f"{one}:visible").count() > 0
        for one in (live, ".dscourse-still", ".jupyter-widgets-error-widget")
    )
    return widget, still, error


def test_a_saved_notebook_shows_its_picture_without_a_kernel_and_runs_again(
    browser: Browser, lab: Server, kind: str, artifacts: Path
) -> None:
    with notebook(browser, lab, "touch.ipynb") as page:
        run_all(page)
        expect(page.locator(LIVE[kind]).first).to_be_visible()
        assert visible(page, LIVE[kind]) == (True, False, False)
        page.evaluate(_END)
    with notebook(browser, lab, "touch.ipynb") as page:
        expect(page.locator(".dscourse-still")).to_be_visible()
        expect(page.get_by_text("Loading widget")).to_be_hidden()
        page.screenshot(path=artifacts / f"reopened-{kind}.png")
        assert visible(page, LIVE[kind]) == (False, True, False)
        run_all(page)
        expect(page.locator(LIVE[kind]).first).to_be_visible()
        assert visible(page, LIVE[kind]) == (True, False, False)
