"""The film of a shrinking in a real JupyterLab: pause and step by mouse and keyboard, and one undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import DARK, errors, faint, notebook, run_all, set_theme
from tests.browser.one_cell import COUNTERS, one_cell
from tests.browser.server import Server, jupyterlab

TOUCHED = (
    COUNTERS.replace("Diagram(counters, all_agree)", "").strip()
    + """
diagram = Diagram(counters, all_agree)
diagram.touch("crash", "a", 69)
diagram.touch("lose", next(iter(diagram.run.messages)))
diagram.touch("skew", "c", 5, 3)
diagram
"""
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab with one notebook that shows a diagram with three touches, one of them needed."""
    with jupyterlab([one_cell(tmp_path_factory.mktemp("film"), TOUCHED)]) as server:
        yield server


@pytest.fixture
def page(browser: Browser, lab: Server) -> Iterator[Page]:
    """The notebook, run, with its diagram in view."""
    with notebook(browser, lab, "touch.ipynb") as opened:
        run_all(opened)
        expect(opened.locator(".dscourse-touch .touches li")).to_have_count(3)
        assert errors(opened) == []
        yield opened


def button(page: Page, name: str) -> Locator:
    return page.locator(".dscourse-touch").get_by_role("button", name=name, exact=True)


def caption(page: Page) -> Locator:
    return page.locator(".film .caption")


def test_what_is_left_out_is_played_paused_and_stepped_and_undone_in_one_step(
    page: Page, artifacts: Path
) -> None:
    button(page, "simplify").click()
    expect(caption(page)).to_have_text("All of your touches.")
    expect(caption(page)).to_contain_text("1 of 2. Left out: clock of c")
    button(page, "pause").click()
    expect(page.locator(".touches li.now")).to_contain_text("clock of c")
    expect(page.locator(".message").first).to_be_hidden()
    assert faint(page) == []
    page.locator(".dscourse-touch").screenshot(path=artifacts / "film-Light.png")
    page.wait_for_timeout(2500)
    expect(caption(page)).to_contain_text("1 of 2.")
    button(page, "step").click()
    expect(caption(page)).to_contain_text("2 of 2. Left out: crash a")
    expect(page.locator(".touches li.off")).to_contain_text("clock of c")
    set_theme(page, DARK)
    assert faint(page) == []
    page.locator(".dscourse-touch").screenshot(path=artifacts / "film-Dark.png")
    button(page, "step").click()
    expect(caption(page)).to_have_text("1 touch is needed: without it, the verdict is another.")
    expect(page.locator(".touches input:checked")).to_have_count(1)
    button(page, "undo").click()
    expect(page.locator(".touches input:checked")).to_have_count(3)
    expect(page.locator(".film")).to_be_hidden()


def test_the_film_is_stepped_by_keyboard_and_waits_for_readers_who_want_little_motion(
    page: Page,
) -> None:
    page.emulate_media(reduced_motion="reduce")
    button(page, "simplify").focus()
    page.keyboard.press("Enter")
    expect(button(page, "step")).to_be_focused()
    page.wait_for_timeout(2500)
    expect(caption(page)).to_have_text("All of your touches.")
    for text in ("1 of 2.", "2 of 2.", "1 touch is needed"):
        page.keyboard.press("Enter")
        expect(caption(page)).to_contain_text(text)
    expect(button(page, "play again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(caption(page)).to_have_text("All of your touches.")
    button(page, "skip to the end").click()
    expect(caption(page)).to_contain_text("1 touch is needed")
    expect(page.locator(".message").first).to_be_attached()
