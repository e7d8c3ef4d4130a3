"""From a key press on a slider to the new picture, in a real browser.

In each panel of each notebook the first slider that changes the picture gets left and right arrow keys. The clock
runs inside the page, from the key's event to the first animation frame after the picture changed: kernel, simulation,
drawing and the way there and back are all in it. Aims: a median of 50 ms for diagrams and 100 ms for curves, a 95th
percentile of twice that.
"""

from __future__ import annotations

import statistics

from playwright.sync_api import Locator, Page

from dscourse.course.form import load
from dscourse.course.reading import code_cells
from tests.browser.chromium import chromium
from tests.browser.lab import notebook, panels, run_all
from tests.browser.server import jupyterlab
from tests.notebooks.discovered import NOTEBOOKS

__all__ = ["run"]

_WATCH = """panel => {
    const view = [...panel.querySelectorAll('.widget-html-content')].find(part => part.querySelector('img, svg'));
    window.dscourseTimes = [];
    panel.addEventListener('keydown', () => { window.dscoursePressed = performance.now(); }, true);
    new MutationObserver(() => requestAnimationFrame(() => {
        if (window.dscoursePressed === null) return;
        window.dscourseTimes.push(performance.now() - window.dscoursePressed);
        window.dscoursePressed = null;
    })).observe(view, {childList: true, subtree: true, attributes: true});
}"""
_TIMES = "() => window.dscourseTimes"


def _latencies_ms(page: Page, panel: Locator, presses: int) -> list[float]:
    """Milliseconds from each key press to the picture that it led to; presses that change nothing are left out."""
    panel.evaluate(_WATCH)
    handle = _first_that_answers(page, panel)
    for press in range(presses):
        before = len(page.evaluate(_TIMES))
        handle.press("ArrowLeft" if press % 2 == 0 else "ArrowRight")
        for _ in range(80):
            if len(page.evaluate(_TIMES)) > before:
                break
            page.wait_for_timeout(25)
        page.wait_for_timeout(40)
    found: list[float] = page.evaluate(_TIMES)
    return found


def _first_that_answers(page: Page, panel: Locator) -> Locator:
    """The handle of the first slider whose move changes the picture; it is put back, and the times are forgotten."""
    for handle in panel.locator(".widget-slider .noUi-handle").all():
        for key in ("ArrowLeft", "ArrowRight"):
            handle.press(key)
            page.wait_for_timeout(700)
        if len(page.evaluate(_TIMES)) > 1:
            page.evaluate("() => { window.dscourseTimes = []; }")
            return handle
    raise LookupError("no slider of this panel changes its picture")


def _kind(panel: Locator) -> str:
    return (
        "curve"
        if panel.locator(".widget-html-content img[src*='image/png']").count()
        else "diagram"
    )


def run(presses: int = 40) -> str:
    """A table: the panels that have a slider, with median and 95th percentile in ms."""
    rows = ["notebook                 panel  kind     median ms  95th percentile ms  presses"]
    shown = [path for path in NOTEBOOKS if code_cells(load(path))]
    with jupyterlab(shown) as server, chromium() as browser:
        for path in shown:
            with notebook(browser, server, path.name) as page:
                run_all(page)
                for number, panel in enumerate(panels(page), start=1):
                    if not panel.locator(".widget-slider").count():
                        continue
                    times = _latencies_ms(page, panel, presses)
                    high = statistics.quantiles(times, n=20)[-1]
                    rows.append(
                        f"{path.stem:<24} {number:>5}  {_kind(panel):<7}  {statistics.median(times):>9.0f}"
                        f"  {high:>18.0f}  {len(times):>7}"
                    )
    return "\n".join(rows)
