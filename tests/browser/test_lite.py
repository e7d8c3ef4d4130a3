"""The edition for the browser in a Chromium that reaches nothing but the site: whole chapters, run by Pyodide."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dscourse.course.chapters import CHAPTERS
from dscourse.exercises import catalogue
from tests.browser.lite import CDN, cells, offline, opened, run, run_all, served
from website.lite.build import build
from website.lite.contents import CURVES, PURE

pytestmark = pytest.mark.once

OTHERS = [CHAPTERS[number] for number in sorted({*PURE, *CURVES} - {0})]
DAILY = {2}  # `make test-lite` runs all


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the edition, built without Pyodide's distribution."""
    parent = tmp_path_factory.mktemp("lite")
    build(parent / "site", parent / "source")
    with served(parent / "site") as found:
        yield found


@pytest.fixture
def reader(browser: Browser) -> Iterator[tuple[BrowserContext, list[str]]]:
    with offline(browser) as found:
        yield found


def faults(page: Page) -> list[Any]:
    """Return all errors, and all text on standard error."""
    outputs = [output for cell in cells(page) for output in cell["outputs"]]
    return [
        output
        for output in outputs
        if output["output_type"] == "error" or output.get("name") == "stderr"
    ]


def test_a_first_visit_and_the_next(
    address: str, reader: tuple[BrowserContext, list[str]], artifacts: Path
) -> None:
    context, asked = reader
    page = opened(context, address, CHAPTERS[0].file)
    run_all(page)
    assert faults(page) == []
    _move_a_panel(page)
    _touch_a_diagram(page)
    page.screenshot(path=artifacts / "lite.png")
    exercise = catalogue.exercise(catalogue.exercises()["00.3"])
    run(page, "exercise-00-3", exercise.solution)
    (outcome,) = run(page, "check-00-3")
    assert "passed" in outcome["data"]["text/plain"], outcome
    page.close()

    page = opened(context, address, CHAPTERS[0].file)  # another kernel
    run(page, "imports")
    (outcome,) = run(page, "check-00-3", "exercises.progress()")
    assert "1 of" in outcome["data"]["text/plain"], outcome
    assert asked == []


def _move_a_panel(page: Page) -> None:
    """Move the slider of the panel of the counter; its sentence and its picture follow."""
    panel = page.locator(".jp-OutputArea-child:has(.dscourse-sentence)").last
    panel.scroll_into_view_if_needed()
    sentence = panel.locator(".dscourse-sentence")
    before = sentence.inner_text()
    panel.locator(".noUi-handle").first.press("End")
    expect(sentence).not_to_have_text(before)


def _touch_a_diagram(page: Page) -> None:
    """Lose a message by keyboard; the verdict follows."""
    diagram = page.locator(".dscourse-touch").first
    diagram.scroll_into_view_if_needed()
    expect(diagram).to_contain_text("✓")
    diagram.locator(".message").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="lose it").click()
    expect(diagram).to_contain_text("✗ violated")
    expect(diagram).to_contain_text("☐ Lose a message, and still let all three say 6")
    expect(diagram).not_to_contain_text("undefined")


@pytest.mark.parametrize("chapter", OTHERS, ids=lambda chapter: chapter.slug)
def test_every_cell_of_a_chapter_runs(
    address: str, reader: tuple[BrowserContext, list[str]], chapter: Any
) -> None:
    if chapter.number not in DAILY and os.environ.get("DSCOURSE_LITE") != "all":
        pytest.skip("make test-lite runs it")
    context, asked = reader
    page = opened(context, address, chapter.file)
    run_all(page)
    assert faults(page) == []
    text = str([cell["outputs"] for cell in cells(page)])
    assert set(asked) <= ({CDN} if chapter.number in CURVES else set())
    assert ("is replaced by a sentence" in text) == (chapter.number in CURVES)
