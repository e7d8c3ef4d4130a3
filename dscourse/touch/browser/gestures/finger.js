// Elements within an SVG that a finger can drag.
// @ts-check

/** Leave the finger that presses on this element to it, or only on those parts of it: the page does not scroll meanwhile.
 * Chromium knows `touch-action` for a whole SVG, and not for the shapes in it. Clicks stay.
 * @param {Element} element @param {string} parts a selector */
export function keepFinger(element, parts = "*") {
  element.addEventListener("touchmove", (event) => {
    if (/** @type {Element} */ (event.target).matches(parts)) event.preventDefault();
  }, { passive: false });
}
