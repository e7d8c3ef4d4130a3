"""From a gesture on the diagram to its new picture, and from a hover to its marks, in a real browser.

The clock runs inside the page, from the event of a key or the pointer to the first frame after the paper changed:
kernel, simulation, judge, drawing and the way there and back are all in it. Aims for the diagrams of the course: a
median of 50 ms and a 95th percentile of 100 ms; hovering within a frame.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.chromium import chromium
from tests.browser.lab import notebook, run_all
from tests.browser.one_cell import one_cell
from tests.browser.server import jupyterlab

__all__ = ["run"]

_CODE = """
from dscourse.node import cluster
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import Network, Uniform, World
from dscourse.touch import Diagram

def counters(plan):
    world = World(cluster(Counter, list("abcdef")), 3, Network(Uniform(4, 16)), plan)
    for turn in range(ROUNDS):
        for row, name in enumerate("abcdef"):
            world.submit(name, [("add", None, 1)], start_ms=5 + 15 * row + 30 * turn)
    return world.run()

Diagram(counters)
"""
_PAPER = ".dscourse-touch .sheet[data-key=paper]"
_WATCH = """([event, part]) => {
    const root = document.querySelector('.dscourse-touch');
    window.dscourseTimes = [];
    window.dscourseStart = null;
    const begin = () => {  // a hover that changes nothing is no beginning
        if (event === 'pointermove' || window.dscourseStart === null) window.dscourseStart = performance.now();
    };
    root.addEventListener(event, begin, true);
    new MutationObserver(() => requestAnimationFrame(() => {
        if (window.dscourseStart === null) return;
        window.dscourseTimes.push(performance.now() - window.dscourseStart);
        window.dscourseStart = null;
    })).observe(document.querySelector(part), {childList: true, subtree: true});
}"""


def _times(page: Page, least: int) -> list[float]:
    """Wait for at least so many measured times, and return them in ms: fewer if 10 s have passed."""
    for _ in range(400):
        found: list[float] = page.evaluate("() => window.dscourseTimes")
        if len(found) >= least:
            break
        page.wait_for_timeout(25)
    return found


def _gestures(page: Page, presses: int) -> list[float]:
    """Measure a message that is delivered later, and that gesture undone, by turns."""
    page.evaluate(_WATCH, ["keydown", _PAPER])
    page.locator(f"{_PAPER} .message").first.focus()
    for press in range(presses):
        page.keyboard.press("ArrowRight" if press % 2 == 0 else "Control+z")
        _times(page, press + 1)
        page.wait_for_timeout(350)  # until the picture stands still
    return _times(page, presses)


def _hovers(page: Page, moves: int) -> list[float]:
    page.evaluate(_WATCH, ["pointermove", f"{_PAPER} .overlay g"])
    box = page.locator(_PAPER).bounding_box()
    assert box is not None
    for move in range(moves):
        page.mouse.move(box["x"] + 60 + (move * 37) % 700, box["y"] + 45 + (move * 23) % 250)
        page.wait_for_timeout(30)
    return _times(page, 1)


def _row(name: str, times: list[float]) -> str:
    if len(times) < 2:
        return f"{name:<30}  not measured"
    high = statistics.quantiles(times, n=20)[-1]
    return f"{name:<30}  {statistics.median(times):>9.0f}  {high:>18.0f}  {len(times):>6}"


def run(presses: int = 40) -> str:
    """Return a table of gestures on 30 and 180 messages, and of hovers: median and 95th percentile in ms."""
    rows = ["what                            median ms  95th percentile ms  number"]
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for rounds in (1, 6):
            path = one_cell(Path(folder), _CODE.replace("ROUNDS", str(rounds)))
            with jupyterlab([path]) as server, notebook(browser, server, path.name) as page:
                run_all(page)
                page.locator(f"{_PAPER} .message").first.wait_for(state="attached")
                rows.append(_row(f"gesture, {30 * rounds} messages", _gestures(page, presses)))
                if rounds == 1:
                    rows.append(_row("hover, 30 messages", _hovers(page, 3 * presses)))
    return "\n".join(rows)
