"""The deeds of the chapters, done in a browser with as many touches as their par says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import DARK, LIGHT, errors, faint, notebook, run_all, set_theme
from tests.browser.one_cell import one_cell
from tests.browser.server import Server, jupyterlab
from tests.touch.discovered import sources_of

Step = tuple[str, str, float, float]  # gesture, message or node, ms, length in ms

CELLS = {
    "01": ("touch-run",),
    "03": ("touch-run",),
    "05": ("touch-run",),
    "06": ("touch-run",),
    "08": ("naive-explored", "touch-run"),
}
PLAYED: list[tuple[str, int, list[Step]]] = [
    ("01", 0, [("lose it", "bank's 1st Reply to ann", 0, 0)]),
    ("01", 1, [("let it arrive", "bank's 1st Reply to ann", 35, 0)]),
    ("01", 2, [("let it arrive", "ann's 1st Pay to bank", 95, 0), ("cut off", "bank", 32, 60)]),
    (
        "03",
        1,
        [("lose it", "n1's 1st Update to n2", 0, 0), ("lose it", "n1's 1st Update to n3", 0, 0)],
    ),
    ("05", 0, [("lose it", "n1's 1st Update to n3", 0, 0)]),
    ("05", 2, [("lose it", "n2's 1st Update to n1", 0, 0), ("cut off", "n3", 8, 60)]),
    ("06", 1, [("cut off", "c", 35, 230)]),
    ("06", 2, [("lose it", "c's 1st Prepare to p1", 0, 0), ("crash", "c", 25, 0)]),
    ("08", 0, [("cut off", "n3", 100, 290)]),
    (
        "08",
        1,
        [("lose it", "n3's 1st Victory to n2", 0, 0), ("lose it", "n3's 2nd Victory to n2", 0, 0)],
    ),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab with one notebook per chapter, which holds its diagram alone."""
    folder = tmp_path_factory.mktemp("deeds")
    paths = [
        one_cell(folder, "\n".join(sources_of(chapter, "imports", *cells))).rename(
            folder / f"touch-{chapter}.ipynb"
        )
        for chapter, cells in CELLS.items()
    ]
    with jupyterlab(paths) as server:
        yield server


def opened(browser: Browser, lab: Server, chapter: str, width: int = 1280) -> Iterator[Page]:
    with notebook(browser, lab, f"touch-{chapter}.ipynb", width) as page:
        run_all(page)
        expect(page.locator(".dscourse-touch .message").first).to_be_attached()
        assert errors(page) == []
        yield page


def do(page: Page, step: Step) -> None:
    """Make one touch: Enter on a message or a node's line, fill in the times, choose."""
    gesture, what, ms, length = step
    message = page.locator(f'.message[aria-label^="{what}"]')
    lane = page.locator(f'.lane[aria-label="line of {what}"]')
    (message.first if " to " in what else lane).focus()
    page.keyboard.press("Enter")
    menu = page.locator(".dscourse-touch .menu")
    expect(menu.locator("strong")).to_have_text(what)
    if ms:
        menu.get_by_label("at (ms)").fill(str(ms))
    if length:
        menu.get_by_label("for (ms)").fill(str(length))
    menu.get_by_role("menuitem", name=gesture).first.click()


@pytest.mark.parametrize(("chapter", "deed", "steps"), PLAYED)
def test_a_deed_is_done_in_the_browser_within_its_par(
    browser: Browser, lab: Server, artifacts: Path, chapter: str, deed: int, steps: list[Step]
) -> None:
    for page in opened(browser, lab, chapter):
        task = page.locator(".dscourse-touch .tasks li").nth(deed)
        expect(task).to_contain_text("☐")
        for count, step in enumerate(steps, start=1):
            do(page, step)
            expect(page.locator(".dscourse-touch .touches li")).to_have_count(count)
        expect(task).to_contain_text("☑")
        expect(task).to_contain_text(f"done with {len(steps)} touch")
        page.locator(".dscourse-touch").screenshot(path=artifacts / f"deed-{chapter}-{deed}.png")


@pytest.mark.parametrize("chapter", CELLS)
@pytest.mark.parametrize("width", [1280, 1920])
def test_the_diagram_reads_well_in_both_themes(
    browser: Browser, lab: Server, artifacts: Path, chapter: str, width: int
) -> None:
    for page in opened(browser, lab, chapter, width):
        for theme in (LIGHT, DARK):
            set_theme(page, theme)
            assert faint(page) == []
            name = f"deeds-{chapter}-{width}-{theme.split()[-1]}.png"
            page.locator(".dscourse-touch").screenshot(path=artifacts / name)
