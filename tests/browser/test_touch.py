"""The diagram to touch in a real JupyterLab: by mouse and by keyboard, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import DARK, errors, faint, notebook, run_all, set_theme
from tests.browser.one_cell import COUNTERS, one_cell
from tests.browser.places import box, middle
from tests.browser.server import Server, jupyterlab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab with one notebook that shows a diagram."""
    with jupyterlab([one_cell(tmp_path_factory.mktemp("touch"), COUNTERS)]) as server:
        yield server


@pytest.fixture
def page(browser: Browser, lab: Server) -> Iterator[Page]:
    """The notebook, run, with its diagram in view."""
    with notebook(browser, lab, "touch.ipynb") as opened:
        run_all(opened)
        expect(opened.locator(".dscourse-touch .message").first).to_be_attached()
        assert errors(opened) == []
        yield opened


def diagram(page: Page) -> Locator:
    return page.locator(".dscourse-touch")


def arrow(page: Page, name: str) -> Locator:
    return page.locator(f'.message[aria-label^="{name}"]')


def gestures(page: Page) -> Locator:
    return diagram(page).locator(".touches li")


def test_one_message_is_lost_with_two_clicks_and_the_verdict_follows(page: Page) -> None:
    expect(diagram(page)).to_contain_text("✓ all agree")
    page.mouse.click(*middle(arrow(page, "a's 1st Add to b")))
    page.get_by_role("menuitem", name="lose it").click()
    expect(diagram(page)).to_contain_text("✗ violated: all agree")
    expect(gestures(page)).to_contain_text(["lose a's 1st Add to b"])
    expect(diagram(page).locator(".news")).to_have_text(
        "Lose a's 1st Add to b. Before: ✓ all agree. Now: ✗ violated: all agree."
    )
    gestures(page).locator("input").click()
    expect(diagram(page)).to_contain_text("✓ all agree")
    page.get_by_role("button", name="undo").click()
    expect(diagram(page)).to_contain_text("✗ violated: all agree")
    page.get_by_role("button", name="reset").click()
    expect(gestures(page)).to_have_count(0)


def test_the_head_of_an_arrow_is_dragged_to_its_new_time(page: Page) -> None:
    x, y = middle(page.locator(".head").first)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y + 3, steps=4)
    page.mouse.up()
    expect(gestures(page)).to_have_count(1)
    expect(gestures(page)).to_contain_text("arrives at")


def test_a_node_is_crashed_where_its_line_is_clicked(page: Page) -> None:
    area = box(page.locator(".lane").nth(1))
    page.mouse.click(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
    page.get_by_role("menuitem", name="crash", exact=True).click()
    expect(gestures(page)).to_contain_text("crash b at")
    expect(diagram(page).locator(".sheet svg").first).to_contain_text("down")


def test_everything_is_done_by_keyboard(page: Page) -> None:
    arrow(page, "a's 1st Add to c").focus()
    expect(diagram(page).locator(".status")).to_contain_text(
        "a's 1st Add to c: add 1; sent at 5 ms"
    )
    page.keyboard.press("ArrowRight")
    expect(gestures(page)).to_contain_text("a's 1st Add to c arrives at")
    expect(arrow(page, "a's 1st Add to c")).to_be_focused()
    page.keyboard.press("Delete")
    expect(gestures(page)).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(gestures(page)).to_have_count(1)
    page.keyboard.press("Control+y")
    expect(gestures(page)).to_have_count(2)
    page.locator('.lane[aria-label="line of b"]').focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("at (ms)")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="crash", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitem", name="crash", exact=True)).to_be_hidden()
    expect(page.locator('.lane[aria-label="line of b"]')).to_be_focused()


def test_what_is_impossible_is_said(page: Page) -> None:
    page.mouse.click(*middle(arrow(page, "b's 1st Add to a")))
    diagram(page).get_by_label("at (ms)").first.fill("3")
    page.get_by_role("menuitem", name="let it arrive at this time").click()
    expect(page.get_by_role("alert")).to_have_text(
        "a message cannot arrive at 3 ms: it is sent at 20 ms"
    )
    expect(gestures(page)).to_have_count(0)


def test_the_picture_before_the_gesture_can_be_looked_at(page: Page) -> None:
    shown = diagram(page).locator(".sheet > svg:not(.overlay)")
    before = shown.inner_html()
    arrow(page, "c's 1st Add to a").focus()
    page.keyboard.press("Delete")
    expect(gestures(page)).to_have_count(1)
    page.wait_for_timeout(500)  # until the picture stands still
    after = shown.inner_html()
    assert after != before
    page.get_by_role("button", name="before", exact=True).click()
    assert shown.inner_html() == before
    expect(diagram(page).locator(".status")).to_contain_text("The picture before the last touch.")
    page.get_by_role("button", name="after", exact=True).click()
    assert shown.inner_html() == after
    expect(diagram(page).locator(".status")).not_to_contain_text("before the last touch")


def test_its_text_is_readable_in_both_themes(page: Page, artifacts: Path) -> None:
    page.mouse.click(*middle(arrow(page, "a's 1st Add to b")))
    for theme in ("JupyterLab Light", DARK):
        set_theme(page, theme)
        assert faint(page) == []
        diagram(page).screenshot(path=artifacts / f"touch-{theme.split()[-1]}.png")
