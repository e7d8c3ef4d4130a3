"""What the tests of classes share with the browser's."""

from tests.browser.conftest import browser

__all__ = ["browser"]
