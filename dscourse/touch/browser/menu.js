// The menu that opens beside what was clicked.
// @ts-check

import { make } from "./dom.js";

export class Menu {
  /** @param {() => void} closed called when the menu closes, to give the focus back */
  constructor(closed) {
    this.closed = closed;
    this.element = make("div", { class: "menu", role: "menu", hidden: true });
  }

  /** Open the menu at a point, given in shares of the picture's width and height.
   * @param {number} x @param {number} y @param {string} title @param {HTMLElement[]} items */
  open(x, y, title, items) {
    const close = make("button", { type: "button", class: "close", "aria-label": "close", onclick: () => this.close() }, "×");
    this.element.replaceChildren(make("strong", {}, title), close, ...items);
    this.element.hidden = false;
    this.element.style.left = `min(${x * 100}%, calc(100% - 230px))`;
    this.element.style.top = `${y * 100}%`;
    /** @type {HTMLElement | null} */ (this.element.querySelector("[role=menuitem]"))?.focus();
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.closed();
  }
}

/** One thing that can be done. @param {string} text @param {() => void} act */
export function item(text, act) {
  return make("button", { type: "button", role: "menuitem", onclick: act }, text);
}

/** A field for a time, with its label. @param {string} label @param {number} value
 * @returns {{row: HTMLElement, read: () => number}} */
export function field(label, value) {
  const input = /** @type {HTMLInputElement} */ (
    make("input", { type: "number", step: "any", min: 0, value: Math.round(value * 10) / 10, "aria-label": label }));
  return { row: make("label", {}, `${label} `, input), read: () => Number(input.value) };
}
