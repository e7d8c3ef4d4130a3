"""Moving the controls of a panel as a reader does, by mouse and keyboard, and seeing whether the panel answers."""

from __future__ import annotations

from collections.abc import Iterator

from playwright import sync_api
from playwright.sync_api import Locator

KINDS = (
    ".widget-slider, .widget-dropdown, .widget-select, .widget-checkbox, .widget-toggle-button,"
    " button.widget-button, .dscourse-board .handle"
)
_SHOWN = "panel => [...panel.querySelectorAll('.widget-html-content')].map(e => e.innerHTML).join()"
_CHANGED = f"([panel, before]) => ({_SHOWN})(panel) !== before"
_CLIPPED = """panel => [...panel.querySelectorAll('.widget-label, .widget-readout, button.widget-button')]
    .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"""
_KEYS = (*["ArrowRight"] * 5, *["ArrowLeft"] * 10, "End", "Home")


def silent(panel: Locator) -> Iterator[str]:
    """The controls of a panel that can be moved without an answer; each is put back where it was."""
    controls = panel.locator(KINDS).all()
    for position, control in enumerate(controls):
        following = next((c for c in controls[position:] if _is(c, "widget-button")), None)
        if not _answers(panel, control, following):
            yield f"{_name(control)} moves and the panel does not answer"


def clipped(panel: Locator) -> list[str]:
    """The descriptions and readouts of a panel's controls that do not fit their place."""
    found: list[str] = panel.evaluate(_CLIPPED)
    return found


def _answers(panel: Locator, control: Locator, following: Locator | None) -> bool:
    if _is(control, "widget-slider"):
        return _slide(panel, control)
    if _is(control, "widget-dropdown") or _is(control, "widget-select"):
        return _choose(panel, control.locator("select"), following)
    if _is(control, "widget-checkbox"):
        return _toggle(panel, control.locator("input"))
    if _is(control, "widget-toggle-button"):
        return _toggle(panel, control)
    if _is(control, "handle"):
        return _touch(panel, control)
    return _press(panel, control)


def _is(control: Locator, name: str) -> bool:
    return name in (control.get_attribute("class") or "").split()


def _name(control: Locator) -> str:
    if _is(control, "handle"):
        return control.get_attribute("aria-label") or "a handle without a name"
    label = control.locator("label").all_inner_texts() or [control.inner_text()]
    return " ".join(label).strip() or "a control without a name"


def _changes(panel: Locator, before: str, milliseconds: int = 3000) -> bool:
    """True as soon as the panel shows something else than ``before``."""
    arguments = [panel.element_handle(), before]
    try:
        panel.page.wait_for_function(_CHANGED, arg=arguments, polling=25, timeout=milliseconds)
    except sync_api.TimeoutError:
        return False
    return True


def _slide(panel: Locator, control: Locator) -> bool:
    handle = control.locator(".noUi-handle")
    before, pressed = panel.evaluate(_SHOWN), []
    for key in _KEYS:
        handle.press(key)
        pressed.append(key)
        if _changes(panel, before, 600):
            break
    else:
        return False
    steps = pressed.count("ArrowRight") - pressed.count("ArrowLeft")
    for _ in range(abs(steps)):
        handle.press("ArrowLeft" if steps > 0 else "ArrowRight")
    _settle(panel)
    return True


def _settle(panel: Locator) -> None:
    """Return once the panel has shown the same for a fifth of a second."""
    shown = panel.evaluate(_SHOWN)
    while _changes(panel, shown, 200):
        shown = panel.evaluate(_SHOWN)


def _choose(panel: Locator, select: Locator, following: Locator | None) -> bool:
    """Choose another option; where a button acts on the choice, the answer may be the button's."""
    before = panel.evaluate(_SHOWN)
    count, chosen = select.locator("option").count(), int(select.evaluate("s => s.selectedIndex"))
    select.select_option(index=(chosen + 1) % count)
    if _changes(panel, before, 3000 if following is None else 1000):
        select.select_option(index=chosen)
        _settle(panel)
        return True
    return following is not None and _press(panel, following)


def _toggle(panel: Locator, box: Locator) -> bool:
    before = panel.evaluate(_SHOWN)
    box.click()
    answered = _changes(panel, before)
    box.click()
    _settle(panel)
    return answered


def _touch(panel: Locator, handle: Locator) -> bool:
    """Touch a link or the like of a board by keyboard, and undo that."""
    before = panel.evaluate(_SHOWN)
    handle.focus()
    panel.page.keyboard.press("Enter")
    answered = _changes(panel, before)
    panel.page.keyboard.press("Control+z")
    _settle(panel)
    return answered


def _press(panel: Locator, button: Locator) -> bool:
    """Press a button; one that had nothing to do gets a second chance after the panel's first button."""
    for _ in range(2):
        before = panel.evaluate(_SHOWN)
        button.click()
        if _changes(panel, before, 1500):
            return True
        panel.locator("button.widget-button").first.click()
        _settle(panel)
    return False
