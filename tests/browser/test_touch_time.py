"""The run in time in a real JupyterLab: cursor, states, events pointed at, and jumps, by mouse and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import DARK, LIGHT, errors, faint, notebook, run_all, set_theme
from tests.browser.one_cell import one_cell
from tests.browser.places import box
from tests.browser.server import Server, jupyterlab

CODE = """
from functools import partial
from dscourse.checkers import linearizable
from dscourse.checkers.specifications import Register
from dscourse.core.properties import of_history
from dscourse.node import cluster
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.any_node_store import TellsOnce
from dscourse.sim import At, Crash, Link, Network, Pause, Restart, Resume, Uniform, World
from dscourse.touch import Diagram

FAULTS = [At(20, Pause("n3")), At(25, Crash("n2")), At(32, Restart("n2")), At(35, Resume("n3"))]

def store(plan):
    clients = [StoreClient(f"c{n}", f"n{n}", timeout_ms=60) for n in (1, 2, 3)]
    network = Network(Uniform(2, 9), client=Link(Uniform(0.2, 0.7)))
    world = World([*cluster(TellsOnce, 3), *clients], 0, network, [*FAULTS, *plan])
    world.submit("c1", [("write", "x", 1), ("write", "x", 2)], think_ms=10)
    world.submit("c2", [("read", "x")] * 3, think_ms=2)
    return world.submit("c3", [("read", "x")] * 3, think_ms=1).run(until_ms=60)

Diagram(store, of_history(partial(linearizable, spec=Register())))
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with jupyterlab([one_cell(tmp_path_factory.mktemp("time"), CODE)]) as server:
        yield server


@pytest.fixture(scope="module")
def opened(browser: Browser, lab: Server) -> Iterator[Page]:
    """The notebook, run, with its diagram in view."""
    with notebook(browser, lab, "touch.ipynb", 1280, 1300) as page:
        run_all(page)
        expect(page.locator(".dscourse-touch .message").first).to_be_attached()
        expect(row(page, "n1")).to_be_visible()
        assert errors(page) == []
        yield page


@pytest.fixture
def page(opened: Page) -> Page:
    """The notebook with its diagram as at the beginning: no gesture, the cursor at the end, nothing pointed at."""
    opened.emulate_media(reduced_motion="no-preference")
    opened.mouse.move(2, 2)
    reset = diagram(opened).get_by_role("button", name="reset")
    if reset.is_enabled():
        reset.click()
        expect(diagram(opened).locator(".touches li")).to_have_count(0)
    opened.get_by_label("speed").select_option("1")
    opened.get_by_role("button", name="to the end").click()
    return opened


def diagram(page: Page) -> Locator:
    return page.locator(".dscourse-touch")


def row(page: Page, node: str) -> Locator:
    return page.locator(".dscourse-touch .states > table tr").filter(
        has=page.locator(f'th:text-is("{node}")')
    )


def moment(page: Page) -> Locator:
    return page.locator(".dscourse-touch .player .moment")


def status(page: Page) -> Locator:
    return page.locator(".dscourse-touch .status")


def lane(page: Page, node: str) -> Locator:
    return page.locator(f'.lane[aria-label="line of {node}"]')


def at_ms(page: Page, ms: float) -> float:
    """The x of a time on the page, found from where the lines begin (0 ms) and end (38.5 ms)."""
    line = box(lane(page, "n1"))
    view = page.locator(".dscourse-touch .sheet > svg").first
    px = box(view)["width"] / float((view.get_attribute("viewBox") or "0 0 1 1").split()[2])
    left, right = line["x"] + 10 * px, line["x"] + line["width"] - 8 * px
    return left + (right - left) * ms / 38.5  # a tenth after the last event


def ms_shown(page: Page) -> float:
    return float((moment(page).text_content() or "").split()[0])


def test_the_cursor_begins_at_the_end_with_the_states_that_the_verdict_is_about(page: Page) -> None:
    expect(moment(page)).to_have_text("35 ms")
    expect(row(page, "n3")).to_contain_text("◆ up (was paused)")
    expect(row(page, "n3").locator("b")).to_have_text("◆ up (was paused)")
    expect(row(page, "n1")).to_contain_text("data: x → 2; on disk: 2 records")


def test_the_cursor_is_dragged_by_its_handle_and_along_the_axis(page: Page) -> None:
    handle = box(page.locator(".cursor .handle"))
    page.mouse.move(handle["x"] + 5, handle["y"] + 5)
    page.mouse.down()
    page.mouse.move(at_ms(page, 28), handle["y"] + 60, steps=5)
    page.mouse.up()
    assert ms_shown(page) == pytest.approx(28, abs=0.3)
    expect(row(page, "n2")).to_contain_text("◆ down (was up); on disk: 2 records")
    expect(row(page, "n3")).to_contain_text("paused; data: x → 2")
    expect(status(page)).to_contain_text("n2 crashes")
    strip = box(page.locator(".cursor .strip"))
    page.mouse.click(at_ms(page, 11.2), strip["y"] + strip["height"] / 2)
    expect(row(page, "c1")).to_contain_text("under way: write x=2")
    assert page.locator(".cursor .dot").count() == 3  # two updates and the reply


def test_the_cursor_is_moved_by_keys_from_anywhere_in_the_diagram(page: Page) -> None:
    lane(page, "n1").focus()
    page.keyboard.press(",")
    expect(moment(page)).to_have_text("32 ms")
    expect(status(page)).to_have_text("32 ms: n2 restarts with 2 records")
    expect(row(page, "n2")).to_contain_text("◆ up (was down)")
    page.keyboard.press("[")
    expect(row(page, "n2")).to_contain_text("◆ down (was up)")
    page.keyboard.press(".")
    page.keyboard.press("]")
    expect(moment(page)).to_have_text("35 ms")
    slider = page.get_by_role("slider", name="time cursor")
    slider.focus()
    page.keyboard.press("Home")
    expect(moment(page)).to_have_text("before the first event")
    expect(slider).to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("ArrowRight")
    expect(status(page)).to_have_text("0 ms: n1 starts")
    expect(slider).to_be_focused()
    page.keyboard.press("End")
    expect(moment(page)).to_have_text("35 ms")


def test_the_run_is_played_and_paused_and_messages_travel(page: Page) -> None:
    play = page.locator(".player .play")
    page.get_by_label("speed").select_option("0.25")
    page.get_by_role("button", name="to the beginning").click()
    play.click()
    expect(page.locator(".cursor .dot").first).to_be_attached()
    expect(play).to_have_text("❚❚ pause")
    first = ms_shown(page)
    page.wait_for_function(
        f"parseFloat(document.querySelector('.player .moment').textContent) > {first + 0.3}"
    )
    assert page.locator(".cursor .dot").count() > 0
    play.click()
    expect(play).to_have_text("▶ play")
    stood = moment(page).text_content()
    page.wait_for_timeout(300)
    assert moment(page).text_content() == stood


def test_a_film_ends_at_the_last_event_and_says_its_time(page: Page) -> None:
    page.get_by_role("button", name="to the end").click()
    last = moment(page).text_content()
    words = status(page).text_content()
    page.get_by_role("button", name="to the beginning").click()
    page.get_by_label("speed").select_option("4")
    page.locator(".player .play").click()
    expect(page.locator(".player .play")).to_have_text("▶ play")
    expect(moment(page)).to_have_text(last or "?")
    expect(status(page)).to_have_text(words or "?")


def test_settings_stand_apart_from_the_states_and_are_opened_by_mouse_and_key(page: Page) -> None:
    states, settings = page.locator(".states > table"), page.locator(".states details")
    expect(states).not_to_contain_text("timeout:")
    summary = settings.locator("summary")
    expect(summary).to_have_text(re.compile(r"^\d+ fields? that never changes? in this run$"))
    own = settings.locator("tr", has=page.locator("th", has_text="c1"))
    expect(own).to_be_hidden()
    summary.click()
    expect(own).to_contain_text("timeout: 60 ms")
    expect(own).to_be_visible()
    page.get_by_role("button", name="to the beginning").click()
    expect(own).to_be_visible()  # it stays open at every moment
    summary.focus()
    page.keyboard.press("Enter")
    expect(own).to_be_hidden()


def test_without_motion_it_is_played_step_by_step(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.get_by_label("speed").select_option("0.5")
    page.get_by_role("button", name="to the beginning").click()
    page.locator(".player .play").click()
    expect(status(page)).to_have_text("0 ms: n1 starts")
    expect(status(page)).to_have_text("0 ms: n2 starts")
    page.keyboard.press(",")  # stepping by hand ends it
    expect(page.locator(".player .play")).to_have_text("▶ play")


def test_an_event_under_the_mouse_shows_its_past_its_future_and_its_state(page: Page) -> None:
    line = box(lane(page, "n2"))
    page.mouse.move(at_ms(page, 25), line["y"] + line["height"] / 2, steps=3)
    expect(status(page)).to_contain_text("n2 crashes, at 25 ms. n2: down (was up).")
    expect(page.locator(".cone .sign.chosen")).to_have_count(1)
    assert page.locator(".cone path.sign.past").count() > 3
    expect(page.locator(".cone path.sign.future")).to_have_count(1)  # the restart
    assert page.locator(".cone circle.sign.concurrent").count() > 3
    expect(row(page, "n2")).to_have_class("pointed")
    expect(row(page, "n2").locator("b")).to_have_text("◆ down (was up)")
    page.mouse.move(at_ms(page, 29), line["y"] + 29)
    expect(page.locator(".cone .sign")).to_have_count(0)
    expect(row(page, "n2")).not_to_contain_text("down")


def test_the_events_of_a_line_are_stepped_by_keys(page: Page) -> None:
    lane(page, "n2").focus()
    page.keyboard.press("End")
    expect(status(page)).to_contain_text("n2 restarts with 2 records, at 32 ms")
    page.keyboard.press("ArrowLeft")
    expect(status(page)).to_contain_text("n2 crashes, at 25 ms")
    page.keyboard.press("Home")
    expect(status(page)).to_contain_text("n2 starts, at 0 ms. Its state stays as it is. ◀ past: 0")
    page.keyboard.press("ArrowRight")
    expect(status(page)).to_contain_text("n2 receives read x from c2")
    expect(row(page, "n2")).to_have_class("pointed")
    lane(page, "n3").focus()
    expect(page.locator(".cone .sign")).to_have_count(0)
    expect(moment(page)).to_have_text("35 ms")  # the cursor stayed where it was


def test_a_message_pointed_at_shows_what_its_delivery_changes(page: Page) -> None:
    message = page.locator('.message[aria-label^="n1\'s 1st Update to n2"]')
    message.focus()
    expect(row(page, "n2")).to_have_class("pointed")
    expect(row(page, "n2").locator("b")).to_have_text(
        ["◆ data: x → 1 (was empty)", "◆ on disk: 1 record (was nothing)"]
    )
    lane(page, "n3").focus()
    expect(row(page, "n2")).not_to_contain_text("◆")


def test_the_menu_of_a_line_opens_at_the_event_or_the_cursor(page: Page) -> None:
    lane(page, "n2").focus()
    for key in ("End", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    time = diagram(page).get_by_label("at (ms)").first
    expect(time).to_have_value("25")
    page.keyboard.press("Escape")
    expect(lane(page, "n2")).to_be_focused()
    page.keyboard.press(",")
    page.keyboard.press("Enter")
    expect(time).to_have_value("32")
    page.keyboard.press("Escape")


def test_the_evidence_is_linked_with_its_bars(page: Page) -> None:
    expect(page.locator(".evidence .frame")).to_have_count(2)
    links = page.locator(".jumps .link")
    expect(links).to_have_text(
        [re.compile(r"^w\d+, c1: write x = 1 → ok$"), re.compile(r"^r\d+, c3: read x → nothing$")]
    )
    links.nth(1).click()
    expect(page.locator(".evidence .frame.chosen")).to_have_count(1)
    expect(row(page, "c3")).to_contain_text("◆ under way: read x (was nothing)")
    frame = box(page.locator(".evidence .frame.chosen"))
    handle = box(page.locator(".cursor .handle"))
    assert abs(handle["x"] + handle["width"] / 2 - frame["x"]) < 10
    links.first.focus()
    page.keyboard.press("Enter")
    expect(links.first).to_have_attribute("aria-pressed", "true")
    expect(row(page, "c1")).to_contain_text("◆ under way: write x=1 (was nothing)")


def test_the_first_violation_is_found_by_mouse_and_by_keyboard(page: Page) -> None:
    search = page.get_by_role("button", name="to the first violation")
    search.click()
    expect(page.locator(".jumps .answer")).to_contain_text(
        "“linearizable” no longer holds from 2.605 ms on, when c3 receives reply from n3"
    )
    expect(moment(page)).to_have_text("2.605 ms")
    page.keyboard.press("End")
    page.get_by_role("button", name="to the end").click()
    search.focus()
    page.keyboard.press("Enter")
    expect(moment(page)).to_have_text("2.605 ms")


def test_a_gesture_changes_the_course_and_keeps_the_moment(page: Page) -> None:
    lane(page, "n1").focus()
    page.keyboard.press(",")
    page.locator('.message[aria-label^="n1\'s 1st Update to n2"]').focus()
    page.keyboard.press("Delete")
    expect(diagram(page).locator(".touches li")).to_have_count(1)
    expect(moment(page)).to_have_text("32 ms")
    expect(row(page, "n2")).to_contain_text("on disk: 1 record")


@pytest.mark.parametrize("width", [1280, 1920])
def test_everything_is_readable_in_both_themes(page: Page, width: int, artifacts: Path) -> None:
    page.set_viewport_size({"width": width, "height": 1300})
    page.locator(".jumps .link").first.click()
    page.get_by_role("button", name="to the first violation").click()
    expect(page.locator(".jumps .answer")).not_to_be_empty()
    for theme in (LIGHT, DARK):
        set_theme(page, theme)
        lane(page, "n2").focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        assert faint(page) == []
        diagram(page).screenshot(path=artifacts / f"time-{width}-{theme.split()[-1]}.png")


LONG = """
from dscourse.node import cluster
from dscourse.protocols.replicated_counter import GossipCounter
from dscourse.sim import Network, Uniform, World
from dscourse.touch import Diagram

def gossip(plan):
    world = World(cluster(GossipCounter, 5), 3, Network(Uniform(4, 16)), plan)
    for turn in range(12):
        world.submit(f"n{turn % 5 + 1}", [("add", None, 1)], start_ms=5 + 150 * turn)
    return world.run(until_ms=3600)

Diagram(gossip)
"""


def test_states_of_a_long_run_come_by_stretches(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with (
        jupyterlab([one_cell(tmp_path_factory.mktemp("long"), LONG)]) as server,
        notebook(browser, server, "touch.ipynb", 1280, 1300) as page,
    ):
        run_all(page)
        note = page.locator(".dscourse-touch .states .hint")
        expect(note).to_contain_text("states are known from 0 to 24")
        strip = box(page.locator(".cursor .strip"))
        page.mouse.click(strip["x"] + 0.9 * strip["width"], strip["y"] + strip["height"] / 2)
        expect(note).to_contain_text("to 3600 ms")
        expect(row(page, "n1")).to_contain_text("n1 → 3")
        expect(status(page)).to_contain_text("ms: n")
        page.get_by_role("button", name="to the beginning").click()
        expect(moment(page)).not_to_contain_text("3")
        assert errors(page) == []
