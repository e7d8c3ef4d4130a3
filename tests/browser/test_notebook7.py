"""The diagram to touch in Notebook 7: drawn, touched by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import connected, notebook
from tests.browser.one_cell import COUNTERS, one_cell
from tests.browser.server import Server, jupyterlab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of JupyterLab, which serves Notebook 7 too."""
    with jupyterlab([one_cell(tmp_path_factory.mktemp("touch"), COUNTERS)]) as server:
        yield server


@pytest.fixture
def page(browser: Browser, lab: Server) -> Iterator[Page]:
    """The notebook with one diagram, opened in Notebook 7, its cell run by the keyboard."""
    with notebook(browser, lab, "touch.ipynb", app="notebooks") as opened:
        connected(opened)
        opened.locator(".jp-CodeCell .cm-content").first.click()
        opened.keyboard.press("Shift+Enter")
        expect(opened.locator(".dscourse-touch .message").first).to_be_attached()
        yield opened


def test_a_message_is_lost_by_keyboard_and_found_again_by_mouse(page: Page) -> None:
    diagram = page.locator(".dscourse-touch")
    expect(diagram).to_contain_text("✓ all agree")
    page.locator('.message[aria-label^="a\'s 1st Add to b"]').focus()
    page.keyboard.press("Delete")
    expect(diagram).to_contain_text("✗ violated: all agree")
    page.get_by_role("button", name="undo").click()
    expect(diagram).to_contain_text("✓ all agree")
