"""No text overlaps or is cut off in the diagram of any panel, also at the controls' ends.

`tests.browser.test_notebooks` judges the diagrams of the notebooks.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from dscourse.panels import Panel
from tests.browser.diagrams import text_faults, wide_page
from tests.notebooks.discovered import panel_makers
from tests.notebooks.panel_fuzz import settings_at_the_ends

MAKERS = panel_makers()


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    opened = wide_page(browser)
    yield opened
    opened.close()


@pytest.mark.parametrize("name", MAKERS)
def test_panels_at_their_defaults_and_at_the_ends_of_each_control(name: str, page: Page) -> None:
    panel = MAKERS[name]()
    found = {"default": text_faults(page, panel.picture.svg or "<svg/>")}
    for setting in settings_at_the_ends(panel) if isinstance(panel, Panel) else ():
        if panel.error is None:
            found[setting] = text_faults(page, panel.picture.svg or "<svg/>")
    assert {setting: faults for setting, faults in found.items() if faults} == {}


def _svg(*texts: str) -> str:
    return (
        f'<svg width="200" height="100" xmlns="http://www.w3.org/2000/svg">{"".join(texts)}</svg>'
    )


@pytest.mark.parametrize(
    ("svg", "count"),
    [
        (_svg('<text x="10" y="20">one</text>', '<text x="12" y="24">two</text>'), 1),
        (_svg('<text x="10" y="20">one</text>', '<text x="10" y="38">two</text>'), 0),
        (_svg('<text x="10" y="20" stroke="#fff">one</text>', '<text x="10" y="20">one</text>'), 0),
        (_svg('<text x="180" y="20">far too long</text>'), 1),
        (_svg('<text x="10" y="4">too high</text>'), 1),
        (_svg('<text transform="rotate(45 9 9)" x="9" y="9">turned</text>', '<text x="50" y="20">beside</text>'), 0),
    ],
)  # fmt: skip
def test_the_finder_finds_overlaps_and_what_is_cut_off(svg: str, count: int, page: Page) -> None:
    assert len(text_faults(page, svg)) == count
