// Finding messages and operations by their words, and leaving out nodes and types of message.
// @ts-check

import { make, words } from "../page/dom.js";
import { nameOf } from "./columns.js";

/**
 * @typedef {import("./columns.js").Run} Run
 * @typedef {{ms: number, text: string, message: number, operation: number}} Match a moment in ms, and the position of
 *   the message or operation in the run; -1 for none
 * @typedef {{run: Run, folded: Set<string>, hidden: Set<string>,
 *   filter(folded: Set<string>, hidden: Set<string>): void, choose(match: Match | null): void}} Seen
 */

/** Messages and operations in whose words a text stands, in the order of time, of what is not left out.
 * @param {Run} run @param {string} text @param {Set<string>} folded @param {Set<string>} hidden @returns {Match[]} */
export function matches(run, text, folded, hidden) {
  const wanted = text.trim().toLowerCase();
  const fits = (/** @type {string} */ one) => one.toLowerCase().includes(wanted);
  const found = /** @type {Match[]} */ ([]);
  if (!wanted) return found;
  for (let at = 0; at < run.count; at += 1) {
    if (folded.has(run.nodes[run.from[at]]) || folded.has(run.nodes[run.to[at]]) || hidden.has(run.types[run.type[at]].name)) continue;
    const said = `${nameOf(run, at)}: ${run.texts[run.text[at]]}`;
    if (fits(said)) found.push({ ms: run.sent_ms[at], text: said, message: at, operation: -1 });
  }
  run.operations.forEach(([client, start, , , said], at) => {
    const whole = `${client}: ${said}`;
    if (!folded.has(client) && fits(whole)) found.push({ ms: start, text: whole, message: -1, operation: at });
  });
  return found.sort((one, other) => one.ms - other.ms);
}

/** What is left out, in words; "" if nothing is. @param {Set<string>} folded @param {Set<string>} hidden */
export function leftOut(folded, hidden) {
  const kinds = `${hidden.size} ${hidden.size === 1 ? "type" : "types"} of message hidden`;
  return [...(hidden.size ? [kinds] : []), ...(folded.size ? [`${[...folded].sort().join(", ")} folded away`] : [])].join("; ");
}

export class Filters {
  /** @param {Seen} seen @param {(text: string) => void} say */
  constructor(seen, say) {
    this.seen = seen;
    this.say = say;
    this.found = /** @type {Match[]} */ ([]);
    this.position = -1;
    this.summary = make("summary", { "data-key": "filters" });
    this.field = /** @type {HTMLInputElement} */ (make("input", { type: "search", "aria-label": "find messages and operations",
      placeholder: "words of a message or operation", "data-key": "find" }));
    this.count = make("span", { class: "hint", role: "status" });
    this.nodes = make("fieldset", {});
    this.types = make("fieldset", {});
    this.element = make("details", { class: "filters" }, this.summary,
      make("div", { class: "bar" }, this.field, make("button", { type: "button", onclick: () => this.step(-1) }, "previous"),
        make("button", { type: "button", onclick: () => this.step(1) }, "next"), this.count), this.nodes, this.types);
    this.element.addEventListener("toggle", () => this.layOut());
    this.field.addEventListener("input", () => this.find());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.step(event.shiftKey ? -1 : 1);
    });
  }

  /** Open the list, with the focus where words are typed. */
  open() {
    /** @type {HTMLDetailsElement} */ (this.element).open = true;
    this.field.focus();
  }

  /** Lay out the choices: Chromium may leave out what has changed in closed details, until it is put in once more. */
  layOut() {
    this.element.getBoundingClientRect();
    this.element.append(this.nodes, this.types);
  }

  /** Show what can be left out, and what is. */
  show() {
    const { run, folded, hidden } = this.seen;
    const text = leftOut(folded, hidden);
    this.summary.textContent = `find and filter${text ? ` (${text})` : ""}`;
    this.nodes.replaceChildren(make("legend", {}, "nodes"), ...run.nodes.map((name) => this.choice(name, name, folded)));
    this.types.replaceChildren(make("legend", {}, "types of message"),
      ...run.types.map(({ name, count }) => this.choice(name, `${name} (${count})`, hidden)));
  }

  /** A box that is checked while what it names is shown. @param {string} name @param {string} text @param {Set<string>} out */
  choice(name, text, out) {
    const key = `show ${out === this.seen.folded ? "node" : "type"} ${name}`;
    const box = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox", "data-key": key }));
    box.checked = !out.has(name);
    box.addEventListener("change", () => {
      const { folded, hidden } = this.seen;
      const next = new Set(out);
      if (!next.delete(name)) next.add(name);
      if (out === folded) this.seen.filter(next, hidden);
      else this.seen.filter(folded, next);
    });
    return make("label", {}, box, ` ${text}`);
  }

  find() {
    const { run, folded, hidden } = this.seen;
    this.found = matches(run, this.field.value, folded, hidden);
    this.position = -1;
    this.count.textContent = this.field.value.trim() ? `${this.found.length} found` : "";
    this.seen.choose(null);
  }

  /** Go to the next or the last match. @param {number} by */
  step(by) {
    const before = this.position;
    this.find();
    if (!this.found.length) return;
    const first = by > 0 ? 0 : this.found.length - 1;
    this.position = before < 0 ? first : (before + by + this.found.length) % this.found.length;
    const match = this.found[this.position];
    this.count.textContent = `${this.position + 1} of ${this.found.length}: at ${words(match.ms)}`;
    this.say(match.text);
    this.seen.choose(match);
  }
}
