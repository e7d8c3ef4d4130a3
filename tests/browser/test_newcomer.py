"""The first meeting with a diagram: picture, verdict and deeds in one view, menus that fit it, nothing that jumps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import DARK, LIGHT, errors, faint, notebook, run_all, set_theme
from tests.browser.one_cell import one_cell
from tests.browser.places import box, middle
from tests.browser.server import Server, jupyterlab
from tests.touch.discovered import sources_of

CELLS = {"00": "touch-run", "03": "touch-run", "14": "vote-touch"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab with one notebook per chapter, which holds its diagram alone."""
    folder = tmp_path_factory.mktemp("newcomer")
    paths = [
        one_cell(folder, "\n".join(sources_of(chapter, "imports", cell))).rename(
            folder / f"touch-{chapter}.ipynb"
        )
        for chapter, cell in CELLS.items()
    ]
    with jupyterlab(paths) as server:
        yield server


def opened(browser: Browser, lab: Server, chapter: str) -> Iterator[Page]:
    """The diagram of a chapter at the top of a small window."""
    with notebook(browser, lab, f"touch-{chapter}.ipynb", 1280, 720) as page:
        run_all(page)
        expect(page.locator(".dscourse-touch .message").first).to_be_attached()
        assert errors(page) == []
        page.locator(".dscourse-touch").evaluate("widget => widget.scrollIntoView()")
        yield page


@pytest.fixture
def page(browser: Browser, lab: Server) -> Iterator[Page]:
    """Chapter 00's diagram."""
    yield from opened(browser, lab, "00")


def message(page: Page, name: str) -> Locator:
    return page.locator(f'.dscourse-touch .message[aria-label^="{name}:"]')


def near_head(page: Page, name: str) -> tuple[float, float]:
    """A point of a message that slopes down, past the lines and messages that it crosses."""
    area = box(message(page, name))
    return area["x"] + 0.8 * area["width"], area["y"] + 0.8 * area["height"]


def label(page: Page, words: str) -> Locator:
    return page.locator(".sheet > svg:not(.overlay, .time) text").filter(has_text=words).first


def menu(page: Page) -> Locator:
    return page.locator(".dscourse-touch .menu")


def choose(page: Page, name: str) -> None:
    menu(page).get_by_role("menuitem", name=name, exact=True).click()


def bottom_of_view(page: Page) -> float:
    area = box(page.locator(".jp-WindowedPanel-outer"))
    return area["y"] + area["height"]


@pytest.mark.parametrize("chapter", CELLS)
def test_picture_verdict_and_deeds_stand_in_one_view(
    browser: Browser, lab: Server, artifacts: Path, chapter: str
) -> None:
    for page in opened(browser, lab, chapter):
        for part in (".paper", ".verdict .card", ".tasks"):
            area = box(page.locator(f".dscourse-touch {part}"))
            assert area["y"] >= 0
            assert area["y"] + area["height"] <= bottom_of_view(page), part
        for theme in (LIGHT, DARK):
            set_theme(page, theme)
            assert faint(page) == []
            page.screenshot(path=artifacts / f"newcomer-{chapter}-{theme.split()[-1]}.png")


def test_zooming_moves_nothing_below_the_picture(page: Page) -> None:
    before = box(page.locator(".verdict"))
    page.get_by_role("button", name="zoom in").click()
    expect(page.locator(".minimap")).to_be_visible()
    assert box(page.locator(".verdict")) == before
    page.get_by_role("button", name="the whole run").click()
    expect(page.locator(".minimap")).to_be_hidden()
    assert box(page.locator(".verdict")) == before


def test_pointing_moves_nothing(page: Page) -> None:
    before = box(page.locator(".paper"))
    expect(page.locator(".said .hint")).to_be_visible()
    page.mouse.move(*middle(message(page, "b's 1st Add to c")))
    expect(page.locator(".said .hint")).to_be_hidden()
    expect(page.locator(".said")).to_contain_text("arrives at 30.773 ms")
    assert box(page.locator(".paper")) == before


def test_the_menu_of_a_line_fits_the_window(page: Page, artifacts: Path) -> None:
    line = box(page.locator('.lane[aria-label="line of c"]'))
    for share in (0.2, 0.97):
        page.mouse.click(line["x"] + share * line["width"], line["y"] + line["height"] / 2)
        area = box(menu(page))
        assert area["y"] >= 0
        assert area["y"] + area["height"] <= bottom_of_view(page)
        page.screenshot(path=artifacts / f"newcomer-menu-{share}.png")
        page.keyboard.press("Escape")


def test_a_message_stays_marked_while_its_menu_is_open(page: Page) -> None:
    marked = page.locator(".overlay .mark.chosen")
    page.mouse.click(*middle(message(page, "b's 1st Add to c")))
    expect(menu(page)).to_contain_text("add 1")
    page.mouse.move(*middle(menu(page).locator("strong")))
    expect(marked).to_have_count(1)
    page.mouse.move(*middle(menu(page).get_by_role("menuitem").last))
    expect(marked).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(marked).to_have_count(0)


def test_a_lost_message_leads_to_nothing_and_can_arrive_after_all(page: Page) -> None:
    page.mouse.move(*near_head(page, "a's 1st Add to c"))
    expect(page.locator(".overlay .mark.future").first).to_be_attached()
    page.mouse.click(*near_head(page, "a's 1st Add to c"))
    choose(page, "lose it")
    expect(page.locator(".verdict")).to_contain_text("✗ violated: all nodes say 6")
    expect(page.locator(".status")).to_contain_text("sent at 5 ms, lost. Thick: what may have led")
    expect(page.locator(".overlay .mark.chosen")).to_have_count(1)
    expect(page.locator(".overlay .mark.future")).to_have_count(0)
    page.mouse.click(*middle(label(page, "(lost)")))
    expect(menu(page).locator("strong")).to_have_text("a's 1st Add to c")
    expect(menu(page)).not_to_contain_text("lose it")
    choose(page, "let it arrive after all")
    expect(page.locator(".verdict")).to_contain_text("✓ all nodes say 6")
    expect(page.locator(".touches li")).to_have_count(0)


def test_names_and_labels_are_clicked_as_well_as_lines(page: Page) -> None:
    page.mouse.click(*middle(label(page, "b")))
    expect(menu(page).locator("strong")).to_have_text("b")
    choose(page, "crash")
    expect(page.locator(".touches li")).to_contain_text("crash b at")


def test_a_deed_says_whether_this_run_does_it_or_an_earlier_one(page: Page) -> None:
    deed = page.locator(".tasks li").first
    expect(deed).to_have_text("☐ Make the nodes differ for ever. (par 1)")
    page.mouse.click(*near_head(page, "a's 1st Add to c"))
    choose(page, "lose it")
    expect(deed).to_have_text("☑ Make the nodes differ for ever. (par 1, done with 1 touch)")
    expect(page.locator(".news")).to_contain_text("☑ Deed 1 is done.")
    page.get_by_role("button", name="reset").click()
    expect(deed).to_contain_text("(par 1, done earlier with 1 touch)")
    expect(page.locator(".news")).not_to_contain_text("☑")


def test_the_way_to_a_violation_is_offered_only_where_there_is_one(page: Page) -> None:
    search = page.get_by_role("button", name="to the first violation")
    expect(search).to_have_count(0)
    page.mouse.click(*near_head(page, "a's 1st Add to c"))
    choose(page, "lose it")
    expect(search).to_be_visible()


def test_help_tells_what_the_mouse_does_and_lies_over_the_picture(page: Page) -> None:
    before = box(page.locator(".paper"))
    page.get_by_role("button", name="help").click()
    for words in ("Drag an arrow's head", "simplify", "compare with before"):
        expect(page.locator(".keys")).to_contain_text(words)
    assert box(page.locator(".paper")) == before
    page.keyboard.press("Escape")
    expect(page.locator(".keys")).to_be_hidden()


def test_marks_of_an_event_give_way_to_a_drag(page: Page) -> None:
    head = page.locator(".head").nth(3)
    x, y = middle(head)
    page.mouse.move(x, y + 1)
    expect(page.locator(".cone .sign.chosen")).to_have_count(1)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=5)
    expect(page.locator(".cone .sign")).to_have_count(0)
    expect(page.locator(".status")).to_contain_text("arrives at")
    page.mouse.up()
    expect(page.locator(".touches li")).to_have_count(1)
