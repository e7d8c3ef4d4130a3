// The run in time: the cursor, the states at its moment, events pointed at, and jumps to the evidence, wired together.
// @ts-check

import { shape } from "../page/dom.js";
import { Cursor } from "./cursor.js";
import { EventPointer } from "./events.js";
import { Jumps } from "./jumps.js";
import { xAt } from "../picture/geometry.js";
import { readCourse, stepOf, wordsOf } from "./moments.js";
import { StateTable } from "./states.js";

/**
 * @typedef {import("../picture/geometry.js").Layout} Layout
 * @typedef {{get(name: string): any, send(message: object): void, on(event: string, act: () => void): void,
 *   off(event: string, act: () => void): void}} TimeModel
 * @typedef {{layout(): Layout, at(event: MouseEvent): {x: number, y: number}, say(text: string): void,
 *   reveal(ms: number): void, limits(): {start: number, end: number}, shared?(ms: number): void,
 *   underWay(ms: number): import("../picture/geometry.js").Arrow[], drawn(): import("../picture/geometry.js").Arrow[]}} TimeActs `reveal` brings a time into view; `at` is the point
 *   under the pointer, `limits` all that can be in view, `underWay` finds the messages that may be under way; `shared`
 *   hears of each time to which the cursor moves
 */

const TOLD = ["moments", "evidence", "judges", "refuted", "violation"];
const ASK_MS = 300; // of rest before the states of another stretch are asked for

export class TimeTools {
  /** @param {TimeModel} model @param {HTMLElement} root @param {HTMLElement} sheet @param {TimeActs} acts */
  constructor(model, root, sheet, acts) {
    this.model = model;
    this.root = root;
    this.acts = acts;
    this.course = readCourse({});
    this.moments = /** @type {object | undefined} */ (undefined); // from which the course was read
    this.pointed = { step: -1, node: "" };
    this.asking = 0;
    this.awaited = false; // the states of another stretch have been asked for
    this.cursor = new Cursor({ moved: (said) => this.moved(said), at: acts.at, underWay: acts.underWay });
    this.pointer = new EventPointer({ pointed: (step, node) => this.point(step, node), say: acts.say, drawn: acts.drawn });
    this.jumps = new Jumps({ go: (event) => this.go(event), say: acts.say, search: () => this.search() });
    this.table = new StateTable();
    this.controls = this.cursor.controls;
    this.svg = shape("svg", { class: "time", role: "group", "aria-label": "time" });
    this.svg.append(this.jumps.layer, this.pointer.layer, this.cursor.layer);
    sheet.addEventListener("pointermove", (event) => this.hover(/** @type {PointerEvent} */ (event)));
    sheet.addEventListener("pointerleave", () => { if (!this.pointer.byKey) this.pointer.clear(); });
    sheet.addEventListener("focusout", () => this.pointer.clear());
    this.due = false; // what Python has told is to be shown
    this.told = this.told.bind(this);
    for (const name of TOLD) model.on(`change:${name}`, this.told);
    this.searching = false;
    this.read();
  }

  end() {
    this.cursor.stop();
    clearTimeout(this.asking);
    for (const name of TOLD) this.model.off(`change:${name}`, this.told);
  }

  /** Several things that Python tells together are read once. */
  told() {
    if (this.due) return;
    this.due = true;
    queueMicrotask(() => { this.due = false; this.read(); });
  }

  /** Python has told of another run, of another stretch of it, or of its verdict. */
  read() {
    const moments = this.model.get("moments");
    const other = moments !== this.moments;
    if (other) [this.moments, this.course] = [moments, readCourse(moments)];
    this.update();
    if (other && this.awaited) this.moved(true);
    if (other) this.awaited = false;
  }

  /** Draw everything again, for the present picture. */
  update() {
    const layout = this.acts.layout();
    this.svg.setAttribute("viewBox", `0 0 ${layout.width} ${layout.height}`);
    this.pointed = { step: -1, node: "" };
    this.pointer.show(this.course, layout);
    this.cursor.show(this.course, layout, this.acts.limits());
    const violation = this.model.get("violation");
    const searched = this.model.get("judges") === "states" && this.model.get("refuted");
    this.jumps.show(this.model.get("evidence"), searched, violation, layout);
    if (this.searching && violation.words) {
      this.searching = false;
      if (violation.event !== null) this.go(violation.event);
    }
  }

  // --- moving ---

  /** A key that the focused part of the diagram does not use itself. @param {KeyboardEvent} event @param {string} node
   * whose line has the focus, or "" */
  key(event, node) {
    return (node !== "" && this.pointer.key(event, node)) || this.cursor.key(event);
  }

  /** Let the step to which an event belongs be the last that is done. @param {number} event index of the trace */
  go(event) {
    this.cursor.stop();
    this.cursor.toStep(stepOf(this.course, event), false);
    this.acts.reveal(this.cursor.ms);
  }

  /** Go to the first violation: ask Python for it, unless its answer for this run is here. */
  search() {
    this.searching = true;
    if (this.model.get("violation").words) return this.update();
    this.model.send({ question: "violation", arguments: [] });
  }

  /** @param {PointerEvent} event */
  hover(event) {
    if (event.buttons) return this.pointer.clear();
    const { x, y } = this.acts.at(event);
    this.pointer.hover(x, y);
  }

  /** The time that is pointed at, in px of the picture: by an event, or by the cursor if it does not stand at the end. */
  x() {
    const { step } = this.pointed;
    const layout = this.acts.layout();
    if (!layout.scale || (step < 0 && this.cursor.atEnd)) return null;
    const x = xAt(layout, step < 0 ? this.cursor.ms : this.course.steps[step].ms);
    return x >= layout.left && x <= layout.right ? x : null;
  }

  /** A message is pointed at, or none any more: the states are those after its delivery.
   * @param {import("../picture/geometry.js").Arrow | null} arrow */
  message(arrow) {
    if (this.pointer.position >= 0) return;
    const arrives = arrow !== null && arrow.end !== null;
    this.pointed = arrives ? { step: stepOf(this.course, /** @type {number} */ (arrow.end)), node: arrow.to } : { step: -1, node: "" };
    this.tell();
  }

  /** @param {number} step @param {string} node */
  point(step, node) {
    this.pointed = { step, node };
    this.root.classList.toggle("event-pointed", step >= 0);
    this.tell();
  }

  /** @param {boolean} said */
  moved(said) {
    const { step } = this.cursor;
    if (said && this.isKnown) this.acts.say(`${step < 0 ? "" : `${this.cursor.time.textContent}: `}${wordsOf(this.course, step)}`);
    if (said || this.cursor.playing) this.acts.reveal(this.cursor.ms);
    if (!this.cursor.showing) this.acts.shared?.(this.cursor.ms);
    this.tell();
    this.want();
  }

  /** The states at the moment of the event that is pointed at, or of the cursor. */
  tell() {
    const { step, node } = this.pointed;
    const shown = step >= 0 ? step : this.cursor.step;
    const ms = step >= 0 ? this.course.steps[step].ms : this.cursor.ms;
    if (step < 0 && !this.isKnown) this.table.wait(ms);
    else this.table.show(this.course, shown, this.acts.layout().lanes.map((lane) => lane.node), ms, node);
  }

  /** Whether the states at the cursor are known: of a long run only a stretch is. */
  get isKnown() {
    const { steps, whole } = this.course;
    const { ms } = this.cursor;
    return whole || !steps.length || (ms >= steps[0].ms && ms <= steps[steps.length - 1].ms);
  }

  /** Ask for the states of another stretch, once the cursor rests outside of the known one. */
  want() {
    clearTimeout(this.asking);
    if (this.isKnown) return;
    this.asking = window.setTimeout(() => {
      this.awaited = true;
      this.model.send({ question: "moments", arguments: [this.cursor.ms] });
    }, ASK_MS);
  }
}
