// The run before the last change, above the present one: its picture, the first difference in words, the common cursor.
// @ts-check

import { make, shape } from "../page/dom.js";
import { TITLES } from "../page/help.js";
import { xAt } from "./geometry.js";

const ABOVE_AXIS = 42; // px from the lower edge of a picture up to its axis

/** @typedef {import("./geometry.js").Layout} Layout */

export class Before {
  /** @param {() => void} pressed when the reader asks for the comparison, or for its end */
  constructor(pressed) {
    this.pressed = pressed;
    this.sheet = make("div", { class: "sheet" });
    this.sentence = make("p", { class: "difference", "aria-live": "polite" });
    this.line = shape("line", { class: "now" });
    this.element = make("section", { class: "earlier", "aria-label": "the run before the last change", hidden: true },
      make("h4", {}, "before"), this.sheet, this.sentence, make("h4", {}, "now"));
  }

  /** The button that begins and ends the comparison. @param {boolean} on @param {boolean} able */
  button(on, able) {
    return make("button", { type: "button", "data-key": "button compare", "aria-pressed": String(on), disabled: !able,
      title: TITLES.compare, onclick: this.pressed }, "compare with before");
  }

  /** @param {boolean} on @param {string} svg @param {string} difference in words @param {Layout} layout of the present picture */
  show(on, svg, difference, layout) {
    this.element.hidden = !on || !svg;
    if (this.element.hidden) return;
    this.layout = layout;
    this.sheet.innerHTML = svg;
    const picture = this.sheet.querySelector("svg");
    this.height = picture?.viewBox.baseVal.height ?? 0;
    const cursor = shape("svg", { class: "time cursor", viewBox: `0 0 ${layout.width} ${this.height}` });
    cursor.append(this.line);
    this.sheet.append(cursor);
    this.sentence.textContent = difference;
  }

  /** Let the cursor stand at this time. @param {number} ms */
  point(ms) {
    if (this.element.hidden || !this.layout) return;
    const x = xAt(this.layout, ms);
    const seen = x >= this.layout.left - 1 && x <= this.layout.right + 1;
    this.line.classList.toggle("away", !seen);
    for (const [name, value] of Object.entries({ x1: x, x2: x, y1: 8, y2: (this.height ?? 0) - ABOVE_AXIS })) {
      this.line.setAttribute(name, String(value));
    }
  }
}
