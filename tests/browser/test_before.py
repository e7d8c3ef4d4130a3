"""A run beside the one before, in a real JupyterLab: both pictures, the first difference in words, one cursor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import DARK, LIGHT, errors, faint, notebook, run_all, set_theme
from tests.browser.one_cell import COUNTERS, one_cell
from tests.browser.server import Server, jupyterlab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab with one notebook that shows a diagram."""
    with jupyterlab([one_cell(tmp_path_factory.mktemp("before"), COUNTERS)]) as server:
        yield server


@pytest.fixture
def page(browser: Browser, lab: Server) -> Iterator[Page]:
    """The notebook, run, with its diagram in view."""
    with notebook(browser, lab, "touch.ipynb", height=1300) as opened:
        run_all(opened)
        expect(opened.locator(".dscourse-touch .message").first).to_be_attached()
        assert errors(opened) == []
        yield opened


def test_the_run_before_stands_above_until_the_button_is_pressed_again(
    page: Page, artifacts: Path
) -> None:
    compare = page.get_by_role("button", name="compare with before")
    expect(compare).to_be_disabled()
    page.locator('.message[aria-label^="a\'s 1st Add to b"]').focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(compare).to_be_enabled()
    compare.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".earlier .difference")).to_contain_text(
        "then before: b receives add 1 from a; now: b receives"
    )
    expect(page.locator(".earlier svg").first).to_contain_text("first difference")
    expect(page.locator(".paper .sheet svg").first).to_contain_text("first difference")
    expect(compare).to_be_focused()
    page.locator(".paper .cursor .handle").focus()
    page.keyboard.press("ArrowLeft")
    line = page.locator(".earlier .cursor line")
    assert line.get_attribute("x1") == page.locator(".paper .cursor .now").get_attribute("x1")
    for theme in (LIGHT, DARK):
        set_theme(page, theme)
        assert faint(page) == []
        page.locator(".dscourse-touch").screenshot(
            path=artifacts / f"before-{theme.split()[-1]}.png"
        )
    compare.click()
    expect(page.locator(".earlier")).to_be_hidden()
    expect(page.locator(".paper .sheet svg").first).not_to_contain_text("first difference")
