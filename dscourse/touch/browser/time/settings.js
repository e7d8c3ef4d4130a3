// Below the table of states: the fields that never change in the run, mostly settings, folded up.
// @ts-check

import { make } from "../page/dom.js";

/** @typedef {import("./moments.js").Course} Course */

export class Settings {
  constructor() {
    this.summary = make("summary", {});
    this.body = make("tbody", {});
    this.element = make("details", { class: "settings" }, this.summary,
      make("table", { "aria-label": "fields that never change" }, this.body));
  }

  /** @param {Course} course @param {string[]} names of the nodes in view */
  show(course, names) {
    const rows = settingsOf(course, names);
    this.summary.textContent = summaryOf(course, names);
    this.element.hidden = !rows.length;
    this.body.replaceChildren(...rows.map(([nodes, text]) =>
      make("tr", {}, make("th", { scope: "row" }, nodes), make("td", {}, text))));
  }
}

/** The fields that never change, as [nodes, fields with their values]; nodes with the same ones share a row.
 * @param {Course} course @param {string[]} names @returns {[string, string][]} */
export function settingsOf(course, names) {
  /** @type {Map<string, string[]>} */
  const nodes = new Map();
  for (const name of names) {
    const text = Object.entries(course.fixed[name] ?? {}).map(([field, value]) => `${field}: ${value}`).join("; ");
    if (text) nodes.set(text, [...(nodes.get(text) ?? []), name]);
  }
  return [...nodes].map(([text, same]) => [same.join(", "), text]);
}

/** @param {Course} course @param {string[]} names */
export function summaryOf(course, names) {
  const count = new Set(names.flatMap((name) => Object.keys(course.fixed[name] ?? {}))).size;
  const when = course.whole ? "in this run" : "in this stretch of the run";
  return count === 1 ? `1 field that never changes ${when}` : `${count} fields that never change ${when}`;
}
