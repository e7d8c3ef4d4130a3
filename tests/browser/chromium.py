"""Finding and starting a Chromium: the system's, or the one that Playwright installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class BrowserMissingError(RuntimeError):
    """Neither the system nor Playwright has a Chromium."""


def executable(playwright: Playwright) -> str:
    """The path of a Chromium; raises `BrowserMissingError` where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    own = playwright.chromium.executable_path
    if found is None and not Path(own).exists():
        raise BrowserMissingError(
            "no Chromium: install the system's, or run: .venv/bin/playwright install chromium"
        )
    return found or own


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium that ends with the block; raises `BrowserMissingError` where there is none."""
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(playwright), args=[*FLAGS, *as_root]
        )
        try:
            yield browser
        finally:
            browser.close()
