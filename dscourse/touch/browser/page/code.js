// The run as code, and a button that copies it.
// @ts-check

import { make } from "./dom.js";

const TOLD_MS = 2000;

export class Code {
  constructor() {
    this.text = make("pre", { tabindex: 0, "aria-label": "this run as code" });
    this.button = make("button", { type: "button", class: "copy", onclick: () => this.copy(this.button) }, "copy");
    this.element = make("details", {}, make("summary", {}, "this run as code"), this.button, this.text);
  }

  /** @param {string} code */
  show(code) { this.text.textContent = code; }

  /** Copy the code, and say so on the button that asks for it; where the page may not use the clipboard, select it, so
   * that Ctrl C does. @param {HTMLElement} button */
  async copy(button) {
    try {
      await navigator.clipboard.writeText(this.text.textContent ?? "");
      this.tell(button, "copied");
    } catch {
      /** @type {HTMLDetailsElement} */ (this.element).open = true;
      getSelection()?.selectAllChildren(this.text);
      this.tell(button, "selected below: press Ctrl C");
    }
  }

  /** @param {HTMLElement} button @param {string} text */
  tell(button, text) {
    const before = button.dataset.text ??= button.textContent ?? "";
    button.textContent = text;
    setTimeout(() => { button.textContent = before; }, TOLD_MS);
  }
}
