// Leaving out touches in a comparison: the reader chooses the outcome that they must still lead to.
// @ts-check

import { make } from "../page/dom.js";

/** @typedef {{text: string, able: boolean}} Outcome */

export class Simplify {
  /** @param {(outcome: number) => void} act */
  constructor(act) {
    this.select = /** @type {HTMLSelectElement} */ (make("select", { "aria-label": "outcome to keep" }));
    this.button = make("button", { type: "button", title: "leave out every touch that this outcome does not need, and shorten the rest",
      onclick: () => act(Number(this.select.value)) }, "simplify");
    this.element = make("div", { class: "bar simplify", role: "group", "aria-label": "simplify" }, this.button,
      make("span", { class: "hint" }, "as long as"), this.select);
    this.select.addEventListener("change", () => this.able());
    /** @type {Outcome[]} */ this.outcomes = [];
  }

  /** @param {Outcome[]} outcomes */
  show(outcomes) {
    this.outcomes = outcomes;
    const chosen = outcomes[Number(this.select.value || -1)]?.able ? this.select.value : String(outcomes.findIndex((one) => one.able));
    this.select.replaceChildren(...outcomes.map(({ text, able }, number) => make("option", { value: number, disabled: !able }, text)));
    this.select.value = chosen === "-1" ? "0" : chosen;
    this.able();
  }

  able() { this.button.toggleAttribute("disabled", !this.outcomes[Number(this.select.value)]?.able); }
}
