// Pointing at an event of a node's line, by mouse or key: its past, its future, and what is concurrent with it.
// @ts-check

import { shape, words } from "../page/dom.js";
import { coneOf, newsInWords, newsOf, causalStanding, stepOf } from "./moments.js";
import { xAt } from "../picture/geometry.js";

const NEAR_X = 9; // px
const NEAR_Y = 9;
const SIGNS = { past: "M4 -5L-5 0L4 5Z", future: "M-4 -5L5 0L-4 5Z" };

/**
 * @typedef {import("../picture/geometry.js").Layout} Layout
 * @typedef {import("./moments.js").Course} Course
 * @typedef {import("./moments.js").Cone} Cone
 * @typedef {{pointed(step: number, node: string): void, say(text: string): void}} PointerActs step -1: at nothing
 */

export class EventPointer {
  /** @param {PointerActs} acts */
  constructor(acts) {
    this.acts = acts;
    this.position = -1; // of the event pointed at, within the course
    this.byKey = false;
    this.layer = shape("g", { class: "cone" });
  }

  /** @param {Course} course @param {Layout} layout */
  show(course, layout) {
    const kept = this.course === course ? this.position : -1;
    this.course = course;
    this.layout = layout;
    this.position = -1;
    this.layer.replaceChildren();
    if (kept >= 0) this.point(kept);
  }

  /** The event under a point of the picture; -1 if there is none. @param {number} x @param {number} y */
  find(x, y) {
    const lane = this.layout?.lanes.find((one) => Math.abs(one.y - y) <= NEAR_Y);
    let best = -1;
    let distance = NEAR_X;
    if (!lane || !this.course || !this.layout?.scale) return best;
    for (const [position, event] of this.course.events.entries()) {
      const off = event.node === lane.node ? Math.abs(xAt(this.layout, event.ms) - x) : Infinity;
      if (off < distance) [best, distance] = [position, off];
    }
    return best;
  }

  /** The mouse is here. @param {number} x @param {number} y */
  hover(x, y) {
    const found = this.find(x, y);
    if (found === this.position || (found < 0 && this.byKey)) return;
    this.byKey = false;
    this.point(found);
  }

  /** A key pressed on the line of a node; true if it was one of the pointer's. @param {KeyboardEvent} event
   * @param {string} node @returns {boolean} */
  key(event, node) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.course) return false;
    const own = this.course.events.map((_, position) => position).filter((position) => this.course?.events[position].node === node);
    const now = own.indexOf(this.position);
    /** @type {Record<string, number>} */
    const targets = { ArrowRight: Math.min(now + 1, own.length - 1), ArrowLeft: now < 0 ? own.length - 1 : Math.max(0, now - 1),
      Home: 0, End: own.length - 1 };
    if (!own.length || !(event.key in targets)) return false;
    this.byKey = true;
    this.point(own[targets[event.key]]);
    return true;
  }

  /** Nothing is pointed at any more. */
  clear() {
    this.byKey = false;
    if (this.position >= 0) this.point(-1);
  }

  /** @param {number} position */
  point(position) {
    this.position = position;
    this.layer.replaceChildren();
    if (position < 0 || !this.course || !this.layout) {
      this.acts.pointed(-1, "");
      this.acts.say("");
      return;
    }
    const event = this.course.events[position];
    const cone = coneOf(this.course, position);
    const step = stepOf(this.course, event.index);
    this.draw(this.layout, this.course, cone);
    this.acts.pointed(step, event.node);
    this.acts.say(this.words(this.course, cone, step));
  }

  /** @param {Course} course @param {Cone} cone @param {number} step */
  words(course, cone, step) {
    const event = course.events[this.position];
    const news = newsInWords(newsOf(course, step, event.node));
    const concurrent = course.events.length - cone.past.size - cone.future.size + 1;
    return `${event.text}, at ${words(event.ms)}. ${news ? `${event.node}: ${news}. ` : "Its state stays as it is. "}`
      + `◀ past: ${cone.past.size - 1}, ▶ future: ${cone.future.size - 1}, ○ concurrent: ${concurrent}.`;
  }

  // --- marks ---

  /** @param {Layout} layout @param {Course} course @param {Cone} cone */
  draw(layout, course, cone) {
    const heights = new Map(layout.lanes.map((lane) => [lane.node, lane.y]));
    this.layer.append(...this.arrows(layout, course, cone), ...this.lanes(layout, course, cone));
    const taken = new Set();
    for (const [position, event] of course.events.entries()) {
      const y = heights.get(event.node);
      const x = xAt(layout, event.ms);
      const kind = causalStanding(position, this.position, cone);
      const spot = `${event.node} ${Math.round(x / 6)} ${kind}`;
      if (y === undefined || x < layout.left - 1 || x > layout.right + 1 || taken.has(spot)) continue;
      taken.add(spot);
      this.layer.append(sign(kind, x, y));
    }
  }

  /** The stretches of lines in the past and in the future. @param {Layout} layout @param {Course} course @param {Cone} cone */
  lanes(layout, course, cone) {
    const clip = (/** @type {number} */ ms) => Math.min(layout.right, Math.max(layout.left, xAt(layout, ms)));
    return layout.lanes.flatMap(({ node, y }) => {
      const of = (/** @type {Set<number>} */ set) => [...set].map((position) => course.events[position])
        .filter((event) => event.node === node).map((event) => event.ms);
      const past = of(cone.past);
      const future = of(cone.future);
      return [
        ...(past.length ? [stretch("past", layout.left, clip(Math.max(...past)), y)] : []),
        ...(future.length ? [stretch("future", clip(Math.min(...future)), layout.right, y)] : []),
      ];
    });
  }

  /** The messages in the past and in the future. @param {Layout} layout @param {Course} course @param {Cone} cone */
  arrows(layout, course, cone) {
    const has = (/** @type {Set<number>} */ set) => new Set([...set].map((position) => course.events[position].index));
    const past = has(cone.past);
    const future = has(cone.future);
    return layout.arrows.flatMap((arrow) => {
      const kind = arrow.end !== null && past.has(arrow.end) ? "past" : future.has(arrow.sent) ? "future" : "";
      const [x1, y1, x2, y2] = arrow.line;
      return kind ? [shape("line", { x1, y1, x2, y2, class: `along ${kind}` })] : [];
    });
  }
}

/** @param {string} kind @param {number} x1 @param {number} x2 @param {number} y */
function stretch(kind, x1, x2, y) {
  return shape("line", { x1, y1: y, x2, y2: y, class: `along ${kind}` });
}

/** The sign of an event on its line. @param {"chosen" | "past" | "future" | "concurrent"} kind @param {number} x @param {number} y */
function sign(kind, x, y) {
  const place = { transform: `translate(${x} ${y})`, class: `sign ${kind}` };
  if (kind === "chosen") return shape("circle", { ...place, r: 9 });
  return kind === "concurrent" ? shape("circle", { ...place, r: 4 }) : shape("path", { ...place, d: SIGNS[kind] });
}
