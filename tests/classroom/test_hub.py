"""The course as a JupyterHub serves it: another base URL, a folder to work in, a course that stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dscourse.course.copies import copy_course
from tests.browser.controls import silent
from tests.browser.lab import errors, notebook, panels, run_all
from tests.browser.server import Server, jupyterlab
from tests.classroom.served_course import contents, protect
from tests.notebooks.discovered import FOLDER

CHAPTER = "12_hash_partitioning.ipynb"
LINKED = "13_range_partitioning.ipynb"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The course's notebooks in a folder that may not be written to."""
    folder = tmp_path_factory.mktemp("course") / "notebooks"
    copy_course(folder, FOLDER)
    protect(folder)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.fixture(scope="module")
def hub(course: Path) -> Iterator[Server]:
    """A server as JupyterHub starts it for user x, whose home links to the course."""
    with jupyterlab([], base="/user/x") as server:
        (server.folder / "course").symlink_to(course)
        copy_course(server.folder / "work", course)
        yield server


def test_a_copy_of_a_chapter_runs_and_is_saved(browser: Browser, hub: Server, course: Path) -> None:
    before, mine = contents(course), hub.folder / "work" / CHAPTER
    with notebook(browser, hub, f"work/{CHAPTER}") as page:
        assert "/user/x/" in page.url
        run_all(page)
        assert errors(page) == []
        assert [list(silent(panel)) for panel in panels(page)] == [[]] * len(panels(page)) != []
        page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert mine.read_bytes() != (course / CHAPTER).read_bytes()
    assert contents(course) == before


def test_the_courses_own_notebooks_run_where_nothing_can_be_written(
    browser: Browser, hub: Server, course: Path
) -> None:
    before = contents(course)
    with notebook(browser, hub, f"course/{CHAPTER}") as page:
        run_all(page)
        assert errors(page) == []
    assert contents(course) == before


def test_links_between_chapters_stay_below_the_base_url(browser: Browser, hub: Server) -> None:
    with notebook(browser, hub, f"work/{CHAPTER}") as page:
        link = page.locator(f'.jp-RenderedMarkdown a[href*="{LINKED}"]').first
        assert "/user/x/" in str(link.evaluate("link => link.href"))
        assert f"work/{LINKED}" in str(link.evaluate("link => link.outerHTML"))
