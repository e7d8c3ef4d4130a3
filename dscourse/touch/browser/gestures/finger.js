// Elements within an SVG that a finger can drag.
// @ts-check

/** Leave the finger that presses on this element to it: the page does not scroll meanwhile. Chromium knows
 * `touch-action` for a whole SVG, and not for the shapes in it. Clicks stay. @param {Element} element */
export function keepFinger(element) {
  element.addEventListener("touchmove", (event) => event.preventDefault(), { passive: false });
}
