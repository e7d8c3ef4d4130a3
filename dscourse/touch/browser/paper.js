// The picture, and over it what can be pointed at, clicked and dragged.
// @ts-check

import { shape } from "./dom.js";
import { describe, reach, relation } from "./geometry.js";
import { dragHead } from "./heads.js";

/**
 * @typedef {import("./geometry.js").Arrow} Arrow
 * @typedef {import("./geometry.js").Lane} Lane
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {{message(arrow: Arrow): void, lane(lane: Lane, x: number): void, move(arrow: Arrow, ms: number): void,
 *   say(text: string): void, down?(): import("./heads.js").Down[]}} Acts what the paper tells of: x in px of the picture, ms of the run
 */

/** The key of a message or lane, by which the focus finds it again in the next picture. @param {Arrow} arrow */
export const messageKey = (arrow) => `message ${arrow.name}${arrow.copy ? " again" : ""}`;
/** @param {Lane} lane */
export const laneKey = (lane) => `lane ${lane.node}`;

export class Paper {
  /** @param {HTMLElement} element @param {Acts} acts */
  constructor(element, acts) {
    this.element = element;
    this.acts = acts;
    /** @type {Layout} */
    this.layout = { width: 0, height: 0, left: 0, right: 0, top: 0, bottom: 0, low: 0, high: 0, scale: 0, lanes: [],
      arrows: [], causes: [], folded: [], hidden: [], canvas: false };
    this.overlay = shape("svg", {});
    this.marks = shape("g", {});
  }

  /** Show a picture and lay over it what can be touched. @param {string} svg @param {Layout} layout */
  show(svg, layout) {
    this.layout = layout;
    this.overlay = shape("svg", { class: "overlay", viewBox: `0 0 ${layout.width} ${layout.height}` });
    this.marks = shape("g", {});
    this.element.innerHTML = svg;
    this.element.append(this.overlay);
    layout.lanes.forEach((lane) => this.lane(lane));
    this.overlay.append(this.marks);
    layout.arrows.forEach((arrow) => this.arrow(arrow));
  }

  /** Show another picture in place of the present one, without anything to touch. @param {string} svg */
  replace(svg) {
    const shown = this.element.querySelector("svg:not(.overlay)");
    const other = document.createElement("div");
    other.innerHTML = svg;
    if (shown && other.firstElementChild) shown.replaceWith(other.firstElementChild);
  }

  /** @param {Lane} lane */
  lane(lane) {
    const { left, right } = this.layout;
    const line = shape("line", { x1: left - 10, y1: lane.y, x2: right + 8, y2: lane.y, class: "lane", tabindex: 0,
      role: "button", "aria-label": `line of ${lane.node}`, "data-key": laneKey(lane) });
    line.addEventListener("click", (event) => this.acts.lane(lane, this.at(/** @type {MouseEvent} */ (event)).x));
    line.addEventListener("focus", () => this.acts.say(`line of ${lane.node}: Enter for what can happen here`));
    this.overlay.append(line);
  }

  /** @param {Arrow} arrow */
  arrow(arrow) {
    const [x1, y1, x2, y2] = arrow.line;
    const line = shape("line", { x1, y1, x2, y2, class: "message", tabindex: 0, role: "button",
      "aria-label": describe(arrow), "data-key": messageKey(arrow) });
    line.addEventListener("click", () => this.acts.message(arrow));
    for (const event of ["pointerenter", "focus"]) line.addEventListener(event, () => this.point(arrow));
    for (const event of ["pointerleave", "blur"]) line.addEventListener(event, () => this.point(null));
    this.overlay.append(line);
    if (this.layout.scale && arrow.end !== null && !arrow.copy) this.head(arrow, x2, y2);
  }

  /** The head of an arrow, which can be dragged. @param {Arrow} arrow @param {number} x @param {number} y */
  head(arrow, x, y) {
    const head = shape("circle", { cx: x, cy: y, r: 8, class: "head" });
    head.addEventListener("pointerdown", (event) => dragHead(this, arrow, head, /** @type {PointerEvent} */ (event)));
    head.addEventListener("pointerenter", () => this.point(arrow));
    head.addEventListener("pointerleave", () => this.point(null));
    this.overlay.append(head);
  }

  /** Mark the causal past and future of a message, and say it in words; null ends that. @param {Arrow | null} arrow */
  point(arrow) {
    this.marks.replaceChildren();
    this.acts.say(arrow ? `${describe(arrow)}. Blue: what may have led to it; dotted: what it may lead to.` : "");
    if (!arrow) return;
    const seen = reach(this.layout, arrow);
    for (const other of this.layout.arrows) {
      const [x1, y1, x2, y2] = other.line;
      const kind = other === arrow ? "chosen" : relation(other, seen);
      if (kind !== "concurrent") this.marks.append(shape("line", { x1, y1, x2, y2, class: `mark ${kind}` }));
    }
  }

  /** Mark one line alone; null ends that. @param {number[] | null} line */
  mark(line) {
    this.marks.replaceChildren();
    if (!line) return;
    const [x1, y1, x2, y2] = line;
    this.marks.append(shape("line", { x1, y1, x2, y2, class: "mark chosen" }));
  }

  /** The point of the picture under the pointer. @param {MouseEvent} event */
  at(event) {
    const box = this.overlay.getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * this.layout.width,
      y: ((event.clientY - box.top) / box.height) * this.layout.height };
  }
}
