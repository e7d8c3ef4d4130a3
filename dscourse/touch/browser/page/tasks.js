// The reader's deeds: which are open, done by the present run, or done by an earlier one, and with how few touches.
// @ts-check

import { make } from "./dom.js";

/** @typedef {{text: string, par: number, done: boolean, fewest: number | null, why_not?: string}} Task */

const PAR = "par: so many touches are enough";

export class Tasks {
  constructor() {
    this.element = make("ul", { class: "tasks", "aria-label": "what to bring about" });
  }

  /** @param {Task[]} tasks */
  show(tasks) {
    this.element.replaceChildren(...tasks.map((deed) => make("li", { class: standingOf(deed), title: PAR }, taskInWords(deed),
      ...(deed.why_not ? [make("span", { class: "remark" }, ` Not done here: ${deed.why_not}.`)] : []))));
  }
}

/** Whether a deed is open, done by the present run, or done by an earlier one. @param {Task} deed */
export function standingOf(deed) {
  if (deed.done) return "done now";
  return deed.fewest === null ? "open" : "done";
}

/** A deed in words. @param {Task} deed */
export function taskInWords(deed) {
  const touches = (/** @type {number} */ count) => `${count} ${count === 1 ? "touch" : "touches"}`;
  if (deed.fewest === null) return `☐ ${deed.text} (par\u00a0${deed.par})`;
  return `☑ ${deed.text} (par\u00a0${deed.par}, done ${deed.done ? "" : "earlier "}with ${touches(deed.fewest)})`;
}
