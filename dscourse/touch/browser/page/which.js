// Which of several messages that lie under the pointer is meant: the choice among them.
// @ts-check

import { item, note } from "./menu.js";

/** @typedef {import("../picture/geometry.js").Arrow} Arrow */

export const WHICH = "which message?";
const MOST = 8; // messages that are offered at once

/** What a menu offers where several messages lie: one item per message, pointed at while it has the focus or the pointer.
 * @param {Arrow[]} arrows the nearest first @param {(arrow: Arrow) => void} point @param {(arrow: Arrow) => void} choose
 * @returns {HTMLElement[]} */
export function whichMessage(arrows, point, choose) {
  const items = arrows.slice(0, MOST).map((arrow) => {
    const one = item(`${arrow.name}${arrow.copy ? " (copy)" : ""}: ${arrow.text}`, () => choose(arrow));
    for (const name of ["focus", "pointerenter"]) one.addEventListener(name, () => point(arrow));
    return one;
  });
  const rest = arrows.length - items.length;
  return rest > 0 ? [...items, note(`${rest} more lie here: zoom in to tell them apart.`)] : items;
}
