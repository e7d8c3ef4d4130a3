"""The explorer in a real JupyterLab: by mouse and by keyboard, light and dark, narrow and wide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.heights import too_tall
from tests.browser.lab import DARK, errors, faint, notebook, run_all, set_theme
from tests.browser.one_cell import one_cell
from tests.browser.server import Server, jupyterlab

CODE = """
from dscourse.core.properties import Property
from dscourse.experiments.partial_failure import one_payment
from dscourse.protocols.payments import charges
from dscourse.touch import Explorer

def times(view):
    return max(charges(view.logs["bank"]).values(), default=0)

once = Property(
    "charged at most once", lambda view: times(view) < 2, lambda view: f"the bank has charged {times(view)} times",
)
explorer = Explorer(one_payment, [once], title="Make the bank charge twice")
explorer
"""


PAXOS = """
from dscourse.core.properties import Property
from dscourse.experiments.paxos import paxos_world
from dscourse.touch import Explorer, Limits

fine = Property("fine", lambda view: True)
Explorer(paxos_world, [fine], limits=Limits(states=100_000, seconds=60.0))
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab with two notebooks that show an explorer each."""
    folder = tmp_path_factory.mktemp("explorer")
    paths = [
        one_cell(folder, code).rename(folder / f"{name}.ipynb")
        for name, code in (("explorer", CODE), ("paxos", PAXOS))
    ]
    with jupyterlab(paths) as server:
        yield server


@pytest.fixture
def page(browser: Browser, lab: Server) -> Iterator[Page]:
    """The notebook, run, with its explorer in view."""
    with notebook(browser, lab, "explorer.ipynb") as opened:
        run_all(opened)
        expect(opened.locator(".dscourse-explorer .choice").first).to_be_attached()
        assert errors(opened) == []
        yield opened


def choice(page: Page, text: str) -> Locator:
    return page.locator(".choice", has_text=text)


def states(page: Page) -> Locator:
    return page.get_by_role("treeitem")


def here(page: Page) -> Locator:
    return page.locator(".state[aria-current=true]")


def test_events_are_chosen_lost_and_copied_with_the_mouse_and_each_state_is_kept(
    page: Page,
) -> None:
    choice(page, "ann begins").click()
    expect(here(page)).to_contain_text("1✓ann begins")
    page.get_by_role("button", name="copy: ann → bank").click()
    choice(page, "ann → bank").first.click()
    expect(choice(page, "ann → bank").first).to_contain_text("✗ charged at most once")
    choice(page, "ann → bank").first.click()
    expect(page.locator(".card")).to_contain_text("the bank has charged 2 times")
    expect(here(page)).to_contain_text("violated: charged at most once")
    states(page).nth(1).click()
    page.get_by_role("button", name="lose: ann → bank").click()
    expect(states(page)).to_have_count(6)
    expect(here(page)).to_contain_text("or: lose ann → bank")
    expect(here(page)).to_have_attribute("aria-level", "2")
    page.get_by_role("button", name="back", exact=True).click()
    expect(here(page)).to_contain_text("1✓ann begins")
    page.get_by_role("button", name="start again").click()
    expect(states(page)).to_have_count(1)


def test_a_message_and_a_node_are_clicked_in_the_picture(page: Page) -> None:
    choice(page, "ann begins").click()
    page.locator('.message[aria-label*="under way"]').click(force=True)
    page.get_by_role("menuitem", name="lose it").click()
    expect(here(page)).to_contain_text("lose ann → bank")
    page.locator('.lane[aria-label="line of bank"]').click(force=True)
    page.get_by_role("menuitem", name="crash bank").click()
    expect(here(page)).to_contain_text("crash bank")
    expect(page.locator(".dscourse-explorer .states")).to_contain_text("down")
    page.get_by_label("fault").select_option("restart bank")
    page.get_by_role("button", name="strike").click()
    expect(here(page)).to_contain_text("restart bank")


def test_a_violation_is_found_and_its_path_is_played(page: Page) -> None:
    page.get_by_role("spinbutton", name="moves").fill("3")
    page.get_by_role("button", name="find a violation").click()
    report = page.locator(".report")
    expect(report).to_contain_text("no violation within 3 moves")
    expect(report).to_contain_text("not looked at: more than 3 moves, lost messages")
    page.get_by_role("spinbutton", name="moves").fill("8")
    page.get_by_role("button", name="find a violation").click()
    expect(report).to_contain_text("violated after 4 moves")
    page.get_by_role("button", name="next move of the path").click()
    expect(here(page)).to_contain_text("ann begins")
    expect(report.locator("[aria-current=step]")).to_contain_text("ann → bank")
    page.get_by_role("button", name="play the path").click()
    expect(page.locator(".card")).to_contain_text("the bank has charged 2 times", timeout=15_000)
    expect(page.get_by_role("button", name="play again")).to_be_visible()
    assert too_tall(page) == []


def test_verdict_choices_and_path_are_seen_in_a_small_window(
    browser: Browser, lab: Server, artifacts: Path
) -> None:
    with notebook(browser, lab, "explorer.ipynb", 1280, 720) as page:
        run_all(page)
        page.get_by_role("button", name="find a violation").click()
        for _ in range(4):
            page.get_by_role("button", name="next move of the path").click()
        page.locator(".dscourse-explorer").evaluate("widget => widget.scrollIntoView()")
        page.screenshot(path=artifacts / "explorer-small.png")
        for part in (
            ".card",
            ".choice >> nth=0",
            ".state[aria-current=true]",
            ".steps li >> nth=-1",
        ):
            expect(page.locator(f".dscourse-explorer {part}")).to_be_in_viewport(ratio=0.9)


def test_the_page_stays_alive_while_a_search_runs_and_it_is_cancelled(
    browser: Browser, lab: Server, artifacts: Path
) -> None:
    with notebook(browser, lab, "paxos.ipynb") as page:
        run_all(page)
        page.get_by_role("spinbutton", name="moves").fill("30")
        page.get_by_role("button", name="find a violation").press("Enter")
        expect(page.locator(".searching")).to_contain_text("so far, all within")
        choice(page, "a timer").click()
        expect(here(page)).to_contain_text("a timer proposal due")
        for theme in (DARK, "JupyterLab Light"):
            set_theme(page, theme)
            assert faint(page) == []
            shown = page.locator(".dscourse-explorer")
            shown.screenshot(path=artifacts / f"explorer-searching-{theme.split()[-1]}.png")
        page.get_by_role("button", name="cancel").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".report")).to_contain_text("it was cancelled")
        expect(page.locator(".searching")).to_be_hidden()
        expect(page.get_by_role("button", name="find a violation")).to_be_focused()


def test_everything_is_done_by_keyboard(page: Page) -> None:
    page.locator(".choice").first.focus()
    page.keyboard.press("Enter")
    expect(choice(page, "ann → bank")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(choice(page, "timer")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="lose: ann → bank")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Delete")
    expect(here(page)).to_contain_text("lose ann → bank")
    page.keyboard.press("Control+z")
    expect(here(page)).to_contain_text("ann begins")
    here(page).focus()
    page.keyboard.press("ArrowRight")
    expect(states(page).nth(2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(here(page)).to_contain_text("lose ann → bank")
    expect(here(page)).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(here(page)).to_contain_text("start")
    page.get_by_role("button", name="find a violation").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".report")).to_contain_text("violated after 4 moves")
    page.keyboard.press("Tab")
    page.locator(".report button").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(here(page)).to_contain_text("ann begins")
    expect(page.get_by_role("button", name="next move of the path")).to_be_focused()


def test_what_is_impossible_is_said(page: Page) -> None:
    page.get_by_role("button", name="strike").click()
    expect(page.locator(".refusal")).to_contain_text("Choose a fault first.")
    page.get_by_role("spinbutton", name="moves").fill("0")
    page.get_by_role("button", name="find a violation").click()
    expect(page.locator(".refusal")).to_contain_text("moves=0: a number of 1 or more is required")


@pytest.mark.parametrize("width", [1280, 1920])
def test_its_text_is_readable_in_both_themes(
    browser: Browser, lab: Server, artifacts: Path, width: int
) -> None:
    with notebook(browser, lab, "explorer.ipynb", width) as page:
        run_all(page)
        page.get_by_role("button", name="find a violation").click()
        for _ in range(4):
            page.get_by_role("button", name="next move of the path").click()
        page.locator(".state").nth(2).click()
        page.locator(".small").first.click()
        for theme in ("JupyterLab Light", DARK):
            set_theme(page, theme)
            assert faint(page) == []
            shown = page.locator(".dscourse-explorer")
            shown.screenshot(path=artifacts / f"explorer-{width}-{theme.split()[-1]}.png")
