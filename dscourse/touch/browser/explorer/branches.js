// The tree of the states that have been visited: one line for each, deeper where another choice was made.
// @ts-check

import { make, revealIn } from "../page/dom.js";
import { alone, nextIn, rove } from "../page/roving.js";

/**
 * @typedef {{state: number, level: number, text: string, parent: number | null, violated: string[], judged: boolean,
 *   same: number | null, here: boolean, path: boolean, other: boolean}} Line
 */

const INDENT = 16; // px per level
const DEEPEST = 8; // levels that are indented

/** @param {number} state */
export const stateKey = (state) => `state ${state}`;

export class Tree {
  /** @param {(state: number) => void} go */
  constructor(go) {
    this.go = go;
    this.list = make("div", { class: "branches", role: "tree", "aria-label": "states visited" });
    this.element = make("section", {}, make("h4", {}, "Where you have been"), this.list);
    this.list.addEventListener("keydown", (event) => this.key(/** @type {KeyboardEvent} */ (event)));
    /** @type {Line[]} */ this.lines = [];
  }

  /** @param {Line[]} lines */
  show(lines) {
    this.lines = lines;
    this.list.replaceChildren(...lines.map((line) => this.line(line)));
    const here = this.items()[lines.findIndex((line) => line.here)];
    alone(this.items(), here);
    if (here) revealIn(this.list, here);
  }

  /** @param {Line} line */
  line(line) {
    const sign = line.violated.length ? "✗" : line.judged ? "✓" : "";
    const same = line.same === null ? "" : ` = state ${line.same}`;
    const bad = line.violated.length ? [make("span", { class: "bad" }, `: violated: ${line.violated.join(", ")}`)] : [];
    const item = make("div", { role: "treeitem", class: `state${line.path ? " path" : ""}`, "aria-level": line.level + 1,
      "aria-selected": String(line.here), "data-key": stateKey(line.state) },
      make("span", { class: "number" }, `${line.state}`), make("span", { class: line.violated.length ? "bad" : "good" }, sign),
      make("span", {}, `${line.other ? "or: " : ""}${line.text}`, make("span", { class: "same" }, same), ...bad));
    if (line.here) item.setAttribute("aria-current", "true");
    item.style.paddingLeft = `${4 + INDENT * Math.min(line.level, DEEPEST)}px`;
    item.addEventListener("click", () => this.go(line.state));
    return item;
  }

  items() { return /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll("[role=treeitem]")]); }

  /** The place of the line that a key leads to. @param {string} key @param {number} at */
  target(key, at) {
    const line = this.lines[at];
    if (key === "ArrowLeft") return this.lines.findIndex((one) => one.state === line.parent);
    if (key === "ArrowRight") return this.lines.findIndex((one) => one.parent === line.state);
    return nextIn(key, at, this.lines.length);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const items = this.items();
    const at = items.indexOf(/** @type {HTMLElement} */ (event.target));
    if (at < 0) return;
    const to = items[this.target(event.key, at)];
    if (event.key === "Enter" || event.key === " ") this.go(this.lines[at].state);
    else if (to === event.target || !rove(items, to)) return;
    event.preventDefault();
    event.stopPropagation();
  }
}
