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
# These say themselves what belongs together, or need no server.
_OTHERWISE = ("test_notebooks", "test_website", "test_lite", "test_diagrams")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a module on one worker, so that its JupyterLab is started once."""
    for item in items:
        if item.path.parent == ARTIFACTS.parent and item.path.stem not in _OTHERWISE:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


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
