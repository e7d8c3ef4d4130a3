// A run that was recorded: why it takes no gestures, and how it goes on in the simulator.
// @ts-check

import { make } from "./dom.js";

/**
 * @typedef {{model: {get(name: string): any}, tell(message: object): void, moment(): number}} Recorder `tell` sends a message that
 *   is answered by a picture; `moment` is where the reader is in time, in ms
 */

/** A time in words, to the µs. @param {number} ms */
const inMs = (ms) => `${Math.round(ms * 1000) / 1000} ms`;

export class FromRecord {
  /** @param {Recorder} reader */
  constructor(reader) {
    this.reader = reader;
    this.rest = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox", "data-key": "button rest" }));
    this.go = make("button", { type: "button", "data-key": "button continue",
      title: "the nodes as they were at the time cursor, in the simulator: what follows can be touched",
      onclick: () => this.from(reader.moment()) });
    this.back = make("button", { type: "button", "data-key": "button recording", title: "show the recorded run again; your touches are gone",
      onclick: () => reader.tell({ back: true }) }, "back to the recording");
    const rest = make("label", { title: "plan the faults and operations that were recorded later" }, this.rest, " with its later faults and requests");
    this.ways = make("span", { class: "ways" }, this.go, rest);
    this.tools = make("span", { class: "record", role: "group", "aria-label": "recording" });
  }

  /** Why this run takes no gestures; "" if it does. @returns {string} */
  get happened() { return this.reader.model.get("happened"); }

  /** Continue the run in the simulator. @param {number} ms */
  from(ms) { this.reader.tell({ continue: [Math.round(ms * 1000) / 1000, this.rest.checked] }); }

  /** The words of a way to continue. @param {number} ms */
  words(ms) { return `continue from ${inMs(ms)} in the simulator`; }

  /** Show what can be done with the present run. */
  show() {
    const since = this.reader.model.get("since_ms");
    if (this.happened) this.tools.replaceChildren(this.ways);
    else if (since >= 0) this.tools.replaceChildren(this.back);
    else this.tools.replaceChildren();
    this.at(this.reader.moment());
  }

  /** The reader is at another moment. @param {number} ms */
  at(ms) { this.go.textContent = this.words(ms); }
}
