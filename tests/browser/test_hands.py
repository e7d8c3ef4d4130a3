"""Every gesture on a diagram by hand in a real JupyterLab: by mouse, by keyboard, and on a touch screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from playwright import sync_api
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import finger
from tests.browser.lab import DARK, LIGHT, errors, faint, notebook, run_all, set_theme
from tests.browser.one_cell import COUNTERS, one_cell
from tests.browser.places import box, middle
from tests.browser.server import Server, jupyterlab
from tests.effort import SOAK

SLOW = (
    COUNTERS.replace("Diagram(counters, all_agree)", "")
    + """
import time

def slow(world):
    if not world.alive("a"):
        time.sleep(2)
    if not world.alive("b"):
        raise RuntimeError("the judge cannot do without b")
    return True

Diagram(counters, slow)
"""
)


@contextmanager
def shown(browser: Browser, folder: Path, code: str) -> Iterator[Page]:
    with (
        jupyterlab([one_cell(folder, code)]) as server,
        notebook(browser, server, "touch.ipynb") as page,
    ):
        start(page)
        yield page


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab with one notebook that shows a diagram."""
    with jupyterlab([one_cell(tmp_path_factory.mktemp("hands"), COUNTERS)]) as server:
        yield server


@pytest.fixture
def page(browser: Browser, lab: Server) -> Iterator[Page]:
    """The notebook, run, with its diagram in view."""
    with notebook(browser, lab, "touch.ipynb", height=1200) as opened:
        start(opened)
        yield opened


def start(page: Page) -> None:
    run_all(page)
    expect(page.locator(".dscourse-touch .message").first).to_be_attached()
    assert errors(page) == []


def lane(page: Page, node: str, share: float) -> tuple[float, float]:
    """The point at this share of a node's line."""
    area = box(page.locator(f'.lane[aria-label="line of {node}"]'))
    return area["x"] + share * area["width"], area["y"] + area["height"] / 2


def choose(page: Page, node: str, share: float, *items: str) -> None:
    page.mouse.click(*lane(page, node, share))
    for name in items:
        page.get_by_role("menuitem", name=name).first.click()


def entries(page: Page) -> Locator:
    return page.locator(".dscourse-touch .touches li")


def drag(page: Page, element: Locator, by: float, release: bool = True) -> None:
    x, y = middle(element)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y + 2, steps=4)
    if release:
        page.mouse.up()


def test_the_gestures_of_a_line_are_made_by_mouse(page: Page) -> None:
    choose(page, "b", 0.3, "cut one link")
    page.get_by_label("direction").select_option("only to b")
    page.get_by_role("menuitem", name="cut it").click()
    expect(entries(page)).to_contain_text(["cut a → b from"])
    choose(page, "c", 0.2, "partition the network")
    page.get_by_label("a on other side").uncheck()
    page.get_by_role("menuitem", name="partition it").click()
    expect(entries(page).nth(1)).to_contain_text("partition c | b from")
    choose(page, "a", 0.8, "set its clock wrong")
    page.get_by_label("ahead by (ms)").fill("-30")
    page.get_by_role("menuitem", name="set it so").click()
    expect(entries(page).nth(2)).to_contain_text("clock of a -30 ms")
    choose(page, "a", 0.9, "another operation")
    page.get_by_label("value").fill("5")
    page.get_by_role("menuitem", name="invoke it").click()
    expect(entries(page).nth(3)).to_contain_text("a invokes add 5 at")
    choose(
        page, "c", 0.7, "crash within a handler", "the operation add 1", "after 1: send add 1 to a"
    )
    expect(entries(page).nth(4)).to_contain_text("after 'send add 1 to a'")
    expect(page.locator(".dscourse-touch .news")).to_contain_text(
        "Crash c as it handles the operation add 1"
    )


def test_an_edge_is_dragged_and_moved_by_keys_and_its_gesture_stays_one(page: Page) -> None:
    choose(page, "b", 0.5, "pause")
    expect(entries(page)).to_have_count(1)
    before = entries(page).inner_text()
    drag(page, page.locator(".edge").first, -60)
    expect(entries(page)).not_to_have_text(before)
    expect(entries(page)).to_have_count(1)
    edge = page.locator('.edge[aria-label$="its start"]')
    edge.focus()
    at = float(edge.get_attribute("aria-valuenow") or "0")
    page.keyboard.press("Shift+ArrowLeft")
    expect(edge).to_have_attribute("aria-valuenow", str(round(at - 10, 1)).removesuffix(".0"))
    expect(edge).to_be_focused()
    position = middle(edge)
    drag(page, edge, 80, release=False)
    assert middle(edge) != position
    page.keyboard.press("Escape")
    page.mouse.up()
    assert middle(edge) == position
    expect(edge).to_have_attribute("aria-valuenow", str(round(at - 10, 1)).removesuffix(".0"))
    page.keyboard.press("Delete")
    expect(entries(page)).to_have_count(0)
    page.get_by_role("button", name="undo").click()
    expect(entries(page)).to_have_count(1)


def test_a_message_is_dragged_past_another_and_put_back_and_never_before_its_sending(
    page: Page,
) -> None:
    head, status = page.locator(".head").nth(2), page.locator(".dscourse-touch .status")
    drag(page, head, 180, release=False)
    expect(status).to_contain_text("after c's 1st Add to a")
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".ghost")).to_have_count(0)
    expect(entries(page)).to_have_count(0)
    drag(page, head, -320, release=False)
    expect(status).to_contain_text("cannot arrive before 20 ms, when it is sent")
    page.mouse.up()
    expect(page.get_by_role("alert")).to_contain_text("it is sent at 20 ms")
    expect(entries(page)).to_have_count(0)
    choose(page, "a", 0.8, "crash")
    expect(entries(page)).to_have_count(1)
    drag(page, page.locator(".head").nth(2), 400, release=False)
    expect(status).to_contain_text("would be lost")
    page.mouse.up()
    expect(entries(page).nth(1)).to_contain_text("it is lost: a is down when it arrives")


def test_the_list_is_edited_switched_and_undone(page: Page) -> None:
    choose(page, "b", 0.5, "crash")
    page.get_by_role("button", name="edit the numbers of").click()
    field = page.locator(".numbers").get_by_label("at (ms)")
    expect(field).to_be_focused()
    field.fill("12")
    page.keyboard.press("Enter")
    expect(entries(page)).to_contain_text("crash b at 12 ms")
    page.get_by_role("button", name="edit the numbers of").click()
    field.fill("")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("crash, at (ms): a number is required")
    page.get_by_role("button", name="remove: crash b").click()
    expect(entries(page)).to_have_count(0)
    page.locator(".message").first.focus()
    page.keyboard.press("Control+z")
    expect(entries(page)).to_contain_text("crash b at 12 ms")


def test_the_picture_is_one_tab_stop_and_keys_go_from_one_thing_to_the_next(page: Page) -> None:
    assert page.locator(".overlay [tabindex='0']").count() == 1
    page.locator(".message").first.focus()
    for key, now in (
        ("ArrowDown", "message a's 1st Add to c"), ("n", "message b's 1st Add to a"),
        ("p", "message a's 1st Add to c"), ("PageUp", "lane a"), ("ArrowDown", "lane b"),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(page.locator(f'[data-key="{now}"]')).to_be_focused()
    assert page.locator(".overlay [tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="crash", exact=True)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".menu").get_by_label("at (ms)")).to_be_focused()
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate("() => Boolean(document.activeElement.closest('.menu'))")
    page.keyboard.press("Escape")
    expect(page.locator('[data-key="lane b"]')).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator(".keys")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator(".keys")).to_be_hidden()


def test_the_code_is_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose(page, "b", 0.5, "crash")
    expect(entries(page)).to_have_count(1)
    page.locator(".dscourse-touch summary").last.click()
    page.get_by_role("button", name="copy", exact=True).click()
    expect(page.get_by_role("button", name="copied")).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == page.locator(".dscourse-touch details pre").inner_text()
    assert "Crash('b')" in copied


def test_a_slow_judge_is_shown_to_be_busy_and_one_that_raises_keeps_the_picture(
    browser: Browser, tmp_path: Path
) -> None:
    with shown(browser, tmp_path, SLOW) as page:
        root = page.locator(".dscourse-touch")
        choose(page, "a", 0.5, "crash")
        expect(root).to_have_attribute("aria-busy", "true")
        expect(root.locator(".news")).to_have_text("The run is under way …")
        expect(root).not_to_have_attribute("aria-busy", "true")
        page.get_by_role("button", name="undo").click()
        expect(entries(page)).to_have_count(0)
        choose(page, "b", 0.5, "crash")
        expect(root.locator(".card")).to_contain_text("the judge cannot do without b")
        expect(root.locator(".message")).to_have_count(6)
        page.get_by_role("button", name="undo").click()
        expect(root.locator(".card")).to_contain_text("✓ slow")


def test_a_finger_opens_the_menu_and_drags(browser: Browser, lab: Server) -> None:
    with notebook(browser, lab, "touch.ipynb", 900, 1100, has_touch=True, is_mobile=True) as page:
        start(page)
        wide = page.locator(".head").first.evaluate(
            "e => { const box = e.getBoundingClientRect(); return box.width + 24; }"
        )
        assert wide >= 24
        page.touchscreen.tap(*middle(page.locator(".message").first))
        page.get_by_role("menuitem", name="lose it").tap()
        expect(entries(page)).to_contain_text("lose a's 1st Add to b")
        page.get_by_role("button", name="undo").tap()
        expect(entries(page)).to_have_count(0)
        x, y = middle(page.locator(".head").first)
        finger.drag(page, [(x + far, y + 2) for far in (0, 30, 60, 90)])
        expect(entries(page)).to_contain_text("a's 1st Add to b arrives at")
        page.get_by_role("button", name="undo").tap()
        expect(entries(page)).to_have_count(0)
        page.touchscreen.tap(*middle(page.locator(".head").last))
        expect(page.locator(".menu")).to_contain_text(
            "lose it"
        )  # and no item below the finger is taken
        page.keyboard.press("Escape")
        expect(entries(page)).to_have_count(0)
        page.touchscreen.tap(*lane(page, "b", 0.6))
        page.get_by_role("menuitem", name="pause", exact=True).tap()
        expect(entries(page)).to_contain_text("pause b from")
        before = entries(page).inner_text()
        x, y = middle(page.locator(".edge .grip").first)
        finger.drag(page, [(x - far, y) for far in (0, 30, 60)])
        expect(entries(page)).not_to_have_text(before)
        expect(entries(page)).to_have_count(1)


def test_random_gestures_leave_the_picture_and_its_menus_whole(page: Page) -> None:
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    draws = Random(16)
    acts: list[Callable[[], object]] = [
        lambda: page.mouse.click(*lane(page, draws.choice("abc"), draws.uniform(0.05, 0.95))),
        lambda: page.locator(".menu [role=menuitem]").nth(draws.randrange(8)).click(timeout=1000),
        lambda: drag(page, page.locator(".head, .edge").nth(draws.randrange(4)), draws.uniform(-200, 200)),
        lambda: page.keyboard.press(draws.choice(["Enter", "Escape", "ArrowRight", "n", "PageDown", "Delete", "?"])),
        lambda: page.get_by_role("button", name=draws.choice(["undo", "redo", "reset"])).click(timeout=1000),
    ]  # fmt: skip
    for _ in range(300 if SOAK else 30):
        try:
            draws.choice(acts)()
        except (AssertionError, sync_api.TimeoutError):
            continue  # nothing to click there
    page.keyboard.press("Escape")
    expect(page.locator(".dscourse-touch .message").first).to_be_attached()
    assert wrong == []
    assert errors(page) == []


def test_menus_and_the_list_read_well_in_both_themes(page: Page, artifacts: Path) -> None:
    choose(page, "b", 0.5, "pause")
    expect(entries(page)).to_have_count(1)
    page.get_by_role("button", name="edit the numbers of").click()
    for theme in (LIGHT, DARK):
        set_theme(page, theme)
        page.get_by_role("button", name="help").click()
        assert faint(page) == []
        page.keyboard.press("Escape")
        choose(page, "c", 0.2, "partition the network")
        assert faint(page) == []
        page.locator(".dscourse-touch").screenshot(
            path=artifacts / f"hands-{theme.split()[-1]}.png"
        )
        page.keyboard.press("Escape")
