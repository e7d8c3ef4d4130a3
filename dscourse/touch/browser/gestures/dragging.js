// Dragging: one pointer from press to release, by mouse, pen or finger; Escape puts back what was dragged.
// @ts-check

/**
 * @typedef {{move(event: PointerEvent): void, end(): void, cancel(): void}} Drag
 */

export const SLIP = 3; // px that a click may move

/** Follow a pointer that was pressed on an element until it is released or the drag is given up.
 * @param {PointerEvent} down @param {Element} handle @param {Drag} acts */
export function follow(down, handle, acts) {
  if (down.button !== 0) return;
  down.preventDefault();
  down.stopPropagation();
  handle.setPointerCapture(down.pointerId);
  const move = (/** @type {Event} */ event) => acts.move(/** @type {PointerEvent} */ (event));
  const end = () => finish(acts.end);
  const cancel = () => finish(acts.cancel);
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    cancel();
  };
  const finish = (/** @type {() => void} */ act) => {
    handle.removeEventListener("pointermove", move);
    handle.removeEventListener("pointerup", end);
    handle.removeEventListener("pointercancel", cancel);
    window.removeEventListener("keydown", key, true);
    if (handle.hasPointerCapture(down.pointerId)) handle.releasePointerCapture(down.pointerId);
    act();
  };
  handle.addEventListener("pointermove", move);
  handle.addEventListener("pointerup", end);
  handle.addEventListener("pointercancel", cancel);
  window.addEventListener("keydown", key, true);
}
