"""A recording of real processes in a real JupyterLab: it is looked at, and continued in the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import DARK, LIGHT, errors, faint, notebook, run_all, set_theme
from tests.browser.one_cell import RECORDED, one_cell
from tests.browser.server import jupyterlab

HAPPENED = "This run happened, and nothing can change it."


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A notebook with the diagram of a run of three servers and a client."""
    folder = tmp_path_factory.mktemp("recorded")
    with (
        jupyterlab([one_cell(folder, RECORDED)]) as server,
        notebook(browser, server, "touch.ipynb") as opened,
    ):
        run_all(opened)
        expect(opened.locator(".dscourse-touch .lane").first).to_be_attached()
        assert errors(opened) == []
        yield opened


def continue_button(page: Page) -> Locator:
    return page.locator(".dscourse-touch .bar [data-key='button continue']")


def test_what_would_change_the_run_is_not_there(page: Page) -> None:
    expect(page.locator(".dscourse-touch .said .hint")).to_contain_text(HAPPENED)
    for name in ("undo", "redo", "reset", "simplify", "before"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(page.locator(".dscourse-touch .head")).to_have_count(0)
    page.locator(".dscourse-touch .message").first.press("Enter")
    menu = page.locator(".dscourse-touch .menu")
    expect(menu).to_contain_text(HAPPENED)
    expect(menu.locator("[role=menuitem]")).to_have_count(1)
    page.keyboard.press("Escape")
    message = page.locator(".dscourse-touch .message").first
    message.press("Delete")
    expect(page.locator(".dscourse-touch .status")).to_contain_text(HAPPENED)
    expect(page.locator(".dscourse-touch .message.lost")).to_have_count(0)


def test_the_states_at_the_time_cursor_are_shown(page: Page) -> None:
    handle = page.locator(".dscourse-touch .cursor .handle")
    handle.press("Home")
    table = page.locator(".dscourse-touch .states")
    handle.press(".")
    expect(table).to_contain_text("n1")
    before = table.inner_text()
    for _ in range(25):
        handle.press(".")
    expect(table).not_to_have_text(before)


def test_it_is_continued_from_the_cursor_and_touched(page: Page) -> None:
    words = continue_button(page).inner_text()
    assert words.startswith("continue from ")
    handle = page.locator(".dscourse-touch .cursor .handle")
    handle.press(",")
    expect(continue_button(page)).not_to_have_text(words)
    continue_button(page).click()
    sentence = page.locator(".dscourse-touch .sentence")
    expect(sentence).to_contain_text("recorded from 0")
    expect(page.get_by_role("button", name="undo", exact=True)).to_be_visible()
    lane = page.locator(".dscourse-touch [data-key='lane n2']")
    lane.press("Enter")
    at = page.locator(".dscourse-touch .menu input").first
    at.fill("1")
    page.locator(".dscourse-touch .menu").get_by_role("menuitem", name="crash", exact=True).click()
    expect(page.locator(".dscourse-touch .refusal")).to_contain_text("1 ms is recorded")
    lane.press("Enter")
    at.fill("900")
    page.locator(".dscourse-touch .menu").get_by_role("menuitem", name="crash", exact=True).click()
    expect(page.locator(".dscourse-touch .refusal")).to_have_text("")
    expect(sentence).to_contain_text("1 crash")
    page.get_by_role("button", name="back to the recording").click()
    expect(page.locator(".dscourse-touch .said .hint")).to_contain_text(HAPPENED)
    expect(sentence).not_to_contain_text("recorded from")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_it_can_be_read_in_both_themes(page: Page, theme: str, artifacts: Path) -> None:
    set_theme(page, theme)
    expect(continue_button(page)).to_be_visible()
    assert faint(page) == []
    page.locator(".dscourse-touch").screenshot(path=artifacts / f"recorded-{theme.split()[-1]}.png")
    set_theme(page, LIGHT)
