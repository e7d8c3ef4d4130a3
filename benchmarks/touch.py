"""From a gesture to the new picture, from a hover to its marks, and the opening of a long run, in a real browser.

The clock runs inside the page, from the event of a key or the pointer to the first frame after the picture changed:
kernel, simulation, judge, drawing and the way there and back are all in it. Aims for the diagrams of the course: a
median of 50 ms and a 95th percentile of 100 ms; hovering within a frame; 10,000 messages open in 1 s, without the
time of the run itself, and pan by a frame in 33 ms.
"""

from __future__ import annotations

import re
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

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
_OPENED = """
from time import process_time
started = process_time()
counters([])
world = process_time()
diagram = Diagram(counters)
print(f"python: {1000 * (world - started):.0f} {1000 * (process_time() - world):.0f}")
diagram
"""
_BOARDS = {
    "link map": ("from dscourse.panels import cap\ncap.consistency_or_availability()", "Enter"),
    "ring": (
        "from dscourse.panels import hash_partitioning as one\none.ring_to_touch()",
        "ArrowRight",
    ),
    "heartbeats": (
        "from dscourse.panels import failure_detectors as one\none.heartbeats_to_touch()",
        "ArrowRight",
    ),
}
_PAPER = ".dscourse-touch .sheet[data-key=paper]"
_WATCH = """([event, part]) => {
    const root = document.querySelector('.dscourse-touch, .dscourse-board');
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
# Runs the cell again, in a kernel that has imported all: from the press to the frame that shows the new picture.
_OPEN = """async (part) => {
    const old = document.querySelector(part);
    const start = performance.now();
    window.jupyterapp.commands.execute('notebook:run-all-cells');
    for (;;) {
        await new Promise(requestAnimationFrame);
        const now = document.querySelector(part);
        if (now && now !== old) return performance.now() - start;
    }
}"""
_PAN = """async ([paper, frames]) => {
    const frame = () => new Promise(requestAnimationFrame);
    const spent = [];
    for (let at = 0, last = await frame(); at < frames; at += 1) {
        const deltaX = at % 60 < 30 ? 8 : -8;
        document.querySelector(`${paper} .overlay`).dispatchEvent(
            new WheelEvent('wheel', {deltaX, bubbles: true, cancelable: true}));
        const now = await frame();
        spent.push(now - last);
        last = now;
    }
    return spent;
}"""


@contextmanager
def _opened(browser: Browser, code: str, shown: str) -> Iterator[Page]:
    """A page whose one cell has run, when the element ``shown`` is there."""
    with tempfile.TemporaryDirectory() as folder:
        path = one_cell(Path(folder), code)
        with jupyterlab([path]) as server, notebook(browser, server, path.name) as page:
            run_all(page)
            page.locator(shown).first.wait_for(state="attached")
            yield page


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


def _board(page: Page, key: str, presses: int) -> list[float]:
    """Measure one key on one handle of a board."""
    page.evaluate(_WATCH, ["keydown", ".dscourse-board .sheet"])
    page.locator(".dscourse-board .handle").nth(2).focus()
    for press in range(presses):
        page.keyboard.press(key)
        _times(page, press + 1)
        page.wait_for_timeout(350)
    return _times(page, presses)


def _diagrams(browser: Browser, presses: int) -> Iterator[str]:
    for rounds in (1, 6):
        with _opened(browser, _CODE.replace("ROUNDS", str(rounds)), f"{_PAPER} .message") as page:
            yield _row(f"gesture, {30 * rounds} messages", _gestures(page, presses))
            if rounds == 1:
                yield _row("hover, 30 messages", _hovers(page, 3 * presses))


def _boards(browser: Browser, presses: int) -> Iterator[str]:
    for name, (code, key) in _BOARDS.items():
        with _opened(browser, code, ".dscourse-board .handle") as page:
            yield _row(f"gesture, {name}", _board(page, key, presses))


def _long_run(browser: Browser, frames: int = 120) -> Iterator[str]:
    """Yield the rows of a run of 10,020 messages, and the processor time of its opening in Python."""
    code = _CODE.replace("ROUNDS", "334").replace("Diagram(counters)\n", _OPENED)
    with _opened(browser, code, f"{_PAPER} .message") as page:
        yield _row(
            "opening, 10,020 messages",
            [page.evaluate(_OPEN, f"{_PAPER} .message") for _ in range(5)],
        )
        text = page.locator(".jp-OutputArea-output").filter(has_text="python:").inner_text()
        [(world, diagram)] = re.findall(r"python: (\d+) (\d+)", text)
        page.locator(_PAPER).focus()
        for _ in range(3):
            page.keyboard.press("+")
        page.wait_for_timeout(1000)
        yield _row("panning, a third of them", page.evaluate(_PAN, [_PAPER, frames]))
        yield f"processor time of the last opening: the run alone {world} ms; diagram, with a run, {diagram} ms"


def run(presses: int = 40) -> str:
    """Return a table of gestures, hovers, boards and a long run: median and 95th percentile in ms."""
    rows = ["what                            median ms  95th percentile ms  number"]
    with chromium() as browser:
        rows += [*_diagrams(browser, presses), *_boards(browser, presses), *_long_run(browser)]
    return "\n".join(rows)
