// The list of gestures: each has a switch, its numbers, and a button that removes it.
// @ts-check

import { make } from "../page/dom.js";
import { field } from "../page/menu.js";

/**
 * @typedef {import("./offers.js").Touch} Touch
 * @typedef {(gesture: string, ...rest: unknown[]) => void} Ask
 */

const COPY = "copy it as code";

export class Entries {
  /** @param {Ask} ask @param {(key: string) => void} focus called with the key of what shall have the focus afterwards
   * @param {(button: HTMLElement) => void} copy copies the run as code, and says so on the button */
  constructor(ask, focus, copy) {
    this.ask = ask;
    this.focus = focus;
    this.edited = -1; // the position of the entry whose numbers are open
    this.element = make("ol", { class: "touches", "aria-label": "your gestures" });
    const button = make("button", { type: "button", class: "small", "data-key": "keep", onclick: () => copy(button) }, COPY);
    this.keep = make("p", { class: "hint keep", hidden: true }, "The notebook is saved with the run before your touches. To keep this run, ",
      button, " for a cell of its own.");
  }

  /** @param {Touch[]} touches */
  show(touches) {
    this.touches = touches;
    if (this.edited >= touches.length) this.edited = -1;
    this.keep.hidden = !touches.length;
    this.element.replaceChildren(...touches.map((touch, at) => this.entry(touch, at)));
  }

  /** @param {Touch} touch @param {number} at */
  entry(touch, at) {
    const key = `touch ${at}`;
    const box = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox", "data-key": key }));
    box.checked = touch.on;
    box.addEventListener("change", () => this.act(key, "switch", at, box.checked));
    const line = make("li", { class: touch.remark ? "idle" : "" }, make("label", {}, box, ` ${touch.text}`));
    if (touch.remark && touch.on) line.append(make("span", { class: "remark" }, ` – ${touch.remark}`));
    if (touch.numbers.length) line.append(this.button("✎", `edit the numbers of: ${touch.text}`, `edit ${at}`, () => this.toggle(at)));
    line.append(this.button("×", `remove: ${touch.text}`, `remove ${at}`, () => this.act(at ? `remove ${at - 1}` : "button undo", "remove", at)));
    if (at === this.edited) line.append(this.form(touch, at));
    return line;
  }

  /** @param {string} sign @param {string} label @param {string} key @param {() => void} act */
  button(sign, label, key, act) {
    return make("button", { type: "button", class: "small", "aria-label": label, title: label, "data-key": key, onclick: act }, sign);
  }

  /** Ask for a change, after which the element of this key has the focus. @param {string} key @param {string} gesture @param {...unknown} rest */
  act(key, gesture, ...rest) {
    this.focus(key);
    this.ask(gesture, ...rest);
  }

  /** Open or close the numbers of an entry. @param {number} at */
  toggle(at) {
    this.edited = this.edited === at ? -1 : at;
    this.show(this.touches ?? []);
    /** @type {HTMLElement | null} */ (this.element.querySelector(this.edited < 0 ? `[data-key="edit ${at}"]` : "form input"))?.focus();
  }

  /** @param {Touch} touch @param {number} at */
  form(touch, at) {
    const fields = touch.numbers.map((one) => ({ name: one.name, ...field(one.label, one.value) }));
    const form = make("form", { class: "numbers" }, ...fields.map((one) => one.row), make("button", { type: "submit" }, "change"));
    const change = () => {
      this.edited = -1;
      this.act(`edit ${at}`, "edit", at, Object.fromEntries(fields.map((one) => [one.name, one.read()])));
    };
    form.addEventListener("submit", (event) => { event.preventDefault(); change(); });
    form.addEventListener("keydown", (event) => { // a notebook has its own meaning for these keys
      if (event.key === "Escape") this.toggle(at);
      else if (event.key === "Enter") change();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return form;
  }
}
