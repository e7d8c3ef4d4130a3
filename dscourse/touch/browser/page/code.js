// The run as code, and a button that copies it.
// @ts-check

import { make } from "./dom.js";

const TOLD_MS = 2000;

export class Code {
  constructor() {
    this.text = make("pre", { tabindex: 0, "aria-label": "this run as code" });
    this.button = make("button", { type: "button", class: "copy", onclick: () => this.copy() }, "copy");
    this.element = make("details", {}, make("summary", {}, "this run as code"), this.button, this.text);
  }

  /** @param {string} code */
  show(code) { this.text.textContent = code; }

  /** Copy the code; where the page may not use the clipboard, select it, so that Ctrl C does. */
  async copy() {
    try {
      await navigator.clipboard.writeText(this.text.textContent ?? "");
      this.tell("copied");
    } catch {
      getSelection()?.selectAllChildren(this.text);
      this.tell("selected: press Ctrl C");
    }
  }

  /** @param {string} text */
  tell(text) {
    this.button.textContent = text;
    setTimeout(() => { this.button.textContent = "copy"; }, TOLD_MS);
  }
}
