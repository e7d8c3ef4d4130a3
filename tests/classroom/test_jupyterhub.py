"""A class on a real JupyterHub, configured as the teacher's guide says: a teacher, two students, a term."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dscourse.course.chapters import CHAPTERS
from dscourse.course.form import dump, load
from dscourse.course.reading import code_cells, source
from tests.browser.controls import silent
from tests.browser.lab import errors, panels, run_all, wait_until_open
from tests.classroom.members import open_copy, pull_link, sign_in, signed_in, write_cell
from tests.classroom.real_hub import Hub
from tests.classroom.served_course import contents, release
from tests.classroom.usage import cpu_seconds, memory_mb, processes_of

MOST_MB = 350
FIRST, SECOND, THIRD = CHAPTERS[0], CHAPTERS[2], CHAPTERS[3]
COPY = "dscourse"
LOST = "a's 1st Add to c"


def status(page: Page, address: str) -> int:
    """The status of the answer to a request that the page's user makes."""
    return page.request.get(address).status


def outputs(notebook: Path) -> int:
    """The number of outputs that a notebook holds."""
    return sum(len(cell["outputs"]) for cell in code_cells(load(notebook)))


def test_members_of_the_class_sign_in_to_servers_and_copies_of_their_own(
    browser: Browser, hub: Hub
) -> None:
    for user in ("teacher", "anna", "ben"):
        with signed_in(browser, hub, user) as page:
            assert f"/user/{user}/lab/tree/{COPY}/{FIRST.file}" in page.url
            copies = hub.home(user) / COPY
            assert {chapter.file for chapter in CHAPTERS} <= {one.name for one in copies.iterdir()}
            assert outputs(copies / FIRST.file) == 0
            used = processes_of(hub.home(user))
            print(
                f"{user}: starting took {cpu_seconds(used):.1f} s of CPU, {memory_mb(used):.0f} MB"
            )
            for other in hub.running():
                allowed = status(page, f"{hub.address}/user/{other}/api/contents")
                assert allowed == (200 if other == user else 403)
            assert status(page, f"{hub.address}/hub/admin") == (200 if user == "teacher" else 403)
    assert hub.running() == {"teacher", "anna", "ben"}
    homes = processes_of(hub.folder / "homes")
    own = set(processes_of(hub.folder)) - set(homes)
    print(f"the hub, its proxy and its culler: {memory_mb(own):.0f} MB")


@pytest.mark.parametrize("user", ["anna", "stranger"])
def test_nobody_else_signs_in(browser: Browser, hub: Hub, user: str) -> None:
    hub.start("anna")
    context = browser.new_context()
    try:
        page = context.new_page()
        sign_in(page, hub, user, hub.password if user == "stranger" else "some other password")
        expect(page.locator(".login_error")).to_be_visible()
        assert status(page, f"{hub.address}/user/anna/api/contents") == 403
    finally:
        context.close()


def test_two_students_work_at_once_and_each_needs_little_memory(
    browser: Browser, hub: Hub, artifacts: Path
) -> None:
    before = contents(hub.course)
    with signed_in(browser, hub, "anna") as anna, signed_in(browser, hub, "ben") as ben:
        for user, page in (("anna", anna), ("ben", ben)):
            idle = cpu_seconds(processes_of(hub.home(user)))
            run_all(page, 600)
            assert errors(page) == []
            used = processes_of(hub.home(user))
            memory, spent = memory_mb(used), cpu_seconds(used) - idle
            print(f"{user}: a chapter took {spent:.1f} s of CPU; with its kernel {memory:.0f} MB")
            assert memory < MOST_MB
        assert [list(silent(panel)) for panel in panels(anna)] == [[]] * len(panels(anna)) != []
        touch(anna, hub)
        expect(verdict(anna)).to_contain_text("✗ violated: all nodes say 6")
        expect(verdict(ben)).to_contain_text("✓ all nodes say 6")
        anna.screenshot(path=artifacts / "jupyterhub.png")
        anna.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        anna.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert outputs(hub.home("anna") / COPY / FIRST.file) > 0
    assert outputs(hub.home("ben") / COPY / FIRST.file) == 0
    assert contents(hub.course) == before


def touch(page: Page, hub: Hub, times: int = 5) -> None:
    """Lose a message of anna's diagram this many times, and take that back in between."""
    used = processes_of(hub.home("anna"))
    before = cpu_seconds(used)
    for turn in range(times):
        if turn:
            page.keyboard.press("Control+z")
            expect(verdict(page)).to_contain_text("✓ all nodes say 6")
        page.locator(f'.dscourse-touch .message[aria-label^="{LOST}:"]').first.focus()
        page.keyboard.press("Delete")
        expect(verdict(page)).to_contain_text("✗ violated: all nodes say 6")
    print(f"a touch took {(cpu_seconds(used) - before) / (2 * times - 1):.3f} s of CPU")


def verdict(page: Page) -> Locator:
    """The verdict of the chapter's diagram."""
    return page.locator(".dscourse-touch .verdict").first


def test_a_link_for_nbgitpuller_brings_the_course_and_later_its_changes(
    browser: Browser, hub: Hub
) -> None:
    link, mine = pull_link(hub), hub.home("anna") / hub.course.name / "notebooks"
    with signed_in(browser, hub, "anna") as page:
        page.goto(link)
        page.wait_for_url(f"**/user/anna/lab/tree/{hub.course.name}/notebooks/{FIRST.file}")
        wait_until_open(page)
        assert contents(mine) == contents(hub.course / "notebooks")
        (mine / "own_protocol.md").write_text("my notes", "utf-8")
        release(
            hub.course, {"notebooks/glossary.ipynb": dump(load(mine / "glossary.ipynb")) + "\n"}
        )
        page.goto(link)
        page.wait_for_url(f"**/user/anna/lab/tree/{hub.course.name}/notebooks/{FIRST.file}")
    changed = contents(mine).items() ^ contents(hub.course / "notebooks").items()
    assert {name for name, _ in changed} == {"own_protocol.md"}
    assert (mine / "own_protocol.md").read_text("utf-8") == "my notes"


def test_an_update_in_mid_term_keeps_the_work_in_the_copies(browser: Browser, hub: Hub) -> None:
    first = source(code_cells(load(hub.course / "notebooks" / SECOND.file))[0])
    cell = code_cells(load(hub.course / "notebooks" / SECOND.file))[0]["id"]
    work = f"{first}\n# ben was here"
    hub.start("anna")
    with signed_in(browser, hub, "ben") as page:
        open_copy(page, hub, "ben", f"{COPY}/{SECOND.file}")
        write_cell(page, cell, work)
        release(
            hub.course,
            {f"notebooks/{one.file}": newer(hub.course, one.file) for one in (SECOND, THIRD)},
        )
        for user in ("anna", "ben"):
            hub.stop(user)
            hub.start(user)
        page.reload()
        wait_until_open(page)
        expect(page.locator(".jp-CodeCell").first).to_contain_text("# ben was here")
    anna, ben = (hub.home(user) / COPY for user in ("anna", "ben"))
    beside = SECOND.file.replace(".ipynb", ".new.ipynb")
    assert source(code_cells(load(ben / SECOND.file))[0]) == work
    assert [is_newer(one) for one in (ben / SECOND.file, ben / beside, ben / THIRD.file)] == [
        False,
        True,
        True,
    ]
    assert [is_newer(anna / one.file) for one in (SECOND, THIRD)] == [True, True]
    assert not (anna / beside).exists()


def newer(course: Path, file: str) -> str:
    """The text of a notebook of the course with one more cell."""
    notebook = load(course / "notebooks" / file)
    cell = {"cell_type": "markdown", "id": "newer", "metadata": {}, "source": "Newer."}
    return dump({**notebook, "cells": [*notebook["cells"], cell]})


def is_newer(notebook: Path) -> bool:
    """Return whether the notebook has the cell that `newer` adds."""
    return load(notebook)["cells"][-1]["id"] == "newer"


def test_an_idle_server_is_culled_and_a_used_one_is_not(browser: Browser, hub: Hub) -> None:
    hub.start("anna")
    with signed_in(browser, hub, "ben") as page, culler(hub, "--timeout=20", "--cull-every=1"):
        beginning = time.monotonic()
        while time.monotonic() < beginning + 30 or "anna" in hub.running():
            assert status(page, f"{hub.address}/user/ben/api/contents") == 200
            assert time.monotonic() < beginning + 180
            page.wait_for_timeout(500)
        assert {"anna", "ben"} & hub.running() == {"ben"}
    assert (hub.home("anna") / COPY / FIRST.file).exists()


@contextmanager
def culler(hub: Hub, *options: str) -> Iterator[None]:
    """The culler of the guide's configuration, with what it may do there, and these options."""
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterhub_idle_culler", *options],
        env={**os.environ, "JUPYTERHUB_API_TOKEN": hub.culler_token, "JUPYTERHUB_API_URL": hub.api_url},
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait()
