"""What a reader has to see at once, on a screen of 1280 × 720: is it too tall?"""

from __future__ import annotations

from playwright.sync_api import Page

__all__ = ["too_tall"]

ROOM = 599  # px: what menu, tabs, tool bar and status bar of JupyterLab leave of 720
# Without side bar, and with it: JupyterLab then gives a notebook 264 px less.
SIZES = ({"width": 1280, "height": 720}, {"width": 1016, "height": 720})
# A panel, a board and an explorer are seen whole. Of a diagram, picture, verdict and deeds; what lists the touches
# stands below. Of a comparison, each run's verdict and picture.
_TOO_TALL = """room => {
    const widgets = [...document.querySelectorAll('.dscourse-panel, .dscourse-touch')]
        .filter(e => !e.parentElement.closest('.dscourse-panel, .dscourse-touch'));
    const span = (from, to) => to.getBoundingClientRect().bottom - from.getBoundingClientRect().top;
    const parts = e => {
        if (e.matches('.comparison')) return [...e.querySelectorAll('.side')]
            .map(side => span(side.querySelector('.verdict'), side.querySelector('.paper')));
        const outcome = e.querySelector(':scope > .outcome');
        return [outcome ? span(e, outcome) : span(e, e)];
    };
    const name = e => e.closest('.jp-Cell').querySelector('.jp-InputArea-editor').innerText.trim().split('\\n').pop();
    return widgets.flatMap(e => parts(e).filter(high => high > room).map(high => `${high} px: ${name(e)}`));
}"""
_SETTLE_MS = 300  # a panel reduces its picture when the window changes


def too_tall(page: Page) -> list[str]:
    """Return the height of each widget that does not fit a small window, and the last line of its cell.

    The window has its own size again afterwards.
    """
    before = page.viewport_size
    assert before is not None
    found: list[str] = []
    for size in SIZES:
        page.set_viewport_size(size)
        page.wait_for_timeout(_SETTLE_MS)
        found += page.evaluate(_TOO_TALL, ROOM)
    page.set_viewport_size(before)
    return found
