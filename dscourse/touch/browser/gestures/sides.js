// The sides of a partition: a table of check boxes, one row per node.
// @ts-check

import { make } from "../page/dom.js";

const SIDES = ["one side", "other side"];

/** A form in which each node is on one side, on the other, or on neither. At first the node `alone` is by itself.
 * @param {string[]} nodes @param {string} alone @returns {{table: HTMLElement, read: () => string[][]}} */
export function sidesForm(nodes, alone) {
  const rows = nodes.map((node) => ({ node, boxes: SIDES.map((side, index) => box(node, side, (node === alone) === (index === 0))) }));
  for (const { boxes } of rows) {
    boxes.forEach((one, index) => one.addEventListener("change", () => { if (one.checked) boxes[1 - index].checked = false; }));
  }
  const head = make("tr", {}, make("td"), ...SIDES.map((side) => make("th", { scope: "col" }, side)));
  const table = make("table", { class: "sides" }, head, ...rows.map(({ node, boxes }) =>
    make("tr", {}, make("th", { scope: "row" }, node), ...boxes.map((one) => make("td", {}, one)))));
  return { table, read: () => SIDES.map((_, index) => rows.filter(({ boxes }) => boxes[index].checked).map(({ node }) => node)) };
}

/** @param {string} node @param {string} side @param {boolean} checked */
function box(node, side, checked) {
  const input = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox", "aria-label": `${node} on ${side}` }));
  input.checked = checked;
  return input;
}
