// The diagram of the front page: the browser's half of `dscourse.touch.Diagram`, with recorded runs in Python's place.
// @ts-check

import { View } from "../../dscourse/touch/browser/diagram.js";

/**
 * @typedef {Record<string, any>} Traits
 * @typedef {{messages: string[], runs: Record<string, Traits>}} Recorded
 * @typedef {{name: string, on: boolean}} Loss
 * @typedef {import("../../dscourse/touch/browser/picture/geometry.js").Arrow} Arrow
 */

const ONLY_LOSSES = "On this page messages can be lost, and nothing else. In chapter 00 they can be late and repeated too, and computers can fail.";
const TRAITS_OF_A_RUN = ["moments", "evidence", "violation", "answers", "layout_data", "seen", "refusal"];

/** What a widget of Jupyter offers to its view, without a kernel. */
export class RecordedModel {
  /** @param {Recorded} recorded */
  constructor(recorded) {
    this.recorded = recorded;
    this.past = /** @type {Loss[][]} */ ([]);
    this.future = /** @type {Loss[][]} */ ([]);
    this.losses = /** @type {Loss[]} */ ([]);
    this.fewest = /** @type {Record<number, number>} */ ({});
    this.listeners = /** @type {Record<string, Set<() => void>>} */ ({});
    this.own = /** @type {Traits} */ ({ answers: 1, before: "", seen: 0, refusal: "", news: "", can_shrink: false, film: {} });
    this.tasks = this.deeds();
  }

  /** The recorded run of the present losses. */
  get run() {
    const lost = this.losses.filter((loss) => loss.on).map((loss) => this.recorded.messages.indexOf(loss.name));
    return this.recorded.runs[[...new Set(lost)].sort((a, b) => a - b).join(" ")];
  }

  /** @param {string} name @returns {any} */
  get(name) {
    if (name === "tasks") return this.tasks;
    if (name === "touches") return this.losses.map(({ name: message, on }) => ({ text: `lose ${message}`, on, remark: "", numbers: [] }));
    if (name === "can_undo") return this.past.length > 0;
    if (name === "can_redo") return this.future.length > 0;
    return name in this.own ? this.own[name] : withBytes(this.run[name]);
  }

  /** @param {string} event @param {() => void} act */
  on(event, act) { (this.listeners[event] ??= new Set()).add(act); }

  /** @param {string} event @param {() => void} act */
  off(event, act) { this.listeners[event]?.delete(act); }

  set() {}

  save_changes() {}

  /** @param {any} message */
  send(message) {
    this.own.refusal = "";
    if ("gesture" in message) this.gesture(message.gesture, message.arguments);
    else if ("look" in message) this.own.seen = message.look;
    else this.own.refusal = "This needs the notebook: chapter 00 has it.";
    Promise.resolve().then(() => this.changed());
  }

  changed() {
    for (const name of TRAITS_OF_A_RUN) this.listeners[`change:${name}`]?.forEach((act) => act());
  }

  /** @param {string} gesture @param {any[]} rest */
  gesture(gesture, rest) {
    const before = this.run;
    const next = this.next(gesture, rest);
    this.own.answers += 1;
    if (next === null) { this.own.refusal = ONLY_LOSSES; return; }
    const words = inWordsOf(this.losses, next);
    this.losses = next;
    this.own.before = before.svg;
    this.own.news = [words, before.outcome === this.run.outcome ? `Still: ${this.run.outcome}.` : `Before: ${before.outcome}. Now: ${this.run.outcome}.`].join(" ");
    this.tasks = this.deeds();
  }

  /** The losses after a gesture; null if it is none of those that the page has. @param {string} gesture @param {any[]} rest @returns {Loss[] | null} */
  next(gesture, rest) {
    const { past, future, losses } = this;
    if (gesture === "undo" || gesture === "redo") {
      const [from, to] = gesture === "undo" ? [past, future] : [future, past];
      to.push(losses);
      return from.pop() ?? losses;
    }
    const next = this.changedList(gesture, rest);
    if (next === null) return null;
    past.push(losses);
    future.length = 0;
    return next;
  }

  /** @param {string} gesture @param {any[]} rest @returns {Loss[] | null} */
  changedList(gesture, [first, second]) {
    const { losses } = this;
    if (gesture === "reset") return [];
    if (gesture === "remove") return losses.filter((_, at) => at !== first);
    if (gesture === "switch") return losses.map((loss, at) => at === first ? { ...loss, on: second } : loss);
    const arrow = JSON.parse(this.run.layout_data).arrows.find((/** @type {any} */ one) => one.id === first);
    return gesture === "lose" && arrow && !losses.some((loss) => loss.name === arrow.name) ? [...losses, { name: arrow.name, on: true }] : null;
  }

  /** The deeds, with the fewest touches so far. */
  deeds() {
    const touches = this.losses.filter((loss) => loss.on).length;
    return this.run.tasks.map((/** @type {any} */ task, /** @type {number} */ at) => {
      if (task.done) this.fewest[at] = Math.min(touches, this.fewest[at] ?? touches);
      return { ...task, fewest: this.fewest[at] ?? null };
    });
  }
}

/** The change of the list in words. @param {Loss[]} before @param {Loss[]} now */
function inWordsOf(before, now) {
  const has = (/** @type {Loss[]} */ list, /** @type {Loss} */ loss) => list.some((one) => one.name === loss.name && one.on);
  const lost = now.filter((loss) => loss.on && !has(before, loss)).map((loss) => `Lose ${loss.name}.`);
  const kept = before.filter((loss) => loss.on && !has(now, loss)).map((loss) => `No longer lost: ${loss.name}.`);
  return [...lost, ...kept].join(" ");
}

/** The value with its bytes as views. @param {any} value @returns {any} */
function withBytes(value) {
  if (value === null || typeof value !== "object") return value;
  if (typeof value.base64 === "string") return new DataView(Uint8Array.from(atob(value.base64), (sign) => sign.charCodeAt(0)).buffer);
  if (Array.isArray(value)) return value.map(withBytes);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withBytes(item)]));
}

/** A diagram in which a click on a message loses it, and another brings it back. @param {Recorded} recorded @param {HTMLElement} el */
function showRecorded(recorded, el) {
  const model = new RecordedModel(recorded);
  const view = new View(model, el);
  view.hand.offers.message = (/** @type {Arrow} */ arrow) => {
    const at = model.losses.findIndex((loss) => loss.name === arrow.name);
    if (at < 0) view.hand.ask("lose", arrow.id);
    else view.hand.ask("remove", at);
  };
  view.hand.offers.lane = () => view.say(ONLY_LOSSES);
  return view;
}

for (const el of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-live-diagram]"))) {
  const recorded = /** @type {any} */ (globalThis).dscourseRuns;  // runs.js, which comes before
  el.replaceChildren();
  const { time } = showRecorded(recorded, el);
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) time.cursor.play();
}
