"""From a change of a control to the new picture on the screen, for every panel of every chapter, in a real browser.

Each slider goes to both of its ends and back, each list through its options, each check box and button is pressed;
then controls drawn at random move by a step, a page or to an end, so that extremes are combined. The clock runs
inside the page, from the event to the end of the first frame in which the new picture is decoded and painted: kernel,
simulation, drawing and the way there and back are all in it. Processor time per move is that of the kernel and of
the page. Aims: a median of 50 ms, a 95th percentile of 100 ms, and 300 ms for the slowest.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Locator, Page

from dscourse.course.form import load
from dscourse.course.reading import code_cells
from tests.browser.chromium import chromium
from tests.browser.lab import notebook, panels, run_all
from tests.browser.server import jupyterlab
from tests.notebooks.discovered import NOTEBOOKS

__all__ = ["Move", "row", "run"]

_HEAD = (
    "notebook                 panel  moves  median ms  95th percentile ms  slowest ms"
    "  kernel, page: processor ms per move  slowest move"
)
_CONTROLS = ".widget-slider, .widget-dropdown, .widget-checkbox, button.widget-button"
_KEYS = ("ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End")
_WATCH = """panel => {
    const watch = window.dscourseWatch = {started: null, times: [], answer: null};
    const begin = event => {
        if (event.type === 'click' && !event.target.closest('button')) return;
        watch.started ??= performance.now();
    };
    for (const kind of ['keydown', 'change', 'click']) panel.addEventListener(kind, begin, true);
    const painted = from => requestAnimationFrame(() => {  // a message comes after the frame has been painted
        const channel = new MessageChannel();
        channel.port1.onmessage = () => {
            watch.times.push(performance.now() - from);
            watch.answer?.();
        };
        channel.port2.postMessage(null);
    });
    const observer = new MutationObserver(async () => {
        const from = watch.started;
        if (from === null) return;
        watch.started = null;
        const images = shown.flatMap(part => [...part.querySelectorAll('img')]);
        await Promise.all(images.map(image => image.decode()));
        painted(from);
    });
    const shown = [...panel.querySelectorAll('.widget-html-content')];  // the picture and the sentence
    for (const part of shown) observer.observe(part, {childList: true, subtree: true});
}"""
# Resolves to the time of the move in ms, or to null if the kernel is idle again and nothing has changed.
_ANSWER = """() => new Promise(resolve => {
    const watch = window.dscourseWatch;
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const answer = () => {
        clearInterval(clock);
        watch.started = watch.answer = null;
        resolve(watch.times.shift() ?? null);
    };
    const clock = setInterval(() => {
        if (watch.started === null ? watch.times.length : kernel.status === 'idle') answer();
    }, 300);
    watch.answer = answer;
    if (watch.times.length) answer();
})"""


@dataclass(frozen=True, slots=True)
class Move:
    """A key, an option or a click at a control, and the time until the new picture was painted, in ms."""

    gesture: str
    elapsed_ms: float


def _moves(page: Page, panel: Locator, number: int, seed: int) -> Iterator[Move]:
    """Move every control to its ends, then ``number`` at random; moves that change nothing are left out."""
    panel.evaluate(_WATCH)
    draw = random.Random(seed)
    controls = [one for one in panel.locator(_CONTROLS).all() if one.is_visible()]
    for control in controls:
        for deed in _ends(control):
            yield from _moved(page, control, deed, draw)
    for _ in range(number if controls else 0):
        control = draw.choice(controls)
        yield from _moved(page, control, draw.choice(_deeds(control)), draw)


def _is(control: Locator, name: str) -> bool:
    return name in (control.get_attribute("class") or "").split()


def _deeds(control: Locator) -> Sequence[str]:
    """Return the gestures that a control understands: keys of a slider, options of a list, a click for all others."""
    if _is(control, "widget-slider"):
        return _KEYS
    if _is(control, "widget-dropdown"):
        return [str(option) for option in range(control.locator("option").count())]
    return ["click"]


def _ends(control: Locator) -> Sequence[str]:
    """Return the deeds that lead a control through its extremes, and back to where it was if that is a click."""
    if _is(control, "widget-slider"):
        return ("Home", "End", "Home")
    return [*_deeds(control), *_deeds(control)[:1]]


def _moved(page: Page, control: Locator, deed: str, draw: random.Random) -> Iterator[Move]:
    name = " ".join(control.locator("label").all_inner_texts()) or control.inner_text()
    if _is(control, "widget-slider"):
        control.locator(".noUi-handle").focus()
        page.wait_for_timeout(30)  # until the page has drawn the focus
        page.keyboard.press(deed)
    elif _is(control, "widget-dropdown"):
        control.locator("select").select_option(index=int(deed))
    elif control.is_enabled():
        (control.locator("input") if _is(control, "widget-checkbox") else control).click()
    elapsed_ms = page.evaluate(_ANSWER)
    page.wait_for_timeout(draw.randrange(20, 60))  # not in step with the frames
    if elapsed_ms is not None:
        yield Move(f"{name.strip()}: {deed}", elapsed_ms)


def _processor_s() -> tuple[float, float]:
    """Return the processor time that all kernels and all pages have used so far, in s."""
    used = {"ipykernel": 0.0, "--type=renderer": 0.0}
    for process in psutil.Process().children(recursive=True):
        try:
            words, times = " ".join(process.cmdline()), process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        for mark in used:
            used[mark] += (times.user + times.system) * (mark in words)
    return used["ipykernel"], used["--type=renderer"]


def row(name: str, number: int, moves: Sequence[Move], spent_ms: tuple[float, float]) -> str:
    """Return a panel's line of the table; ``spent_ms`` is the processor time of all its moves."""
    start = f"{name:<24} {number:>5}  {len(moves):>5}"
    if len(moves) < 2:
        return f"{start}  no control changes its picture"
    times = [move.elapsed_ms for move in moves]
    slowest = max(moves, key=lambda move: move.elapsed_ms)
    kernel, page = (part / len(moves) for part in spent_ms)
    return (
        f"{start}  {statistics.median(times):>9.0f}  {statistics.quantiles(times, n=20)[-1]:>18.0f}"
        f"  {slowest.elapsed_ms:>10.0f}  {kernel:>17.0f}, {page:>16.0f}  {slowest.gesture}"
    )


def _rows(page: Page, name: str, number: int, seed: int) -> Iterator[str]:
    """Run the notebook on this page, and yield the line of each of its panels."""
    run_all(page)
    for position, panel in enumerate(panels(page), start=1):
        before = _processor_s()
        moves = list(_moves(page, panel, number, seed))
        kernel, window = (1000 * (b - a) for a, b in zip(before, _processor_s(), strict=True))
        if moves:
            yield row(name, position, moves, (kernel, window))


def run(number: int = 40, paths: Sequence[Path] = NOTEBOOKS, seed: int = 1) -> str:
    """Return a table: every panel of these notebooks, with ``number`` random moves after those to the extremes."""
    rows = [_HEAD]
    shown = [path for path in paths if code_cells(load(path))]
    with jupyterlab(shown) as server, chromium() as browser:
        for path in shown:
            with notebook(browser, server, path.name) as page:
                rows += _rows(page, path.stem, number, seed)
    return "\n".join(rows)
