// The time cursor: a line in the picture that is dragged, stepped and played, with the messages under way as dots.
// @ts-check

import { make, shape, words } from "../page/dom.js";
import { progressOf, stepAt } from "./moments.js";
import { keepFinger } from "../gestures/finger.js";
import { timeAt, xAt } from "../picture/geometry.js";

const WHOLE_MS = 10000; // of the reader's time to play what the picture shows, at speed 1
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const AXIS = 42; // px from the lower edge of the picture up to its axis
const SNAP = 4; // px
const HOP_MS = 900; // of the reader's time per step when motion is reduced

/**
 * @typedef {import("../picture/geometry.js").Layout} Layout
 * @typedef {import("./moments.js").Course} Course
 * @typedef {import("../picture/geometry.js").Arrow} Arrow
 * @typedef {{moved(said: boolean): void, at(event: MouseEvent): {x: number, y: number}, underWay(ms: number): Arrow[]}}
 *   CursorActs `moved` is told whether the new moment shall be announced; `at` is the point of the picture under the
 *   pointer; `underWay` finds the messages, as drawn, that may be under way
 */

export class Cursor {
  /** @param {CursorActs} acts */
  constructor(acts) {
    this.acts = acts;
    this.step = -1; // the last step that is done
    this.first = -1; // the steps between which it moves
    this.last = -1;
    this.ms = 0;
    this.atEnd = true;
    this.showing = false; // a new run is being shown: no movement of the reader's
    this.playing = 0; // the number of the timer or frame, 0 when it stands
    this.speed = 1;
    this.button = make("button", { type: "button", class: "play", onclick: () => this.toggle() }, "▶ play");
    this.time = make("output", { class: "moment" });
    this.handle = shape("path", { d: "M-7 2H7V10L0 18L-7 10Z", class: "handle", tabindex: 0, role: "slider",
      "aria-label": "time cursor", "aria-valuemin": 0 });
    this.strip = shape("rect", { height: 18, class: "strip" });
    for (const part of [this.handle, this.strip]) {
      keepFinger(part);
      part.addEventListener("pointerdown", (event) => this.drag(part, /** @type {PointerEvent} */ (event)));
    }
    this.controls = this.makeControls();
    this.line = shape("line", { class: "now" });
    this.under = shape("g", {});
    this.layer = shape("g", { class: "cursor" });
    this.layer.append(this.strip, this.line, this.under, this.handle);
  }

  /** `limits` are the first and the last moment that can be in view. @param {Course} course @param {Layout} layout
   * @param {{start: number, end: number}} limits */
  show(course, layout, limits) {
    this.course = course;
    this.layout = layout;
    this.first = course.steps.length && course.steps[0].ms < limits.start ? stepAt(course, limits.start) : -1;
    this.last = stepAt(course, limits.end);
    this.showing = true;
    if (this.atEnd) this.toStep(this.last, false);
    else this.toTime(this.ms, false);
    this.showing = false;
  }

  // --- moving ---

  /** Let this step be the last that is done. @param {number} step @param {boolean} said */
  toStep(step, said = true) {
    const steps = this.course?.steps ?? [];
    this.step = Math.max(this.first, Math.min(step, this.last));
    this.ms = steps.length ? steps[Math.max(0, this.step)].ms : 0;
    this.placed(said);
  }

  /** Go to a time, with all that has happened by then. @param {number} ms @param {boolean} said */
  toTime(ms, said = true) {
    this.ms = ms;
    this.step = this.course ? Math.min(stepAt(this.course, ms), this.last) : -1;
    this.placed(said);
  }

  /** @param {boolean} said */
  placed(said) {
    const steps = this.course?.steps ?? [];
    this.atEnd = this.step === this.last && (this.course?.whole || this.ms <= (steps[this.last]?.ms ?? 0));
    this.draw();
    this.acts.moved(said);
  }

  /** A key pressed anywhere in the diagram; true if it was one of the cursor's. @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const own = event.target === this.handle;
    if (event.key === "," || event.key === "[" || (own && event.key === "ArrowLeft")) this.move(this.step - 1);
    else if (event.key === "." || event.key === "]" || (own && event.key === "ArrowRight")) this.move(this.step + 1);
    else if (own && event.key === "Home") this.move(this.first);
    else if (own && event.key === "End") this.move(this.last);
    else if (own && event.key === " ") this.toggle();
    else return false;
    return true;
  }

  /** Step by hand: playing ends. @param {number} step */
  move(step) {
    this.stop();
    this.toStep(step);
  }

  // --- playing ---

  toggle() {
    if (!this.playing) return this.play();
    this.stop();
    this.placed(true);
  }

  play() {
    if (this.atEnd) this.toStep(this.first, false);
    this.button.textContent = "❚❚ pause";
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.hop();
    else this.run(performance.now());
  }

  stop() {
    cancelAnimationFrame(this.playing);
    clearTimeout(this.playing);
    this.playing = 0;
    this.button.textContent = "▶ play";
  }

  /** Without motion: one step after the other. */
  hop() {
    this.playing = window.setTimeout(() => {
      this.toStep(this.step + 1);
      if (this.atEnd) this.stop();
      else this.hop();
    }, HOP_MS / this.speed);
  }

  /** @param {number} before when the last frame was shown, in ms of the reader's time */
  run(before) {
    this.playing = requestAnimationFrame((now) => {
      const { left = 0, right = 0, scale = 1 } = this.layout ?? {};
      const pace = ((right - left) / scale / WHOLE_MS) * this.speed;
      this.toTime(this.ms + Math.max(0, now - before) * pace, false);
      if (!this.atEnd) return this.run(now);
      this.stop();
      this.toStep(this.last);
    });
  }

  // --- drawing ---

  /** Put the line, its handle and the dots where they belong; the handle stays in place, so that it keeps the focus. */
  draw() {
    const layout = this.layout;
    const known = Boolean(layout?.scale && this.course?.steps.length);
    this.time.textContent = this.step < 0 ? "before the first event" : words(this.playing ? Math.round(this.ms * 10) / 10 : this.ms);
    this.layer.toggleAttribute("hidden", !known);
    if (!layout || !known) return;
    const x = xAt(layout, this.ms);
    const seen = x >= layout.left - 1 && x <= layout.right + 1;
    for (const part of [this.line, this.handle]) part.classList.toggle("away", !seen);
    set(this.handle, { "aria-valuemax": this.last + 1, "aria-valuenow": this.step + 1, "aria-valuetext": this.time.textContent,
      transform: `translate(${x} 0)` });
    set(this.strip, { x: layout.left, y: layout.height - AXIS, width: layout.right - layout.left });
    set(this.line, { x1: x, y1: 8, x2: x, y2: layout.height - AXIS });
    this.under.replaceChildren(...this.dots());
  }

  /** The messages under way. */
  dots() {
    const dots = [];
    for (const arrow of this.acts.underWay(this.ms)) {
      const share = this.course ? progressOf(this.course, this.step, this.ms, arrow) : null;
      if (share === null) continue;
      const [x1, y1, x2, y2] = arrow.line;
      dots.push(shape("circle", { cx: x1 + share * (x2 - x1), cy: y1 + share * (y2 - y1), r: 5, class: "dot" }));
    }
    return dots;
  }

  /** Go to a point of the picture: to the step beside it, if one is near. @param {number} x px @param {boolean} said */
  snap(x, said) {
    const layout = this.layout;
    if (!layout || !this.course) return;
    const near = this.course.steps.filter((step) => Math.abs(xAt(layout, step.ms) - x) <= SNAP);
    near.sort((one, other) => Math.abs(xAt(layout, one.ms) - x) - Math.abs(xAt(layout, other.ms) - x));
    this.toTime(near.length ? near[0].ms : timeAt(layout, x), said);
  }

  // --- controls ---

  makeControls() {
    /** @param {string} text @param {string} label @param {() => void} act */
    const button = (text, label, act) => make("button", { type: "button", title: label, "aria-label": label, onclick: act }, text);
    const speed = /** @type {HTMLSelectElement} */ (make("select", { "aria-label": "speed" },
      ...SPEEDS.map((value) => make("option", { value, selected: value === 1 }, `${value} ×`))));
    speed.addEventListener("change", () => { this.speed = Number(speed.value); });
    return make("div", { class: "bar player", role: "group", "aria-label": "time cursor" },
      button("|◂", "to the beginning", () => this.move(this.first)), button("◂", "one event back (,)", () => this.move(this.step - 1)),
      this.button, button("▸", "one event on (.)", () => this.move(this.step + 1)),
      button("▸|", "to the end", () => this.move(this.last)), speed, this.time);
  }

  /** @param {Element} part @param {PointerEvent} down */
  drag(part, down) {
    down.preventDefault();
    down.stopPropagation();
    this.stop();
    part.setPointerCapture(down.pointerId);
    /** @param {Event} event */
    const move = (event) => this.snap(this.acts.at(/** @type {MouseEvent} */ (event)).x, event.type === "pointerup");
    move(down);
    const end = (/** @type {Event} */ event) => {
      for (const name of ["pointermove", "pointerup", "pointercancel"]) part.removeEventListener(name, name === "pointermove" ? move : end);
      move(event);
      /** @type {HTMLElement} */ (/** @type {unknown} */ (this.handle)).focus();
    };
    part.addEventListener("pointermove", move);
    part.addEventListener("pointerup", end);
    part.addEventListener("pointercancel", end);
  }
}

/** @param {Element} element @param {Record<string, unknown>} attributes */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
