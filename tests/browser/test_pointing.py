"""Messages that lie close together, picked by mouse: chapter 08's deeds, and the choice among several."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import DARK, LIGHT, errors, faint, notebook, run_all, set_theme
from tests.browser.one_cell import one_cell
from tests.browser.places import box
from tests.browser.server import Server, jupyterlab
from tests.touch.discovered import sources_of

CLEAR = 0.83  # the share of a victory's line at which no other message lies
FIRST, SECOND = "n3's 1st Victory to n2", "n3's 2nd Victory to n2"
OTHER = "n3's 1st Victory to n1"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab with one notebook, which holds chapter 08's diagram alone."""
    code = "\n".join(sources_of("08", "imports", "naive-explored", "touch-run"))
    with jupyterlab([one_cell(tmp_path_factory.mktemp("pointing"), code)]) as server:
        yield server


@pytest.fixture
def page(browser: Browser, lab: Server) -> Iterator[Page]:
    """The notebook, run, with its diagram in view."""
    with notebook(browser, lab, "touch.ipynb", height=1200) as opened:
        run_all(opened)
        expect(opened.locator(".dscourse-touch .message").first).to_be_attached()
        assert errors(opened) == []
        yield opened


def on_message(page: Page, name: str, share: float) -> tuple[float, float]:
    """The point of the screen at this share of a message's line, from its sending on."""
    line = page.locator(f'.message[aria-label^="{name}:"]')
    line.scroll_into_view_if_needed()
    x, y = line.evaluate(
        """(line, share) => {
          const [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map((name) => Number(line.getAttribute(name)));
          const at = new DOMPoint(x1 + share * (x2 - x1), y1 + share * (y2 - y1));
          const { x, y } = at.matrixTransform(line.getScreenCTM());
          return [x, y];
        }""",
        share,
    )
    return x, y


def menu(page: Page) -> Locator:
    return page.locator(".dscourse-touch .menu")


def shoot(page: Page, artifacts: Path, name: str) -> None:
    page.locator(".dscourse-touch").screenshot(path=artifacts / f"pointing-{name}.png")


def cut_off(page: Page, node: str, touches: int) -> None:
    """Cut a node off from 100 ms for 290 ms, by a click on its line."""
    lane = page.locator(f'.lane[aria-label="line of {node}"]')
    lane.scroll_into_view_if_needed()
    area = box(lane)
    page.mouse.click(area["x"] + 0.93 * area["width"], area["y"] + area["height"] / 2)
    menu(page).get_by_label("at (ms)").fill("100")
    menu(page).get_by_label("for (ms)").fill("290")
    menu(page).get_by_role("menuitem", name="cut off").click()
    expect(page.locator(".dscourse-touch .touches li")).to_have_count(touches)


@pytest.mark.parametrize(("deed", "nodes"), [(0, ["n3"]), (2, ["n3", "n2"])])
def test_leaders_are_cut_off_by_mouse(
    page: Page, artifacts: Path, deed: int, nodes: list[str]
) -> None:
    for count, node in enumerate(nodes, start=1):
        cut_off(page, node, count)
    expect(page.locator(".dscourse-touch .tasks li").nth(deed)).to_contain_text("☑")
    shoot(page, artifacts, f"deed-{deed}")


def test_each_victory_is_picked_and_lost_by_mouse(page: Page, artifacts: Path) -> None:
    for count, name in enumerate((FIRST, SECOND), start=1):
        page.mouse.click(*on_message(page, name, CLEAR))
        expect(menu(page).locator("strong")).to_have_text(name)
        menu(page).get_by_role("menuitem", name="lose it").click()
        expect(page.locator(".dscourse-touch .touches li")).to_have_count(count)
    expect(page.locator(".dscourse-touch .tasks li").nth(1)).to_contain_text("done with 2 touches")
    shoot(page, artifacts, "deed-1")


def test_each_victory_is_dragged_past_the_time_out(page: Page, artifacts: Path) -> None:
    for count, name in enumerate((SECOND, FIRST), start=1):
        x, y = on_message(
            page, name, 0.94
        )  # two heads are in one place: the line tells which is meant
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 110, y + 2, steps=5)
        expect(page.locator(".dscourse-touch .status")).to_contain_text(f"{name} arrives at")
        page.mouse.up()
        expect(page.locator(".dscourse-touch .touches li")).to_have_count(count)
    expect(page.locator(".dscourse-touch .tasks li").nth(1)).to_contain_text("done with 2 touches")
    shoot(page, artifacts, "dragged")


def test_where_several_messages_lie_the_menu_asks_which(page: Page, artifacts: Path) -> None:
    page.mouse.click(*on_message(page, FIRST, 0.05))
    expect(menu(page).locator("strong")).to_have_text("which message?")
    items = menu(page).get_by_role("menuitem")
    expect(items).to_contain_text([f"{FIRST}: victory", f"{OTHER}: victory"])
    for theme in (LIGHT, DARK):
        set_theme(page, theme)
        assert faint(page) == []
        shoot(page, artifacts, f"which-{theme.split()[-1]}")
    page.keyboard.press("Escape")
    page.mouse.click(*on_message(page, FIRST, 0.05))
    expect(items.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    wanted = items.nth(1)
    expect(wanted).to_be_focused()
    expect(page.locator(".dscourse-touch .status")).to_contain_text(f"{OTHER}: victory; sent at 0")
    page.keyboard.press("Enter")
    expect(menu(page).locator("strong")).to_have_text(OTHER)
    page.keyboard.press("Enter")
    expect(page.locator(".dscourse-touch .touches li")).to_contain_text(f"lose {OTHER}")


def test_the_pointer_means_the_nearest_message(page: Page) -> None:
    status = page.locator(".dscourse-touch .status")
    for share in (0.6, 0.73):  # two messages cross at 0.67
        page.mouse.move(*on_message(page, FIRST, share))
        expect(status).to_contain_text(f"{FIRST}:")
    page.mouse.move(*on_message(page, "n1's 1st Election to n3", 0.6))
    expect(status).to_contain_text("n1's 1st Election to n3:")
