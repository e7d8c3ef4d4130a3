"""One notebook in a browser: open it, run it, ask what went wrong, photograph it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from tests.browser.server import Server

LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
PANEL = ".jp-OutputArea-child:has(.dscourse-sentence)"
QUESTION = ".jp-OutputArea-child:has(.dscourse-question)"

_READY = """() => {
    const panel = window.jupyterapp?.shell?.currentWidget;
    return Boolean(panel?.context?.isReady && document.querySelector('.jp-Notebook .jp-Cell'));
}"""
_CONNECTED = """() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"""
_IDLE = """() => ![...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
    .some(prompt => prompt.textContent.includes('*'))"""
_WIDGETS_SHOWN = """() => [...document.querySelectorAll('.jp-OutputArea-output')]
    .filter(e => e.dataset.mimeType === 'application/vnd.jupyter.widget-view+json')
    .every(e => e.querySelector('.jupyter-widgets, .jupyter-widgets-error-widget'))"""
# Text of an output whose contrast with its paper is below 4.5, the level AA of WCAG 2.
_FAINT = """() => {
    const parse = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const paper = element => {
        for (let e = element; e; e = e.parentElement) {
            const colour = parse(getComputedStyle(e).backgroundColor);
            if (colour.length < 4 || colour[3] > 0.5) return colour;
        }
        return [255, 255, 255];
    };
    const ownText = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    return [...document.querySelectorAll('.jp-OutputArea-output *')]
        .filter(e => ownText(e) && !e.closest('svg') && e.checkVisibility() && !e.matches('option, style, script'))
        .map(e => {
            const [ink, back] = [light(parse(getComputedStyle(e).color)), light(paper(e))];
            const contrast = (Math.max(ink, back) + 0.05) / (Math.min(ink, back) + 0.05);
            return [contrast, e.textContent.trim().slice(0, 60)];
        })
        .filter(([contrast]) => contrast < 4.5)
        .map(([contrast, text]) => `contrast ${contrast.toFixed(1)}: ${text}`);
}"""
_SCROLLER = """() => {
    const all = [...document.querySelectorAll('.jp-NotebookPanel-notebook, .jp-NotebookPanel-notebook *')];
    const room = element => /auto|scroll/.test(getComputedStyle(element).overflowY)
        ? element.scrollHeight - element.clientHeight : 0;
    const tallest = all.reduce((best, one) => room(one) > room(best) ? one : best);
    tallest.dataset.dscourse = 'scroller';
    return [tallest.scrollHeight, tallest.clientHeight];
}"""


@contextmanager
def notebook(
    browser: Browser,
    server: Server,
    name: str,
    width: int = 1280,
    height: int = 1000,
    app: str = "doc/tree",
    **screen: bool,
) -> Iterator[Page]:
    """A page that shows the notebook in JupyterLab or in the app "notebooks"; nothing of it has been run.

    ``screen`` goes to Chromium's new context: ``has_touch``, ``is_mobile``.
    """
    context = browser.new_context(viewport={"width": width, "height": height}, **screen)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(60_000)
    try:
        page.goto(server.url(name, app))
        wait_until_open(page)
        yield page
    finally:
        context.close()


def wait_until_open(page: Page) -> None:
    """Return once the page shows a notebook with its cells."""
    page.wait_for_function(_READY)


def connected(page: Page) -> None:
    """Wait until the notebook has a kernel that waits for work."""
    page.wait_for_function(_CONNECTED)


def run_all(page: Page, seconds: float = 180) -> None:
    """Run every cell and return once the kernel is idle and all widgets are drawn."""
    connected(page)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(_IDLE, timeout=seconds * 1000)
    page.wait_for_function(_WIDGETS_SHOWN)


def errors(page: Page) -> list[str]:
    """The text of every error output, and of widgets that could not be drawn."""
    wrong = page.locator(
        '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"],'
        ' .jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"],'
        " .jupyter-widgets-error-widget"
    )
    return wrong.all_inner_texts()


def panels(page: Page) -> list[Locator]:
    """The panels that a notebook shows, from top to bottom."""
    return page.locator(PANEL).all()


def faint(page: Page) -> list[str]:
    """Text in outputs and panels that is hard to read on its paper, with its contrast."""
    found: list[str] = page.evaluate(_FAINT)
    return found


def set_theme(page: Page, theme: str) -> None:
    """Switch the theme of a page that is open."""
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
    )
    page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
    page.wait_for_timeout(300)


def photograph(page: Page, folder: Path, stem: str) -> list[Path]:
    """Pictures of the whole notebook, one a screenful, from top to bottom."""
    folder.mkdir(parents=True, exist_ok=True)
    total, step = page.evaluate(_SCROLLER)
    paths = []
    for number, top in enumerate(range(0, total, max(step - 40, 1)), start=1):
        page.evaluate(
            "top => document.querySelector('[data-dscourse=scroller]').scrollTo(0, top)", top
        )
        page.wait_for_timeout(150)
        paths.append(folder / f"{stem}-{number:02d}.png")
        page.screenshot(path=paths[-1])
        if top + step >= total:
            break
    return paths
