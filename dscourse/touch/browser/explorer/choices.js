// What can happen next: a grid of buttons, one row for each pending event.
// @ts-check

import { make, words } from "../page/dom.js";
import { alone, nextIn, rove } from "../page/roving.js";

/**
 * @typedef {{event: number, text: string, due_ms: number, node: string, message: number, outcome: string,
 *   state: number | null, violated: string[]}} Choice
 */

/** The key of the first button of a row, by which the focus finds it again. @param {number} row */
export const choiceKey = (row) => `choice ${row}`;

export class Choices {
  /** @param {(gesture: string, choice: Choice, row: number) => void} act */
  constructor(act) {
    this.act = act;
    this.list = make("div", { class: "choices", role: "grid", "aria-label": "what can happen next" });
    this.element = make("section", {}, make("h4", {}, "What can happen next"), this.list);
    this.list.addEventListener("keydown", (event) => this.key(/** @type {KeyboardEvent} */ (event)));
    /** @type {Choice[]} */ this.choices = [];
  }

  /** @param {Choice[]} choices */
  show(choices) {
    this.choices = choices;
    this.list.replaceChildren(...choices.map((choice, row) => this.row(choice, row)));
    if (!choices.length) this.list.append(make("p", { class: "hint" }, "Nothing waits any more."));
    alone(this.buttons(), this.buttons()[0]);
  }

  /** @param {Choice} choice @param {number} row */
  row(choice, row) {
    const cell = (/** @type {HTMLElement} */ inside) => make("div", { role: "gridcell" }, inside);
    const act = (/** @type {string} */ gesture) => () => this.act(gesture, choice, row);
    const notes = `${choice.outcome}${choice.state === null ? "" : `; this is state ${choice.state}`}`;
    const bad = choice.violated.length ? [make("span", { class: "bad" }, ` ✗ ${choice.violated.join(", ")}`)] : [];
    const happen = make("button", { type: "button", class: "choice", "data-key": choiceKey(row), onclick: act("happen") },
      make("span", { class: "what" }, choice.text), make("span", { class: "due" }, ` ${words(choice.due_ms)}`),
      make("span", { class: "leads" }, notes, ...bad));
    const small = (/** @type {string} */ text, /** @type {string} */ gesture) => cell(make("button",
      { type: "button", class: "small", "data-key": `${gesture} ${row}`, "aria-label": `${text}: ${choice.text}`,
        onclick: act(gesture) }, text));
    const cells = choice.message ? [small("lose", "drop"), small("copy", "duplicate")] : [];
    return make("div", { role: "row" }, cell(happen), ...cells);
  }

  buttons() { return /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll("button")]); }

  /** @param {KeyboardEvent} event */
  key(event) {
    const rows = [...this.list.querySelectorAll("[role=row]")].map((row) => [...row.querySelectorAll("button")]);
    const row = rows.findIndex((buttons) => buttons.includes(/** @type {HTMLButtonElement} */ (event.target)));
    if (row < 0) return;
    const column = rows[row].indexOf(/** @type {HTMLButtonElement} */ (event.target));
    const side = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0;
    const below = rows[nextIn(event.key, row, rows.length)];
    const to = side ? rows[row][column + side] : below[Math.min(column, below.length - 1)];
    if (event.key === "Delete" && this.choices[row].message) this.act("drop", this.choices[row], row);
    else if (to === event.target || !rove(this.buttons(), to)) return;
    event.preventDefault();
    event.stopPropagation();
  }
}
