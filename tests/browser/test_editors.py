"""The two editors of chapter 11 in a real JupyterLab: text typed on one side shows on the other when connected."""

from __future__ import annotations

from playwright.sync_api import Browser, Locator

from tests.browser.lab import notebook, panels, run_all
from tests.browser.server import Server


def test_what_is_typed_offline_and_online_reaches_the_other_editor(
    browser: Browser, server: Server
) -> None:
    with notebook(browser, server, "11_multi_primary.ipynb") as page:
        run_all(page)
        panel = next(one for one in panels(page) if one.locator("textarea").count() == 2)
        ann, bob = panel.locator("textarea").all()
        ann.press("Control+End")
        ann.press_sequentially(", bread")
        _reads(ann, "buy some milk and eggs, bread")
        _reads(bob, "buy cold milk")
        panel.locator("input[type=checkbox]").click()
        for area in (ann, bob):
            _reads(area, "buy cold milk and eggs, bread")
        bob.press("Control+Home")
        bob.press_sequentially("today: ", delay=60)
        for area in (ann, bob):
            _reads(area, "today: buy cold milk and eggs, bread")


def _reads(area: Locator, text: str) -> None:
    """Wait for up to five seconds until the area reads so."""
    for _ in range(100):
        if area.input_value() == text:
            return
        area.page.wait_for_timeout(50)
    assert area.input_value() == text
