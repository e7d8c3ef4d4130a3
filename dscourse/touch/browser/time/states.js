// The table of the nodes' states at one moment; what the last step changed is bold and has a sign.
// @ts-check

import { make, words } from "../page/dom.js";
import { newsOf, nodesAt, wordsOf } from "./moments.js";
import { Settings } from "./settings.js";

/** @typedef {import("./moments.js").Course} Course */

const CHANGED = "◆";

export class StateTable {
  constructor() {
    this.course = /** @type {Course | undefined} */ (undefined);
    this.asked = ""; // what shows
    this.caption = make("caption", {});
    this.body = make("tbody", {});
    this.note = make("p", { class: "hint" });
    this.settings = new Settings();
    this.element = make("div", { class: "states" },
      make("table", { "aria-label": "states of the nodes" }, this.caption, this.body), this.note, this.settings.element);
  }

  /** Show the nodes after a step, unless they show already; `pointed` is the node whose event is pointed at, or "".
   * @param {Course} course @param {number} step @param {string[]} names @param {number} ms @param {string} pointed */
  show(course, step, names, ms, pointed) {
    const asked = JSON.stringify([step, names, ms, pointed]);
    if (course === this.course && asked === this.asked) return;
    [this.course, this.asked] = [course, asked];
    const nodes = nodesAt(course, step);
    const known = names.filter((name) => name in nodes);
    const rows = known.map((name) => this.row(course, step, name, nodes[name], name === pointed));
    this.caption.textContent = step < 0 ? "Before the first event"
      : `At ${words(Math.round(ms * 10) / 10)}, after: ${wordsOf(course, step)}`;
    this.body.replaceChildren(...rows);
    this.settings.show(course, known);
    const changed = rows.some((row) => row.querySelector("b"));
    this.note.textContent = [changed ? `${CHANGED} changed by the last event` : "", course.note].filter(Boolean).join(". ");
  }

  /** The states at this time are not known yet. @param {number} ms */
  wait(ms) {
    this.asked = "";
    this.caption.textContent = `At ${words(Math.round(ms * 10) / 10)}: the states are on their way`;
    this.body.replaceChildren();
  }

  /** @param {Course} course @param {number} step @param {string} name @param {import("./moments.js").NodeState} node
   * @param {boolean} pointed */
  row(course, step, name, node, pointed) {
    const news = new Map(step < 0 ? [] : newsOf(course, step, name).map(([what, before]) => [what, before]));
    const fixed = course.fixed[name] ?? {};
    const changing = Object.entries(node.fields).filter(([field]) => !(field in fixed));
    /** @type {[string, string][]} */
    const entries = [["", node.status], ["under way", node.doing], ...changing, ["on disk", node.disk]];
    const parts = entries.filter(([what, value]) => value || news.has(what))
      .map(([what, value]) => entry(what, value, news.get(what)));
    for (const [what, before] of news) {
      if (!entries.some(([known]) => known === what)) parts.push(entry(what, "gone", before));
    }
    const cells = parts.flatMap((part, index) => (index ? ["; ", part] : [part]));
    return make("tr", pointed ? { class: "pointed" } : {}, make("th", { scope: "row" }, name),
      make("td", {}, ...(cells.length ? cells : [Object.keys(fixed).length ? "nothing that changes" : "no state"])));
  }
}

/** One part of a state in words, with what it was before if that is new. @param {string} what @param {string} value
 * @param {string | undefined} before */
function entry(what, value, before) {
  const now = value || (what === "" ? "up" : "nothing");
  const head = what ? `${what}: ` : "";
  if (before === undefined) return make("span", {}, `${head}${now}`);
  return make("b", {}, `${CHANGED} ${head}${now} (was ${before})`);
}
