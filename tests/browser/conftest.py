"""Fixtures of the browser tests: one Chromium and one JupyterLab for all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import BrowserMissingError, chromium
from tests.browser.server import Server, jupyterlab
from tests.notebooks.discovered import NOTEBOOKS

ARTIFACTS = Path(__file__).parent / "artifacts"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium; without one the tests are skipped, or fail where continuous integration runs."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(chromium())
        except BrowserMissingError as error:
            if os.environ.get("CI"):
                pytest.fail(str(error))
            pytest.skip(str(error))
        yield found


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A JupyterLab that shows untrusted copies of all notebooks."""
    with jupyterlab(NOTEBOOKS) as running:
        yield running


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """The folder where screenshots are kept."""
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS
