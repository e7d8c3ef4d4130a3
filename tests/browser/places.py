"""The place of an element on the page, asked once the element is shown and stands still: a picture may be redrawn."""

from __future__ import annotations

from playwright.sync_api import FloatRect, Locator

__all__ = ["box", "middle"]

_TRIES, _PAUSE_MS = 600, 50


def box(element: Locator) -> FloatRect:
    """The area of an element in CSS pixels, the same twice running; AssertionError after half a minute without."""
    before = element.bounding_box()
    for _ in range(_TRIES):
        element.page.wait_for_timeout(_PAUSE_MS)
        found = element.bounding_box()
        if found is not None and found == before:
            return found
        before = found
    raise AssertionError(f"{element} is not shown or does not stand still: {before}")


def middle(element: Locator, share: float = 0.5) -> tuple[float, float]:
    """The point at this share of an element's width, half-way down."""
    area = box(element)
    return area["x"] + share * area["width"], area["y"] + area["height"] / 2
