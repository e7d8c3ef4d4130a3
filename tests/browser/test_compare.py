"""Two runs under one plan, and a run beside the one before, in a real JupyterLab: by mouse and by keyboard."""

from __future__ import annotations

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
from dscourse.node import cluster
from dscourse.protocols.replicated_counter import GossipCounter
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import Network, Uniform, World
from dscourse.touch import Compare, Deed

def visits(kind, plan):
    world = World(cluster(kind, ["a", "b", "c"]), 3, Network(Uniform(4, 16)), plan)
    for turn, name in enumerate("abc"):
        world.submit(name, [("add", None, 1)], start_ms=5 + 15 * turn)
    return world.run(until_ms=90)

def value(node):
    return node.value if isinstance(node, Counter) else sum(node.totals.values())

def all_say_three(world):
    return all(value(node) == 3 for node in world.nodes.values())

stores = {"textbook": partial(visits, Counter), "repaired": partial(visits, GossipCounter)}
Compare(stores, all_say_three, [Deed("Refute one of the two", lambda runs: runs.differ, par=1)])
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab with one notebook that shows a comparison."""
    with jupyterlab([one_cell(tmp_path_factory.mktemp("compare"), CODE)]) as server:
        yield server


@pytest.fixture(params=[1280, 1920])
def page(browser: Browser, lab: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The notebook, run, with both pictures in view."""
    with notebook(browser, lab, "touch.ipynb", width=request.param, height=1400) as opened:
        run_all(opened)
        expect(opened.locator(".side-1 .message").first).to_be_attached()
        assert errors(opened) == []
        yield opened


def side(page: Page, number: int) -> Locator:
    return page.locator(f".side-{number}")


def entries(page: Page) -> Locator:
    return page.locator(".side-1 .touches li")


def width(page: Page) -> int:
    size = page.viewport_size
    assert size is not None
    return size["width"]


def test_a_message_lost_by_mouse_refutes_one_run_and_not_the_other(
    page: Page, artifacts: Path
) -> None:
    expect(side(page, 0)).to_contain_text("✓ all say three")
    deeds = page.locator(".comparison > .tasks")
    expect(deeds).to_contain_text("☐ Refute one of the two (par 1)")
    names = page.locator(".side > h4")
    assert box(deeds)["y"] < box(names.first)["y"]  # it is a deed of both
    overlay = page.get_by_role("group", name="lines and messages")
    expect(overlay.get_by_role("button", name="line of a")).to_have_count(2)
    lost = box(side(page, 0).locator('.message[aria-label^="a\'s 1st Add to b"]'))
    page.mouse.click(lost["x"] + lost["width"] / 2, lost["y"] + lost["height"] / 2)
    page.get_by_role("menuitem", name="lose it").first.click()
    expect(side(page, 0)).to_contain_text("✗ violated: all say three")
    expect(side(page, 1)).to_contain_text("✓ all say three")
    expect(entries(page)).to_have_count(1)
    expect(entries(page)).to_contain_text("repaired: this message is not sent")
    expect(page.locator(".comparison > .difference")).to_contain_text(
        "The same up to 5 ms; then textbook:"
    )
    for number in (0, 1):
        expect(side(page, number).locator(".sheet svg").first).to_contain_text("first difference")
    for theme in (LIGHT, DARK):
        set_theme(page, theme)
        assert faint(page) == []
        name = f"compare-{width(page)}-{theme.split()[-1]}.png"
        page.locator(".comparison").screenshot(path=artifacts / name)


def test_both_are_touched_and_undone_by_keyboard_and_have_one_cursor(page: Page) -> None:
    side(page, 1).locator('.message[aria-label^="a\'s 1st Totals to b"]').focus()
    page.keyboard.press("Delete")
    expect(entries(page)).to_have_count(1)
    expect(entries(page)).to_contain_text("textbook: this message is not sent")
    page.keyboard.press("Control+z")
    expect(entries(page)).to_have_count(0)
    handles = [side(page, number).locator(".cursor .handle") for number in (0, 1)]
    handles[0].focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    positions = [handle.get_attribute("transform") for handle in handles]
    assert positions[0] == positions[1]
    handles[1].focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    positions = [handle.get_attribute("transform") for handle in handles]
    assert positions[0] == positions[1]


def test_touches_are_left_out_as_long_as_the_verdicts_differ(page: Page) -> None:
    outcome = page.get_by_label("outcome to keep")
    simplify = page.get_by_role("button", name="simplify")
    expect(simplify).to_be_disabled()
    for number, label in enumerate(("a's 1st Add to b", "a's 1st Totals to c")):
        side(page, number).locator(f'.message[aria-label^="{label}"]').focus()
        page.keyboard.press("Delete")
        expect(entries(page)).to_have_count(number + 1)
    expect(outcome.locator("option:checked")).to_have_text("textbook is violated")
    outcome.select_option("the verdicts differ")
    simplify.focus()
    page.keyboard.press("Enter")
    expect(entries(page).nth(1).get_by_role("checkbox")).not_to_be_checked()
    expect(page.locator(".comparison .news:visible").first).to_contain_text(
        "the verdicts do not differ"
    )
    expect(page.locator(".comparison .player:visible")).to_have_count(1)
    handles = page.locator(".comparison .cursor .handle")
    positions = [handles.nth(number).get_attribute("transform") for number in (0, 1)]
    assert positions[0] == positions[1]
