"""Zooming, panning and long runs in a real JupyterLab: by mouse, by wheel and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import DARK, LIGHT, errors, faint, notebook, run_all, set_theme
from tests.browser.one_cell import COUNTERS, one_cell
from tests.browser.places import box
from tests.browser.server import jupyterlab

LONG = """
from dscourse.node import cluster
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import At, Crash, Heal, Network, Partition, Restart, Uniform, World
from dscourse.touch import Diagram

FAULTS = [
    At(400, Crash("c")), At(600, Restart("c")), At(800, Partition(["a", "b"], ["c", "d", "e", "f"])), At(900, Heal()),
]

def build(plan):
    world = World(cluster(Counter, list("abcdef")), 3, Network(Uniform(4, 16), loss=0.02), [*FAULTS, *plan])
    for turn in range(60):
        for place, name in enumerate("abcdef"):
            world.submit(name, [("add", None, 1)], start_ms=5 + 15 * place + 30 * turn)
    return world.run()

Diagram(build)
"""

SHEET = ".dscourse-touch .sheet[data-key=paper]"


def opened(browser: Browser, folder: Path, code: str) -> Iterator[Page]:
    """A notebook that shows the diagram of this code."""
    with (
        jupyterlab([one_cell(folder, code)]) as server,
        notebook(browser, server, "touch.ipynb") as page,
    ):
        run_all(page)
        expect(page.locator(".dscourse-touch .lane").first).to_be_attached()
        assert errors(page) == []
        yield page


@pytest.fixture(scope="module")
def short(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    yield from opened(browser, tmp_path_factory.mktemp("short"), COUNTERS)


@pytest.fixture(scope="module")
def long(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    yield from opened(browser, tmp_path_factory.mktemp("long"), LONG)


@pytest.fixture(params=["short", "long"])
def page(request: pytest.FixtureRequest) -> Page:
    """A diagram that shows its whole run."""
    found: Page = request.getfixturevalue(request.param)
    fit(found)
    return found


def sentence(page: Page) -> Locator:
    return page.locator(".dscourse-touch .sentence")


def fit(page: Page) -> None:
    page.get_by_role("button", name="the whole run").click()
    expect(sentence(page)).not_to_contain_text("From ")
    expect(page.locator(SHEET + " > .canvas:not(.under)")).to_be_hidden()


def stretch(page: Page) -> tuple[float, float]:
    """The stretch in ms that the sentence tells, once it tells one."""
    expect(sentence(page)).to_contain_text("From ")
    expect(page.locator(SHEET + " > .canvas:not(.under)")).to_be_hidden()
    found = re.search(r"From ([\d.]+) to ([\d.]+) ms", sentence(page).inner_text())
    assert found
    return float(found[1]), float(found[2])


def width(page: Page) -> float:
    start, end = stretch(page)
    return end - start


def closed_while_the_picture_changes(page: Page) -> None:
    """Close the filters, drag the window of a zoomed run on its minimap, and show the whole run again."""
    page.evaluate("() => { document.querySelector('.dscourse-touch .filters').open = false; }")
    test_the_window_is_dragged_on_the_minimap(page)
    fit(page)


@pytest.mark.parametrize("zoomed", [False, True])
def test_types_and_nodes_are_left_out_and_the_sentence_says_so(short: Page, zoomed: bool) -> None:
    fit(short)
    if zoomed:
        closed_while_the_picture_changes(short)
    short.locator(SHEET).press("/")
    short.get_by_label("Add (6)").uncheck()
    expect(sentence(short)).to_contain_text("1 type of message is hidden: Add.")
    expect(short.locator(".message")).to_have_count(0)
    expect(short.locator(".filters summary")).to_contain_text("1 type of message hidden")
    short.get_by_label("Add (6)").check()
    expect(short.locator(".message")).to_have_count(6)
    short.locator('.filters [data-key="show node c"]').press("Space")
    expect(sentence(short)).to_contain_text("c is folded away.")
    expect(short.locator(".lane")).to_have_count(2)
    expect(short.locator(".message")).to_have_count(2)
    short.locator('.filters [data-key="show node c"]').press("Space")
    expect(short.locator(".message")).to_have_count(6)


def test_keys_zoom_pan_and_show_the_whole_run_again(page: Page) -> None:
    sheet = page.locator(SHEET)
    sheet.focus()
    sheet.press("+")
    first = stretch(page)
    sheet.press("ArrowRight")
    expect(sentence(page)).not_to_contain_text(f"From {first[0]:g} ")
    second = stretch(page)
    assert second[0] > first[0]
    assert second[1] - second[0] == pytest.approx(first[1] - first[0], abs=0.05)
    sheet.press("Home")
    expect(sentence(page)).not_to_contain_text("From ")
    expect(sheet).to_be_focused()


def test_the_wheel_scrolls_the_page_and_zooms_only_with_ctrl(page: Page) -> None:
    area = box(page.locator(".overlay"))
    page.mouse.move(area["x"] + 300, area["y"] + 80)  # still above it when the page has scrolled
    page.mouse.wheel(0, -40)
    page.wait_for_timeout(300)
    expect(sentence(page)).not_to_contain_text("From ")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    zoomed = stretch(page)
    page.keyboard.down("Shift")
    page.mouse.wheel(0, 100)
    page.keyboard.up("Shift")
    expect(sentence(page)).not_to_contain_text(f"From {zoomed[0]:g} ")
    assert stretch(page)[0] > zoomed[0]


def test_a_drag_on_empty_paper_moves_the_window_and_no_click_follows(page: Page) -> None:
    page.locator(SHEET).press("+")
    before = stretch(page)
    area = box(page.locator(".overlay"))
    page.mouse.move(area["x"] + 500, area["y"] + 8)
    page.mouse.down()
    page.mouse.move(area["x"] + 400, area["y"] + 12, steps=5)
    page.mouse.up()
    expect(sentence(page)).not_to_contain_text(f"From {before[0]:g} ")
    assert stretch(page)[0] > before[0]
    expect(page.locator(".menu")).to_be_hidden()


def test_the_window_is_dragged_on_the_minimap(page: Page) -> None:
    for _ in range(3):
        page.locator(SHEET).press("+")
    before = stretch(page)
    area = box(page.locator(".minimap"))
    page.mouse.click(area["x"] + area["width"] * 0.8, area["y"] + 10)
    expect(sentence(page)).not_to_contain_text(f"From {before[0]:g} ")
    after = stretch(page)
    assert after[0] > before[0]
    frame = box(page.locator(".minimap .frame"))
    page.mouse.move(frame["x"] + 3, frame["y"] + 10)
    page.mouse.down()
    page.mouse.move(frame["x"] - 60, frame["y"] + 10, steps=4)
    page.mouse.up()
    expect(sentence(page)).not_to_contain_text(f"From {after[0]:g} ")
    start, end = stretch(page)
    assert start < after[0]
    assert end == pytest.approx(after[1], abs=0.05)


def test_a_long_run_is_drawn_on_a_canvas_whose_messages_can_be_touched(long: Page) -> None:
    fit(long)
    expect(long.locator(".message")).to_have_count(1)  # which keys move from message to message
    for _ in range(5):
        long.locator(SHEET).press("+")
    stretch(long)
    expect(long.locator(".canvas")).to_be_visible()
    first, second = (box(long.locator(".lane").nth(row)) for row in (0, 1))
    y = (first["y"] + second["y"]) / 2
    for x in range(int(first["x"]) + 300, int(first["x"]) + 500, 7):
        long.mouse.move(x, y)
        if "arrives at" in long.locator(".status").inner_text():
            break
    name = long.locator(".status").inner_text().split(":")[0]
    long.mouse.click(x, y)
    if long.locator(".menu strong").inner_text() == "which message?":
        long.locator(".menu [role=menuitem]").first.click()
    long.get_by_role("menuitem", name="lose it").click()
    expect(long.locator(".touches li")).to_contain_text(f"lose {name}")
    long.get_by_role("button", name="undo").click()
    expect(long.locator(".touches li")).to_have_count(0)
    for _ in range(5):
        long.locator(SHEET).press("+")
    expect(long.locator(".message").first).to_be_attached()
    expect(long.locator(".canvas")).to_be_hidden()


def test_long_runs_look_right_in_both_themes(long: Page, artifacts: Path) -> None:
    for theme in (LIGHT, DARK):
        set_theme(long, theme)
        assert faint(long) == []
        fit(long)
        long.locator(".dscourse-touch").screenshot(path=artifacts / f"long-{theme.split()[-1]}.png")
        for _ in range(5):
            long.locator(SHEET).press("+")
        stretch(long)
        long.locator(".dscourse-touch").screenshot(
            path=artifacts / f"zoomed-{theme.split()[-1]}.png"
        )
    set_theme(long, LIGHT)


def test_words_are_found_and_the_window_follows(long: Page) -> None:
    fit(long)
    for _ in range(7):
        long.locator(SHEET).press("+")
    stretch(long)
    long.locator(SHEET).press("/")
    field = long.locator(".filters input[type=search]")
    expect(field).to_be_focused()
    field.fill("e's 7th add to b")
    field.press("Enter")
    expect(long.locator(".filters [role=status]")).to_contain_text("1 of 1: at")
    expect(long.locator(".overlay .mark")).to_have_count(1)
    ms = float(long.locator(".filters [role=status]").inner_text().split("at ")[1].split()[0])
    low, high = stretch(long)
    assert low <= ms <= high
    field.fill("")


def test_the_new_picture_moves_from_the_old_one_unless_little_motion_is_wanted(short: Page) -> None:
    fit(short)
    moved = """() => { window.moves = new Set(); new MutationObserver((changes) => changes.forEach((change) =>
        window.moves.add(change.target.getAttribute('d')))).observe(
        document.querySelector('.sheet[data-key=paper]'),
        {attributes: true, subtree: true, attributeFilter: ['d']}); }"""
    short.evaluate(moved)
    first = short.locator(".message").first
    for motion, least, most in (("no-preference", 3, 99), ("reduce", 0, 0)):
        short.emulate_media(reduced_motion=motion)
        short.evaluate("() => window.moves.clear()")
        first.focus()
        first.press("Shift+ArrowRight")
        expect(short.locator(".touches li")).to_have_count(1)
        short.wait_for_timeout(500)
        assert least <= short.evaluate("() => window.moves.size") <= most
        short.get_by_role("button", name="undo").click()
        expect(short.locator(".touches li")).to_have_count(0)
        short.wait_for_timeout(500)
    short.emulate_media(reduced_motion="no-preference")


def test_the_key_b_blinks_between_before_and_after(short: Page) -> None:
    fit(short)
    shown = short.locator(SHEET + " > svg:not(.overlay)")
    short.locator(".message").first.focus()
    short.keyboard.press("Delete")
    expect(short.locator(".touches li")).to_have_count(1)
    short.wait_for_timeout(500)
    expect(shown).to_contain_text("lost")
    short.locator(SHEET).press("b")
    expect(shown).not_to_contain_text("lost")
    short.locator(SHEET).press("b")
    expect(shown).to_contain_text("lost")
    short.get_by_role("button", name="undo").click()
    expect(short.locator(".touches li")).to_have_count(0)


def test_every_message_of_the_canvas_is_reached_and_touched_by_keys(long: Page) -> None:
    fit(long)
    for _ in range(5):
        long.locator(SHEET).press("+")
    stretch(long)
    message = long.locator(".overlay .message")
    expect(message).to_have_count(1)
    message.focus()
    names = [message.get_attribute("data-key")]
    for key in ("n", "ArrowDown", "p"):
        long.keyboard.press(key)
        expect(message).to_be_focused()
        names.append(message.get_attribute("data-key"))
    assert names[1] == names[3]
    assert len(set(names)) == 3
    assert long.locator(".overlay .mark.past").get_attribute("d")
    long.keyboard.press("Delete")
    expect(long.locator(".touches li")).to_contain_text("lose")
    expect(message).to_be_focused()
    assert message.get_attribute("data-key") == names[1]
    long.keyboard.press("Enter")
    long.keyboard.press("Escape")
    expect(message).to_be_focused()
    before = stretch(long)
    for press in range(400):  # 360 messages are in view: beyond its left edge
        long.keyboard.press("p")
        if press % 20 == 0 and f"From {before[0]:g} " not in sentence(long).inner_text():
            break
    expect(sentence(long)).not_to_contain_text(f"From {before[0]:g} ")
    expect(message).to_be_focused()
    long.get_by_role("button", name="undo").click()
    expect(long.locator(".touches li")).to_have_count(0)


def test_the_canvas_asks_which_of_several_messages_is_meant(long: Page) -> None:
    fit(long)
    for _ in range(5):
        long.locator(SHEET).press("+")
    stretch(long)
    area = box(long.locator(".overlay"))
    menu = long.locator(".menu strong")
    for x in range(200, 600, 9):
        long.mouse.click(area["x"] + x, area["y"] + 76)
        if menu.count() and menu.inner_text() == "which message?":
            break
        long.keyboard.press("Escape")
    expect(menu).to_have_text("which message?")
    long.get_by_role("menuitem").nth(1).click()
    expect(menu).not_to_have_text("which message?")
    long.keyboard.press("Escape")
    expect(long.locator(".overlay .message")).to_be_focused()


def test_two_fingers_zoom_and_one_pans(browser: Browser, tmp_path: Path) -> None:
    def touch(kind: str, *xs: float) -> None:
        points = [{"x": x, "y": y, "id": number} for number, x in enumerate(xs)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(30)

    with (
        jupyterlab([one_cell(tmp_path, COUNTERS)]) as server,
        notebook(browser, server, "touch.ipynb", 900, 1100, has_touch=True) as page,
    ):
        session = page.context.new_cdp_session(page)
        run_all(page)
        area = box(page.locator(".overlay"))
        x, y = area["x"] + area["width"] / 2, area["y"] + 6
        touch("touchStart", x - 40)
        touch("touchStart", x - 40, x + 40)
        for apart in (60, 80, 100, 120):
            touch("touchMove", x - apart, x + apart)
        touch("touchEnd", x - 120)
        touch("touchEnd")
        first = stretch(page)
        assert 8 < first[1] - first[0] < 24  # of 47 ms: about a third
        touch("touchStart", x)
        for far in (20, 60, 100):
            touch("touchMove", x - far)
        touch("touchEnd")
        expect(sentence(page)).not_to_contain_text(f"From {first[0]:g} ")
        second = stretch(page)
        assert second[0] > first[0]
        assert second[1] - second[0] == pytest.approx(first[1] - first[0], abs=0.05)
