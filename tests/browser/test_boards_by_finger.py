"""The boards to touch by finger, in JupyterLab and in Notebook 7."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.finger import drag
from tests.browser.lab import notebook, run_all
from tests.browser.one_cell import one_cell
from tests.browser.places import middle
from tests.browser.server import Server, jupyterlab

CODE = """
from IPython.display import display
from dscourse.panels import failure_detectors, hash_partitioning
from dscourse.touch import LinkMap
display(hash_partitioning.ring_to_touch())
display(failure_detectors.heartbeats_to_touch())
display(LinkMap(["a", "b", "c"], "links"))
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one notebook that shows all boards."""
    with jupyterlab([one_cell(tmp_path_factory.mktemp("finger"), CODE)]) as server:
        yield server


@contextmanager
def by_finger(browser: Browser, lab: Server, app: str) -> Iterator[Page]:
    """The notebook, run, on a screen that is touched."""
    with notebook(browser, lab, "touch.ipynb", height=1700, app=app, has_touch=True) as page:
        run_all(page)
        expect(page.locator(".dscourse-board")).to_have_count(3)
        yield page


@pytest.mark.parametrize("app", ["doc/tree", "notebooks"])
def test_every_board_is_touched_by_finger(browser: Browser, lab: Server, app: str) -> None:
    with by_finger(browser, lab, app) as page:
        ring, beats, links = (page.locator(".dscourse-board").nth(number) for number in range(3))
        x, y = middle(ring.locator('[data-key="point 1 of a"]'))
        drag(page, [(x + 20 * step, y + 12 * step) for step in range(5)])
        expect(ring.locator(".sentence")).to_contain_text("a moves from 2.4 to")
        ring.locator('[data-key="point 1 of b"]').tap()
        page.get_by_role("menuitem", name="b leaves").tap()
        expect(ring.locator(".sentence")).to_contain_text("b leaves: ")
        x, y = middle(beats.locator('[data-key="threshold"]'))
        drag(page, [(x, y + 10 * step) for step in range(5)])
        expect(beats.locator(".sentence")).not_to_contain_text("φ = 8:")
        expect(beats.locator(".dragged")).to_have_count(0)
        x, y = middle(beats.locator('[data-key="heartbeat 12"]'))
        drag(page, [(x + 15 * step, y) for step in range(5)])
        expect(beats.locator(".status")).to_contain_text(
            "heartbeat 12, sent at 1,200 ms, arrives at 1,4"
        )
        links.locator('[data-key="a–b"]').tap(force=True)
        expect(links.locator(".sentence")).to_contain_text("Cut by hand: a–b;")
        links.get_by_role("button", name="undo").tap()
        expect(links.locator(".sentence")).to_contain_text("Cut by hand: none;")
