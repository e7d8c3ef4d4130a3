"""The hand and the kernel at work at the same time: quick keys, a new picture during a drag or a menu, two views."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import errors, notebook, run_all
from tests.browser.one_cell import COUNTERS, one_cell
from tests.browser.places import box, middle
from tests.browser.server import jupyterlab

TWICE = COUNTERS.replace("Diagram(counters, all_agree)", "d = Diagram(counters, all_agree)") + (
    "\nfrom IPython.display import display\ndisplay(d)\ndisplay(d)\n"
)
EXECUTE = """code => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
    .requestExecute({code}).done.then(reply => reply.content.status)"""


@pytest.fixture(scope="module")
def twice(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A notebook in which one diagram is displayed twice."""
    path = one_cell(tmp_path_factory.mktemp("work"), TWICE)
    with jupyterlab([path]) as server, notebook(browser, server, path.name, height=1800) as page:
        run_all(page)
        expect(page.locator(".dscourse-touch .message")).to_have_count(12)
        yield page
        assert errors(page) == []


@pytest.fixture
def page(twice: Page) -> Iterator[Page]:
    """The same page, without gestures and with the whole run in view; no script may fail in it."""
    wrong: list[str] = []

    def note(error: Exception) -> None:
        wrong.append(str(error))

    twice.on("pageerror", note)
    twice.keyboard.press("Escape")
    python(twice, "d.touch('reset'); d.look()")
    expect(twice.locator(".touches li")).to_have_count(0)
    twice.wait_for_timeout(400)  # until the picture stands still
    yield twice
    twice.remove_listener("pageerror", note)
    assert wrong == []


def python(page: Page, code: str) -> None:
    """Run code in the kernel of the notebook, and wait until it is done."""
    assert page.evaluate(EXECUTE, code) == "ok"


def view(page: Page, number: int = 0) -> Locator:
    return page.locator(".dscourse-touch").nth(number)


def entries(page: Page, number: int = 0) -> Locator:
    return view(page, number).locator(".touches li")


def line(page: Page, node: str) -> Locator:
    return view(page).locator(f'.lane[aria-label="line of {node}"]')


def test_keys_pressed_while_the_kernel_is_at_work_add_up(page: Page) -> None:
    message = view(page).locator(".message").first
    name, end = (message.get_attribute("aria-label") or "").split(": ")[0], 17.853
    message.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(entries(page)).to_have_text([f" {name} arrives at {end + 6:g} ms✎×"])
    page.keyboard.press("Delete")
    expect(entries(page).nth(1)).to_contain_text(f"lose {name}")
    expect(view(page).locator(".message").first).to_be_focused()


def test_a_menu_stays_while_another_picture_comes_and_means_what_it_showed(page: Page) -> None:
    page.mouse.click(*middle(view(page).locator('.message[aria-label^="c\'s 1st Add to b"]')))
    field = view(page).get_by_label("at (ms)")
    field.fill("46")
    python(page, "d.touch('crash', 'b', 18)")  # other numbers for all later messages
    expect(entries(page, 1)).to_have_count(1)
    expect(field).to_be_focused()
    expect(field).to_have_value("46")
    expect(entries(page)).to_have_count(0)
    page.get_by_role("menuitem", name="let it arrive at this time").click()
    expect(entries(page).nth(1)).to_contain_text("c's 1st Add to b arrives at 46 ms")
    expect(view(page).locator(".sheet svg").first).to_contain_text("down")


def test_a_drag_goes_on_while_another_picture_comes(page: Page) -> None:
    x, y = middle(view(page).locator(".head").first)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y, steps=3)
    python(page, "d.touch('crash', 'c', 40)")
    expect(entries(page, 1)).to_have_count(1)
    page.mouse.move(x + 60, y, steps=3)
    page.mouse.up()
    expect(entries(page).nth(1)).to_contain_text("a's 1st Add to b arrives at")
    swallowed = page.evaluate(
        """() => !document.body.dispatchEvent(
            new KeyboardEvent('keydown', {key: 'Escape', bubbles: true, cancelable: true}))"""
    )
    assert not swallowed


def test_both_views_show_the_same_and_one_can_be_closed(page: Page) -> None:
    sentences = page.locator(".dscourse-touch .sentence")
    for number in (1, 0, 1):
        before = sentences.first.inner_text()
        view(page, number).locator(".sheet[data-key=paper]").press("+")
        expect(sentences.first).not_to_have_text(before)
        expect(sentences).to_have_text([sentences.first.inner_text()] * 2)
        expect(page.locator(".canvas:visible")).to_have_count(0)
    view(page, 1).locator(".message").first.focus()
    page.keyboard.press("Delete")
    expect(entries(page)).to_have_count(1)
    assert view(page, 1).evaluate("one => one.contains(document.activeElement)")


def test_a_double_click_makes_no_gesture(page: Page) -> None:
    for message in range(6):
        page.mouse.dblclick(*middle(view(page).locator(".message").nth(message)))
        page.keyboard.press("Escape")
    for share in (0.5, 0.8, 0.97):
        page.mouse.dblclick(*middle(line(page, "c"), share))
        expect(view(page).locator(".menu")).to_be_visible()
        page.keyboard.press("Escape")  # the second click has left the focus within the menu
        expect(view(page).locator(".menu")).to_be_hidden()
    expect(entries(page)).to_have_count(0)


def test_no_key_goes_through_a_menu(page: Page) -> None:
    page.mouse.click(*middle(line(page, "b")))
    item = view(page).get_by_role("menuitem", name="crash").first
    item.focus()
    for key in "+-0/,.b?n":
        page.keyboard.press(key)
        expect(item).to_be_focused()
    page.keyboard.press("Escape")
    expect(view(page).locator(".sentence")).not_to_contain_text("From ")
    expect(line(page, "b")).to_be_focused()


def test_the_other_button_opens_the_same_menu_and_no_other(page: Page) -> None:
    python(page, "d.touch('pause', 'b', 20, 30)")
    expect(view(page).locator(".edge")).to_have_count(2)
    page.wait_for_timeout(400)  # until the picture stands still
    for element, title in (
        (view(page).locator(".head").first, "a's 1st Add to b"), (line(page, "a"), "a"),
        (view(page).locator(".message").nth(1), "a's 1st Add to c"),
        (view(page).locator(".edge").first, "pause b from 20 to 30 ms"),
    ):  # fmt: skip
        page.mouse.click(*middle(element), button="right")
        expect(view(page).locator(".menu strong")).to_have_text(title)
        expect(page.locator(".lm-Menu")).to_have_count(0)
        page.keyboard.press("Escape")


def test_a_press_released_outside_of_the_picture_does_not_pan(page: Page) -> None:
    view(page).locator(".sheet[data-key=paper]").press("+")
    sentence = view(page).locator(".sentence")
    expect(sentence).to_contain_text("From ")
    before = sentence.inner_text()
    area = box(view(page).locator(".overlay"))
    x, y = area["x"] + 300, area["y"]
    page.mouse.move(x, y + 1)
    page.mouse.down()
    page.mouse.move(x, y - 30)
    page.mouse.up()
    page.mouse.move(x + 10, y + 12)
    page.mouse.move(x + 120, y + 12, steps=5)
    page.wait_for_timeout(300)
    assert sentence.inner_text() == before


def test_the_focus_goes_to_the_picture_when_what_had_it_can_no_longer_be_used(page: Page) -> None:
    python(page, "d.touch('crash', 'b', 20)")
    view(page).get_by_role("button", name="reset").press("Enter")
    expect(entries(page)).to_have_count(0)
    expect(view(page).locator(".sheet[data-key=paper]")).to_be_focused()


def test_a_click_is_not_lost_when_a_picture_comes_between_press_and_release(page: Page) -> None:
    page.mouse.move(*middle(line(page, "b")))
    page.mouse.down()
    python(page, "d.touch('crash', 'c', 40)")
    expect(entries(page, 1)).to_have_count(1)
    page.mouse.up()
    expect(view(page).locator(".menu strong")).to_have_text("b")
    expect(entries(page)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(entries(page)).to_have_count(1)


def test_when_the_kernel_has_ended_it_is_said_and_the_picture_stays(page: Page) -> None:
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
    )
    message = view(page).locator(".message").first
    message.focus()
    page.keyboard.press("Delete")
    expect(view(page).locator(".news")).to_have_text(
        "The kernel that drew this picture has ended. Run the cell again."
    )
    page.keyboard.press("+")
    page.wait_for_timeout(300)
    expect(view(page).locator(".canvas")).to_be_hidden()
    expect(message).to_be_focused()
