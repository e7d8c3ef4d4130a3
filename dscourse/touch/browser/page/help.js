// The keys, shown by a button and by the key `?`.
// @ts-check

import { make } from "./dom.js";

const KEYS = [
  ["Tab", "into the picture, and out of it"],
  ["↑ ↓ or p n", "to the previous and next message, line or edge"],
  ["Page Up, Page Down", "between lines, messages and edges"],
  ["← →", "on a message: deliver it 1 ms earlier or later; on an edge: move it; with Shift by 10 ms"],
  [", .", "the time cursor one event back or on"],
  ["+ −, 0", "zoom in and out; the whole run"],
  ["← →", "on the paper itself: pan"],
  ["/", "find messages and operations"],
  ["b", "the picture before the last gesture, and the present one"],
  ["Enter", "open the menu of a message, line or edge"],
  ["Delete", "on a message: lose it; on an edge: remove its gesture"],
  ["Escape", "close a menu; while dragging: put back"],
  ["Ctrl Z, Ctrl Y", "undo, redo"],
  ["?", "these keys"],
];

export class Help {
  constructor() {
    const rows = KEYS.map(([keys, text]) => make("tr", {}, make("th", { scope: "row" }, keys), make("td", {}, text)));
    this.table = make("table", { class: "keys", hidden: true, "aria-label": "keys" }, ...rows);
    this.button = make("button", { type: "button", "aria-expanded": "false", "aria-label": "keys", title: "keys (?)",
      "data-key": "button keys", onclick: () => this.toggle() }, "?");
  }

  toggle() {
    this.table.hidden = !this.table.hidden;
    this.button.setAttribute("aria-expanded", String(!this.table.hidden));
  }
}
