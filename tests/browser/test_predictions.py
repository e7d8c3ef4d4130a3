"""A prediction in a real JupyterLab: a press of a button is kept, and answered after the run."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.browser.lab import DARK, QUESTION, faint, notebook, run_all, set_theme
from tests.browser.server import Server


def test_a_pressed_button_is_answered_after_the_run(browser: Browser, server: Server) -> None:
    with notebook(browser, server, "00_start_here.ipynb") as page:
        run_all(page)
        question = page.locator(QUESTION).first
        buttons = question.locator("button")
        assert [text.strip() for text in buttons.all_inner_texts()] == ["A", "B", "C", "D"]
        expect(question).to_contain_text("not predicted yet: press a button")
        buttons.nth(2).click()
        expect(question).to_contain_text("you predict C")
        buttons.nth(0).click()
        expect(question).to_contain_text("you predict A")
        run_all(page)
        question = page.locator(QUESTION).first
        expect(question).to_contain_text("you predict A")
        answered = page.get_by_text(re.compile(r"00\.1: you predicted A, and that is"))
        expect(answered).to_be_visible()
        set_theme(page, DARK)
        question.scroll_into_view_if_needed()
        assert faint(page) == []
