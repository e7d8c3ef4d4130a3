"""The player by keyboard alone: in JupyterLab plain arrow keys belong to the notebook."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.lab import notebook, panels, run_all
from tests.browser.server import Server


def test_an_event_is_chosen_and_happens_without_a_mouse(browser: Browser, server: Server) -> None:
    with notebook(browser, server, "14_consensus.ipynb") as page:
        run_all(page)
        player = panels(page)[0]
        waits = player.locator("select").first
        waits.focus()
        page.keyboard.press("Alt+ArrowDown")
        expect(waits).to_have_js_property("selectedIndex", 1)
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(player).to_contain_text("1 move,")
        expect(player).to_contain_text("the highest ballot is 1b")
