"""The boards to touch in a real JupyterLab: by mouse and by keyboard, light and dark."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dscourse.show.ring import ring_point
from tests.browser.lab import DARK, LIGHT, errors, faint, notebook, run_all, set_theme
from tests.browser.places import box, middle
from tests.browser.server import Server, jupyterlab

CODE = {
    "links": "from dscourse.panels import cap\ncap.consistency_or_availability()",
    "ring": "from dscourse.panels import hash_partitioning\nhash_partitioning.ring_to_touch()",
    "heartbeats": "from dscourse.panels import failure_detectors\nfailure_detectors.heartbeats_to_touch()",
}
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def _write(path: Path, source: str) -> Path:
    cell = {
        "cell_type": "code", "id": "board", "metadata": {}, "source": source, "outputs": [], "execution_count": None,
    }  # fmt: skip
    whole = {
        "cells": [cell],
        "metadata": {"kernelspec": KERNEL},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(whole), "utf-8")
    return path


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab with one notebook per board."""
    folder = tmp_path_factory.mktemp("boards")
    paths = [_write(folder / f"{name}.ipynb", source) for name, source in CODE.items()]
    with jupyterlab(paths) as server:
        yield server


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, lab: Server) -> Iterator[Page]:
    """The notebook of the board that the test names, run."""
    with notebook(browser, lab, f"{request.param}.ipynb") as opened:
        run_all(opened)
        expect(board(opened).locator(".handle").first).to_be_attached()
        assert errors(opened) == []
        yield opened


on_links = pytest.mark.parametrize("page", ["links"], indirect=True)
on_heartbeats = pytest.mark.parametrize("page", ["heartbeats"], indirect=True)
on_ring = pytest.mark.parametrize("page", ["ring"], indirect=True)


def board(page: Page) -> Locator:
    return page.locator(".dscourse-board")


def handle(page: Page, key: str) -> Locator:
    return page.locator(f'.handle[data-key="{key}"]')


def sentence(page: Page) -> Locator:
    return board(page).locator(".sentence")


def photograph(page: Page, folder: Path, name: str) -> None:
    """Keep a picture of the board in each theme; its text must be readable in both."""
    for theme in (DARK, LIGHT):
        set_theme(page, theme)
        assert faint(page) == []
        output = page.locator(".jp-OutputArea").first
        output.screenshot(path=folder / f"board-{name}-{theme.split()[-1].lower()}.png")


# --- links ---------------------------------------------------------------------------------------


@on_links
def test_a_link_is_cut_both_ways_one_way_and_healed_by_clicks(page: Page, artifacts: Path) -> None:
    words = page.locator(".dscourse-sentence")
    for hand in ("n3–n4", "n3→n4", "n4→n3", "none"):
        page.mouse.click(*middle(handle(page, "n3–n4")))
        expect(sentence(page)).to_contain_text(f"Cut by hand: {hand};")
        if hand == "none":
            expect(words).not_to_contain_text("by hand")
        else:
            expect(words).to_contain_text(f"by hand {hand}")
        photograph(page, artifacts, f"links-{len(hand)}-{hand[1]}")


@on_links
def test_links_are_cut_by_keyboard(page: Page) -> None:
    link = handle(page, "n3–n5")
    link.focus()
    expect(board(page).locator(".status")).to_have_text("link n3–n5, not cut")
    page.keyboard.press("Enter")
    expect(sentence(page)).to_contain_text("Cut by hand: n3–n5;")
    expect(link).to_be_focused()
    page.keyboard.press("Space")
    expect(sentence(page)).to_contain_text("Cut by hand: n3→n5;")
    page.keyboard.press("Escape")
    expect(sentence(page)).to_contain_text("Cut by hand: none;")
    page.keyboard.press("Control+z")
    expect(sentence(page)).to_contain_text("Cut by hand: n3→n5;")
    page.keyboard.press("Control+y")
    expect(sentence(page)).to_contain_text("Cut by hand: none;")
    page.keyboard.press("Delete")
    expect(sentence(page)).to_contain_text("Cut by hand: n3–n5;")
    board(page).get_by_role("button", name="reset", exact=True).click()
    expect(sentence(page)).to_contain_text("Cut by hand: none;")


# --- ring ----------------------------------------------------------------------------------------


def around(page: Page, percent: float) -> tuple[float, float]:
    """The point of the window at this position of the circle."""
    area = box(board(page).locator(".overlay"))
    x, y = ring_point(percent / 100)
    scale = area["width"] / (2 * 316)  # the ring and the bars beside it
    return area["x"] + scale * x, area["y"] + scale * y


@on_ring
def test_a_point_is_dragged_and_the_keys_that_move_are_counted(page: Page, artifacts: Path) -> None:
    page.mouse.move(*middle(handle(page, "point 1 of a")))
    page.mouse.down()
    for percent in (95, 88, 80):
        page.mouse.move(*around(page, percent), steps=3)
    expect(sentence(page)).to_contain_text("a moves from 2.4 to 80 %")  # while it is dragged
    photograph(page, artifacts, "ring-dragged")
    page.mouse.up()
    expect(sentence(page)).to_contain_text("a moves from 2.4 to 80 %: 2,310 of")
    expect(board(page).get_by_role("button", name="undo")).to_be_enabled()
    photograph(page, artifacts, "ring-moved")
    board(page).get_by_role("button", name="undo").click()
    expect(sentence(page)).to_have_text("4 nodes, 4 points: a holds 1.61 times the mean.")


@on_ring
def test_escape_puts_a_dragged_point_back(page: Page) -> None:
    page.mouse.move(*middle(handle(page, "point 1 of b")))
    page.mouse.down()
    page.mouse.move(*around(page, 50), steps=4)
    expect(sentence(page)).to_contain_text("b moves")
    page.keyboard.press("Escape")
    expect(sentence(page)).to_have_text("4 nodes, 4 points: a holds 1.61 times the mean.")
    page.mouse.up()
    expect(board(page).get_by_role("button", name="undo")).to_be_disabled()


@on_ring
def test_nodes_join_and_leave_by_clicks(page: Page, artifacts: Path) -> None:
    page.mouse.click(*around(page, 82))
    expect(board(page).get_by_label("at (%)")).to_have_value(re.compile(r"8[12](\.\d)?"))
    photograph(page, artifacts, "ring-menu")
    page.get_by_role("menuitem", name="e joins").click()
    expect(sentence(page)).to_contain_text("20.0 % would. 5 nodes, 5 points")
    photograph(page, artifacts, "ring-joined")
    page.mouse.click(*middle(handle(page, "point 1 of b")))
    page.get_by_role("menuitem", name="b leaves").click()
    expect(sentence(page)).to_contain_text("b leaves")
    expect(handle(page, "point 1 of b")).to_have_count(0)


@on_ring
def test_the_ring_is_touched_by_keyboard(page: Page) -> None:
    point = handle(page, "point 1 of d")
    point.focus()
    expect(board(page).locator(".status")).to_have_text("point 1 of d, at 62 %")
    page.keyboard.press("ArrowRight")
    expect(sentence(page)).to_contain_text("d moves from 62 to 62.5 %")
    expect(point).to_be_focused()
    page.keyboard.press("Shift+ArrowLeft")
    expect(sentence(page)).to_contain_text("d moves from 62.5 to 57.5 %")
    page.keyboard.press("Escape")
    expect(sentence(page)).to_contain_text("d moves from 57.5 to 62 %")
    for _ in range(6):  # quicker than Python answers
        page.keyboard.press("ArrowRight")
    expect(board(page).locator(".status")).to_have_text("point 1 of d, at 65 %")
    page.keyboard.press("Escape")
    expect(sentence(page)).to_contain_text("to 62 %")
    page.keyboard.press("Enter")
    expect(board(page).get_by_label("at (%)")).to_be_focused()
    page.keyboard.press("Escape")
    expect(point).to_be_focused()
    page.keyboard.press("Delete")
    expect(sentence(page)).to_contain_text("d leaves")
    handle(page, "circle").focus()
    page.keyboard.press("Enter")
    board(page).get_by_label("at (%)").fill("120")
    page.get_by_role("menuitem", name="e joins").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("120: a position from 0 to 100 % is required")


# --- heartbeats ----------------------------------------------------------------------------------


@on_heartbeats
def test_a_heartbeat_is_dragged_late_and_the_suspicions_follow(page: Page, artifacts: Path) -> None:
    photograph(page, artifacts, "heartbeats")
    for number in (12, 13):
        handle(page, f"heartbeat {number}").focus()
        page.keyboard.press("Delete")
        expect(sentence(page)).to_contain_text(f"{number - 11} lost")
    x, y = middle(handle(page, "heartbeat 14"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 5, steps=5)
    expect(sentence(page)).to_contain_text("φ = 8: 1 wrong suspicion of")  # while it is dragged
    photograph(page, artifacts, "heartbeats-dragged")
    page.keyboard.press("Escape")
    expect(sentence(page)).to_contain_text("3 intervals: 1 wrong suspicion of 2 ms")
    page.mouse.up()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y, steps=5)
    expect(page.get_by_role("alert")).to_contain_text("heartbeat 14 cannot arrive at")
    photograph(page, artifacts, "heartbeats-refused")
    page.mouse.up()
    expect(page.get_by_role("alert")).to_contain_text("it is sent at 1,400 ms")


@on_heartbeats
def test_the_node_crashes_and_the_threshold_is_dragged(page: Page, artifacts: Path) -> None:
    area = box(handle(page, "sender"))
    page.mouse.click(area["x"] + 0.81 * area["width"], area["y"] + area["height"] / 2)
    page.get_by_role("menuitem", name="the node crashes").click()
    expect(sentence(page)).to_contain_text("the crash is suspected after")
    before = sentence(page).inner_text()
    x, y = middle(handle(page, "threshold"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 45, steps=5)
    page.mouse.up()
    expect(sentence(page)).not_to_have_text(before)
    photograph(page, artifacts, "heartbeats-crash")


@on_heartbeats
def test_heartbeats_are_touched_by_keyboard(page: Page) -> None:
    beat = handle(page, "heartbeat 5")
    beat.focus()
    start = board(page).locator(".status").inner_text()
    assert start.startswith("heartbeat 5, sent at 500 ms, arrives at 5")
    page.keyboard.press("Shift+ArrowRight")
    expect(board(page).locator(".status")).to_contain_text("arrives at 6")
    expect(beat).to_be_focused()
    page.keyboard.press("Delete")
    expect(board(page).locator(".status")).to_have_text("heartbeat 5, sent at 500 ms, lost")
    page.keyboard.press("Escape")
    expect(board(page).locator(".status")).to_have_text(start)
    page.keyboard.press("Enter")
    board(page).get_by_label("at (ms)").fill("9999")
    page.get_by_role("menuitem", name="let it arrive at this time").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("the picture ends at 2,500 ms")
    handle(page, "threshold").focus()
    page.keyboard.press("ArrowDown")
    expect(sentence(page)).to_contain_text("φ = 7.5:")
    page.keyboard.press("Escape")
    expect(sentence(page)).to_contain_text("φ = 8:")
    handle(page, "sender").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="the node crashes").press("Enter")
    expect(sentence(page)).to_contain_text("the crash is suspected after")
    page.keyboard.press("Escape")
    expect(sentence(page)).not_to_contain_text("the crash is suspected after")


# --- one tab stop --------------------------------------------------------------------------------


def stops(page: Page) -> list[str]:
    """The keys of the handles that Tab reaches."""
    found = board(page).locator('.handle[tabindex="0"]')
    return [one.get_attribute("data-key") or "" for one in found.all()]


@on_ring
def test_the_handles_of_the_ring_are_one_tab_stop(page: Page) -> None:
    assert stops(page) == ["circle"]
    handle(page, "circle").focus()
    a, b, c, d = (f"point 1 of {node}" for node in "abcd")
    keys = ["ArrowRight", "ArrowDown", "n", "p", "End", "n", "p"]
    for key, goal in zip(keys, [a, b, c, b, d, "circle", d], strict=True):
        page.keyboard.press(key)
        expect(handle(page, goal)).to_be_focused()
        assert stops(page) == [goal]
    expect(board(page).get_by_role("button", name="undo")).to_be_disabled()  # none has been moved
    page.keyboard.press("Tab")
    expect(board(page).locator(".handle:focus")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    expect(handle(page, "point 1 of d")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(sentence(page)).to_contain_text("d moves from 62 to 62.5 %")
    assert stops(page) == ["point 1 of d"]
    page.keyboard.press("Delete")  # with its handle gone, another one has the focus
    expect(handle(page, "circle")).to_be_focused()


@on_heartbeats
def test_the_arrow_keys_along_the_track_move_and_those_across_it_go_on(page: Page) -> None:
    assert stops(page) == ["sender"]
    handle(page, "sender").focus()
    page.keyboard.press("End")
    expect(handle(page, "threshold")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(sentence(page)).to_contain_text("φ = 7.5:")
    expect(handle(page, "threshold")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(handle(page, "sender")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(handle(page, "heartbeat 1")).to_be_focused()


@on_links
def test_the_handles_of_the_links_are_one_tab_stop(page: Page) -> None:
    first = stops(page)
    assert len(first) == 1
    handle(page, first[0]).focus()
    page.keyboard.press("ArrowRight")
    assert len(stops(page)) == 1
    assert stops(page) != first
    expect(handle(page, stops(page)[0])).to_be_focused()
