// The table of the nodes' states at one moment; what the last step changed is bold and has a sign.
// @ts-check

import { make, words } from "../page/dom.js";
import { newsOf, nodesAt, wordsOf } from "./moments.js";
import { Settings } from "./settings.js";

/** @typedef {import("./moments.js").Course} Course */

const CHANGED = "◆";
const FEW = 3; // fields that always show
const LONG_VALUE = 60; // characters of a value, above which it is cut unless it is new

export class StateTable {
  constructor() {
    this.course = /** @type {Course | undefined} */ (undefined);
    this.asked = ""; // what shows
    this.caption = make("caption", {});
    this.body = make("tbody", {});
    this.note = make("span", {});
    this.full = false; // fields that have their first value show too, and long values in full
    this.more = make("button", { type: "button", class: "small", "data-key": "all fields", "aria-pressed": "false",
      title: "show the fields that are as at the start too, and long values in full", onclick: () => this.toggle() }, "all fields");
    this.settings = new Settings();
    this.element = make("div", { class: "states" }, make("table", { "aria-label": "states of the nodes" }, this.caption, this.body),
      make("p", { class: "hint" }, this.more, this.note), this.settings.element);
    this.again = () => {};
  }

  /** Show the nodes after a step, unless they show already; `pointed` is the node whose event is pointed at, or "".
   * @param {Course} course @param {number} step @param {string[]} names @param {number} ms @param {string} pointed */
  show(course, step, names, ms, pointed) {
    const asked = JSON.stringify([step, names, ms, pointed]);
    if (course === this.course && asked === this.asked) return;
    [this.course, this.asked] = [course, asked];
    this.again = () => this.show(course, step, names, ms, pointed);
    const nodes = nodesAt(course, step);
    const known = names.filter((name) => name in nodes);
    const hidden = Object.fromEntries(known.map((name) => [name, unchanged(course, step, name, nodes[name])]));
    const rows = known.map((name) => this.row(course, step, name, nodes[name], name === pointed, this.full ? [] : hidden[name]));
    this.more.hidden = known.every((name) => !hidden[name].length && Object.values(nodes[name].fields).every((text) => text.length <= LONG_VALUE));
    this.caption.textContent = step < 0 ? "Before the first event"
      : `At ${words(Math.round(ms * 10) / 10)}, after: ${wordsOf(course, step)}`;
    this.body.replaceChildren(...rows);
    this.settings.show(course, known);
    const changed = rows.some((row) => row.querySelector("b"));
    this.note.textContent = [changed ? `${CHANGED} changed by the last event` : "", course.note].filter(Boolean).join(". ");
  }

  /** Show all fields in full, or only those with another value than at the start, cut if they are long. */
  toggle() {
    this.full = !this.full;
    this.more.setAttribute("aria-pressed", String(this.full));
    this.asked = "";
    this.again();
  }

  /** The states at this time are not known yet. @param {number} ms */
  wait(ms) {
    this.asked = "";
    this.caption.textContent = `At ${words(Math.round(ms * 10) / 10)}: the states are on their way`;
    this.body.replaceChildren();
  }

  /** @param {Course} course @param {number} step @param {string} name @param {import("./moments.js").NodeState} node
   * @param {boolean} pointed @param {string[]} hidden fields */
  row(course, step, name, node, pointed, hidden) {
    const news = new Map(step < 0 ? [] : newsOf(course, step, name).map(([what, before]) => [what, before]));
    const fixed = course.fixed[name] ?? {};
    const changing = Object.entries(node.fields).filter(([field]) => !(field in fixed) && !hidden.includes(field));
    /** @type {[string, string][]} */
    const entries = [["", node.status], ["under way", node.doing], ...changing, ["on disk", node.disk]];
    const parts = entries.filter(([what, value]) => value || news.has(what))
      .map(([what, value]) => entry(what, this.full || news.has(what) ? value : cutValue(value), news.get(what)));
    for (const [what, before] of news) {
      if (!entries.some(([known]) => known === what)) parts.push(entry(what, "gone", before));
    }
    const cells = parts.flatMap((part, index) => (index ? ["; ", part] : [part]));
    return make("tr", pointed ? { class: "pointed" } : {}, make("th", { scope: "row" }, name),
      make("td", {}, ...(cells.length ? cells : [hidden.length ? "as at the start" : Object.keys(fixed).length ? "nothing that changes" : "no state"])));
  }
}

/** The fields of a node that can be left out because they have the value that they had at the start: none of a few, and none
 * at the start itself. @param {Course} course @param {number} step @param {string} name
 * @param {import("./moments.js").NodeState} node @returns {string[]} */
export function unchanged(course, step, name, node) {
  const first = nodesAt(course, -1)[name].fields;
  const changing = Object.keys(node.fields).filter((field) => !(field in (course.fixed[name] ?? {})));
  if (step < 0 || !course.whole || changing.length <= FEW) return [];
  const news = newsOf(course, step, name).map(([what]) => what);
  return changing.filter((field) => node.fields[field] === first[field] && !news.includes(field));
}

/** The beginning of a long value. @param {string} text */
export const cutValue = (text) => (text.length > LONG_VALUE ? `${text.slice(0, LONG_VALUE - 1).trimEnd()}…` : text);

/** One part of a state in words, with what it was before if that is new. @param {string} what @param {string} value
 * @param {string | undefined} before */
function entry(what, value, before) {
  const now = value || (what === "" ? "up" : "nothing");
  if (before !== undefined) return make("b", {}, `${CHANGED} ${what ? `${what}: ` : ""}${now} (was ${before})`);
  return make("span", {}, ...(what ? [make("span", { class: "field" }, `${what}: `)] : []), now);
}
