"""Panels at 1280 × 720: sliders have names, all is seen at once, a long computation says so, the paper turns dark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import DARK, notebook, run_all, set_theme
from tests.browser.one_cell import one_cell
from tests.browser.server import Server, jupyterlab

CODE = """
import time
from dscourse.panels import Frame, Panel
from dscourse.panels.controls import slider
from dscourse.show import Picture

def frame(loss, seed):
    time.sleep(3 if seed == 2 else 0)
    size = 'width="700" height="900"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 700 900"><rect {size} fill="#ffffff"/></svg>'
    return Frame.of(Picture(f"Seed {seed}, {loss} % are lost.", svg=svg))

Panel({"loss": slider("loss", "%", 10, 0, 100), "seed": slider("seed", "", 1, 1, 9)}, frame)
"""


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    path = one_cell(tmp_path_factory.mktemp("panel"), CODE)
    with jupyterlab([path]) as server, _shown(browser, server, path) as page:
        run_all(page)
        yield page


def _shown(browser: Browser, server: Server, path: Path) -> AbstractContextManager[Page]:
    return notebook(browser, server, path.name, 1280, 720)


def test_a_slider_is_called_by_its_description(page: Page) -> None:
    expect(page.get_by_role("slider", name="loss (%)", exact=True)).to_have_count(1)
    expect(page.get_by_role("textbox", name="seed, as a number")).to_have_count(1)
    assert page.get_by_role("slider").count() == 2


def test_controls_picture_and_sentence_are_seen_at_once(page: Page) -> None:
    page.locator(".dscourse-panel").scroll_into_view_if_needed()
    height = page.locator(".dscourse-panel").evaluate("panel => panel.offsetHeight")
    room = page.locator(".jp-NotebookPanel-notebook").evaluate("panel => panel.clientHeight")
    assert height <= room
    assert page.locator(".dscourse-paper > svg").evaluate("e => e.clientHeight") >= 280


def test_a_long_computation_says_so(page: Page) -> None:
    sign = page.locator(".dscourse-aid [role=status]")
    expect(sign).to_be_hidden()
    page.get_by_role("slider", name="seed", exact=True).press("ArrowRight")
    expect(sign).to_have_text("Computing …")
    expect(page.locator(".dscourse-sentence")).to_contain_text("Seed 2")
    expect(sign).to_be_hidden()
    expect(page.get_by_role("slider", name="loss (%)", exact=True)).to_have_count(1)


def test_its_paper_turns_dark_with_the_theme(page: Page, artifacts: Path) -> None:
    paper = page.locator(".dscourse-paper", has=page.locator("svg"))
    assert paper.evaluate("e => getComputedStyle(e).filter") == "none"
    set_theme(page, DARK)
    page.screenshot(path=artifacts / "panel-dark.png")
    assert "invert(0.9)" in paper.evaluate("e => getComputedStyle(e).filter")
