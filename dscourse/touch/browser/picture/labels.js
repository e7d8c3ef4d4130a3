// Words in the picture that can be clicked: a node's name means its line, a label means its message.
// @ts-check

import { distance } from "./geometry.js";

/**
 * @typedef {import("./geometry.js").Arrow} Arrow
 * @typedef {import("./geometry.js").Lane} Lane
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {{element: HTMLElement, overlay: Element, layout: Layout, at(event: MouseEvent): {x: number, y: number},
 *   acts: {message(arrow: Arrow): void, lane(lane: Lane, x: number): void}}} LabelledPaper
 */

const FAR = 130; // px: a label stands within this distance of its message
const ENDING = /\s*\((lost|cut|down)\)$/;

/** Let the words of the picture, which lie below the overlay, take clicks. @param {LabelledPaper} paper */
export function labelled(paper) {
  const meant = (/** @type {Event} */ event) => {
    const pointer = /** @type {MouseEvent} */ (event);
    return pointer.target === paper.overlay ? thingOf(paper.layout, wordsUnder(paper, pointer), paper.at(pointer)) : null;
  };
  paper.overlay.addEventListener("pointermove", (event) => {
    if (event.target === paper.overlay) paper.overlay.classList.toggle("word", Boolean(meant(event)));
  });
  let pressed = [0, 0];
  paper.overlay.addEventListener("pointerdown", (event) => {
    const { clientX, clientY } = /** @type {MouseEvent} */ (event);
    pressed = [clientX, clientY];
  });
  paper.overlay.addEventListener("click", (event) => {
    const { clientX, clientY } = /** @type {MouseEvent} */ (event);
    const found = Math.hypot(clientX - pressed[0], clientY - pressed[1]) < 4 ? meant(event) : null;
    if (found?.lane) paper.acts.lane(found.lane, (paper.layout.left + paper.layout.right) / 2);
    if (found?.arrow) paper.acts.message(found.arrow);
  });
}

/** The text of the picture under the pointer; "" if there is none. @param {LabelledPaper} paper @param {MouseEvent} event */
function wordsUnder(paper, event) {
  const root = /** @type {Document} */ (paper.element.getRootNode());
  const text = root.elementsFromPoint(event.clientX, event.clientY)
    .find((one) => one.closest("text") && paper.element.contains(one))?.closest("text");
  const lines = [...(text?.children ?? [])].map((line) => line.textContent?.trim());
  return (lines.length ? lines.join(" ") : text?.textContent ?? "").trim();
}

/** What words at a point of the picture mean: a node's name beside its line, or the label of the nearest message that
 * says so. @param {Layout} layout @param {string} words @param {{x: number, y: number}} point
 * @returns {{lane?: Lane, arrow?: Arrow} | null} */
export function thingOf(layout, words, { x, y }) {
  if (!words) return null;
  const lane = layout.lanes.find((one) => one.node === words && x < layout.left && Math.abs(one.y - y) < 12);
  if (lane) return { lane };
  const [bare, lost] = [words.replace(ENDING, ""), ENDING.test(words)];
  const [arrow] = layout.arrows
    .filter((one) => isLabelOf(bare, one.text) && Boolean(one.lost) === lost)
    .map((one) => ({ one, far: distance(one.line, x, y) }))
    .filter(({ far }) => far < FAR)
    .sort((a, b) => a.far - b.far)
    .map(({ one }) => one);
  return arrow ? { arrow } : null;
}

/** Whether a label is that of a message: its whole text, the text without its last details, or the text cut short.
 * @param {string} label @param {string} text */
function isLabelOf(label, text) {
  if (label.endsWith("…")) return text.startsWith(label.slice(0, -1));
  return text === label || text.startsWith(`${label} `);
}
