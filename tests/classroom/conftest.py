"""Fixtures that the tests of classes share with those of the browser."""

from tests.browser.conftest import browser

__all__ = ["browser"]
