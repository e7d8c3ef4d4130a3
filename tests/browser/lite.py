"""The edition for the browser, served on loopback to a Chromium that reaches nothing else."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from playwright.sync_api import Browser, BrowserContext, Page

CONTENT_TYPES = {".mjs": "text/javascript", ".wasm": "application/wasm", ".whl": "application/zip"}
CDN = "cdn.jsdelivr.net:443"
_OF_CHROMIUM = (
    "content-autofill.googleapis.com:443"  # Chromium asks it about every page with a field
)
_CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => cell.model.type === 'code')
    .map(cell => ({id: cell.model.id, outputs: cell.model.outputs.toJSON()}))"""
_READY = """() => {
    const panel = window.jupyterapp?.shell?.currentWidget;
    return Boolean(panel?.context?.isReady && panel.sessionContext?.session?.kernel?.status === 'idle');
}"""
_RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"
_RUN = """async ([id, source]) => {
    const {commands, shell} = window.jupyterapp;
    const notebook = shell.currentWidget.content;
    const index = notebook.widgets.findIndex(cell => cell.model.id === id);
    notebook.activeCellIndex = index;
    if (source !== null) notebook.widgets[index].model.sharedModel.setSource(source);
    await commands.execute('notebook:run-cell');
    return notebook.widgets[index].model.outputs.toJSON();
}"""


class _Files(SimpleHTTPRequestHandler):
    extensions_map: ClassVar = {**SimpleHTTPRequestHandler.extensions_map, **CONTENT_TYPES}

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Refusal(BaseHTTPRequestHandler):
    """A proxy that refuses every request and remembers it."""

    asked: list[str]

    def refuse(self) -> None:
        if self.path != _OF_CHROMIUM:
            self.asked.append(self.path)
        self.send_error(403)

    do_CONNECT = do_GET = do_HEAD = do_POST = refuse  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def _serving(handler: Any) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server that hands out the files of a folder."""
    with _serving(functools.partial(_Files, directory=str(folder))) as address:
        yield address


@contextmanager
def offline(browser: Browser) -> Iterator[tuple[BrowserContext, list[str]]]:
    """A reader's browser whose requests off loopback are refused, and the list of them."""
    asked: list[str] = []
    handler = type("_Recorder", (_Refusal,), {"asked": asked})
    with _serving(handler) as proxy:
        context = browser.new_context(
            viewport={"width": 1280, "height": 1000}, proxy={"server": proxy, "bypass": "127.0.0.1"}
        )
        try:
            yield context, asked
        finally:
            context.close()


def opened(context: BrowserContext, address: str, notebook: str) -> Page:
    """A page with the notebook, once its kernel is ready."""
    page = context.new_page()
    page.set_default_timeout(400_000)
    page.goto(f"{address}/lab/index.html?path={notebook}")
    page.wait_for_function(_READY)
    return page


def run_all(page: Page) -> None:
    """Run every cell, and return once the last of them has ended."""
    page.evaluate(_RUN_ALL)


def run(page: Page, cell: str, source: str | None = None) -> list[dict[str, Any]]:
    """Run the cell with this id, with another source if one is given, and return its outputs."""
    outputs: list[dict[str, Any]] = page.evaluate(_RUN, [cell, source])
    return outputs


def cells(page: Page) -> list[dict[str, Any]]:
    """The code cells of the open notebook: the id and the outputs of each."""
    found: list[dict[str, Any]] = page.evaluate(_CELLS)
    return found
