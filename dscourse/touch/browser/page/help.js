// What the mouse and the keys do: a line above the picture, and a table shown by a button and by the key `?`.
// @ts-check

import { make } from "./dom.js";

export const HINT = "Click a message or a node's line: a menu offers what can happen to it. Drag an arrow's head to another time.";

export const TITLES = {
  undo: "take back the last touch (Ctrl Z)",
  redo: "make it again (Ctrl Y)",
  reset: "remove all touches; undo brings them back",
  shrink: "leave out every touch that the failure does not need, and shorten the rest",
  before: "show the picture before the last touch, and then the present one (b)",
  compare: "show the run before the last touch above this one, with the first difference",
};

const MOUSE = [
  ["Click a message", "lose it, copy it, move its arrival, or crash its sender or receiver"],
  ["Click a node's line or name", "crash, restart or pause the node, cut its links, or invoke an operation, at the time where you clicked"],
  ["Drag an arrow's head", "to another time on its receiver's line"],
  ["Drag ▼ above the picture", "the time cursor: the table below shows the nodes' states at its time"],
  ["Ctrl and the wheel", "zoom; a drag on empty paper pans"],
  ["Your list of touches", "switch each one off and on, edit its numbers (✎), or remove it (×)"],
];
const BUTTONS = [
  ["simplify", TITLES.shrink],
  ["before", TITLES.before],
  ["compare with before", TITLES.compare],
];
const KEYS = [
  ["Tab", "into the picture, and out of it"],
  ["↑ ↓ or p n", "to the previous and next message, line or edge"],
  ["Page Up, Page Down", "between lines, messages and edges"],
  ["← →", "on a message: deliver it 1 ms earlier or later; on an edge: move it; with Shift by 10 ms"],
  [", .", "the time cursor one event back or on"],
  ["+ −, 0", "zoom in and out; the whole run"],
  ["← →", "on the paper itself: pan"],
  ["/", "find messages and operations"],
  ["b", "the picture before the last touch, and the present one"],
  ["Enter", "open the menu of a message, line or edge"],
  ["Delete", "on a message: lose it; on an edge: remove its touch"],
  ["Escape", "close a menu or this table; while dragging: put back"],
  ["Ctrl Z, Ctrl Y", "undo, redo"],
  ["?", "this table"],
];

export class Help {
  constructor() {
    const part = (/** @type {string} */ title, /** @type {string[][]} */ rows) => make("tbody", {},
      make("tr", {}, make("th", { scope: "rowgroup", colspan: 2, class: "part" }, title)),
      ...rows.map(([keys, text]) => make("tr", {}, make("th", { scope: "row" }, keys), make("td", {}, text))));
    this.table = make("table", { class: "keys", hidden: true, "aria-label": "mouse and keys" }, part("Mouse", MOUSE), part("Buttons", BUTTONS), part("Keys", KEYS));
    this.button = make("button", { type: "button", "aria-expanded": "false", "aria-label": "help", title: "what the mouse and the keys do (?)",
      "data-key": "button keys", onclick: () => this.toggle() }, "?");
  }

  toggle(open = this.table.hidden) {
    this.table.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
  }
}
