"""Two days with ``dscourse lab``: a chapter that was run and saved can be read and run the next day."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Page, expect

from dscourse.course.chapters import CHAPTERS
from tests.browser.lab import connected, errors, notebook, run_all
from tests.browser.server import Server, free_port, serving, write_settings

FIRST, CHAPTER = CHAPTERS[0].file, CHAPTERS[1].file
MINE = "print('a line of my own')"
_SAVE = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    panel.content.model.cells.get(1).sharedModel.setSource(SOURCE);
    await panel.context.save();
}"""


@contextmanager
def day(home: Path, copy: Path) -> Iterator[tuple[Server, str]]:
    """``dscourse lab``, as a reader starts it, and its printed lines once JupyterLab answers."""
    server = Server(f"http://127.0.0.1:{free_port()}", secrets.token_hex(16), copy)
    with serving(["dscourse", "lab", str(copy), "--"], home, server):
        yield server, (home / "log").read_text("utf-8")


def pictures(page: Page) -> int:
    """The number of outputs with a picture that is seen."""
    seen = page.locator("svg, img").filter(visible=True)
    return page.locator(".jp-OutputArea-child").filter(has=seen).count()


def outputs(path: Path) -> int:
    return sum(bool(cell.get("outputs")) for cell in nbformat.read(path, 4).cells)


def test_a_chapter_is_there_the_next_day_with_its_pictures_and_the_readers_own_lines(
    browser: Browser, tmp_path: Path, artifacts: Path
) -> None:
    copy = tmp_path / "mine"
    write_settings(tmp_path / "settings")
    with day(tmp_path, copy) as (server, printed):
        assert f"JupyterLab is at {server.address}/lab/tree/{FIRST}?token=" in printed
        assert outputs(copy / CHAPTER) == 0
        with notebook(browser, server, CHAPTER) as page:
            run_all(page)
            assert errors(page) == []
            shown = pictures(page)
            assert shown
            page.evaluate(_SAVE.replace("SOURCE", repr(MINE)))
    assert outputs(copy / CHAPTER) > 5
    with day(tmp_path, copy) as (server, printed):
        assert f"Your copy of the course: {copy} (up to date)" in printed
        assert f"JupyterLab is at {server.address}/lab/tree/{CHAPTER}?token=" in printed
        with notebook(browser, server, CHAPTER) as page:
            connected(page)
            expect(page.locator(".jp-Notebook")).to_contain_text("a line of my own")
            expect(page.get_by_text("Loading widget").filter(visible=True)).to_have_count(0)
            page.screenshot(path=artifacts / "next-day.png")
            assert errors(page) == []
            assert pictures(page) >= shown
            run_all(page)
            assert errors(page) == []
            expect(page.locator(".dscourse-touch").first).to_be_visible()
