// The picture, and over it what can be pointed at, clicked and dragged.
// @ts-check

import { shape } from "../page/dom.js";
import { describe, messagesAt, nearestHead, reach, relation } from "./geometry.js";
import { keepFinger } from "../gestures/finger.js";
import { dragHead } from "../gestures/heads.js";
import { labelled } from "./labels.js";

/**
 * @typedef {import("./geometry.js").Arrow} Arrow
 * @typedef {import("./geometry.js").Lane} Lane
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {{message(arrow: Arrow): void, choose(arrows: Arrow[], x: number, y: number): void, lane(lane: Lane, x: number): void,
 *   move(arrow: Arrow, ms: number): void, say(text: string): void, pointed?(arrow: Arrow | null): void, drawn?(): Arrow[],
 *   down?(): import("../gestures/heads.js").Down[], fixed?(): boolean}} Acts what the paper tells of: x and y in px of the picture, ms of the run
 */

const MESSAGE_REACH = 7; // px of the screen, from a message to a pointer that means it
const FINGER_REACH = 12;

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
    /** @type {Map<Arrow, Element>} */ this.heads = new Map();
    /** @type {WeakMap<Element, Arrow>} */ this.things = new WeakMap(); // the message of each line and head
    /** @type {Arrow | null} */ this.over = null; // the message that is pointed at
    /** @type {Arrow | null} */ this.held = null; // the message that a menu is about
  }

  /** Show a picture and lay over it what can be touched. @param {string} svg @param {Layout} layout */
  show(svg, layout) {
    this.layout = layout;
    this.over = this.held = null;
    this.heads.clear();
    this.things = new WeakMap();
    this.overlay = shape("svg", { class: "overlay", viewBox: `0 0 ${layout.width} ${layout.height}`,
      role: "group", "aria-label": "lines and messages" }); // an image would hide them from screen readers
    this.marks = shape("g", {});
    this.listen();
    layout.lanes.forEach((lane) => this.lane(lane));
    this.overlay.append(this.marks);
    layout.arrows.forEach((arrow) => this.arrow(arrow));
    layout.arrows.forEach((arrow) => this.head(arrow)); // over all lines, so that no line hides a head
    this.element.innerHTML = svg;
    this.element.append(this.overlay);
  }

  /** Hear on the overlay what happens to all that lies on it: a run has many messages. */
  listen() {
    const acts = /** @type {Record<string, (arrow: Arrow, event: any) => void>} */ ({
      focusin: (arrow) => this.point(arrow), focusout: () => this.point(null),
      pointerover: (arrow, event) => this.hover(arrow, event), pointermove: (arrow, event) => this.hover(arrow, event),
      pointerout: (_, event) => this.leave(event) });
    for (const [name, act] of Object.entries(acts)) {
      this.overlay.addEventListener(name, (event) => {
        const arrow = this.arrowOf(event);
        if (arrow) act(arrow, event);
      });
    }
    for (const [name, kind] of [["click", "message"], ["contextmenu", "head"], ["pointerdown", "head"]]) {
      this.overlay.addEventListener(name, (event) => {
        const arrow = this.arrowOf(event, kind);
        if (arrow && name === "pointerdown") this.drag(arrow, /** @type {PointerEvent} */ (event));
        else if (arrow) this.click(arrow, /** @type {PointerEvent} */ (event));
      });
    }
    keepFinger(this.overlay, ".head");
    labelled(this);
  }

  /** The message whose line or head an event is about. @param {Event} event @param {string} kind a class, or "" for both */
  arrowOf({ target }, kind = "") {
    const element = /** @type {Element} */ (target);
    return !kind || element.classList.contains(kind) ? this.things.get(element) : undefined;
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
    line.addEventListener("focus", () => this.acts.say(`line of ${lane.node}: click it, or press Enter, for what can ${this.acts.fixed?.() ? "follow" : "happen"} here`));
    this.overlay.append(line);
  }

  /** @param {Arrow} arrow */
  arrow(arrow) {
    const [x1, y1, x2, y2] = arrow.line;
    const line = shape("line", { x1, y1, x2, y2, class: "message", tabindex: 0, role: "button",
      "aria-label": describe(arrow), "data-key": messageKey(arrow) });
    this.things.set(line, arrow);
    this.overlay.append(line);
    return line;
  }

  /** The head of an arrow, if it can be dragged. @param {Arrow} arrow */
  head(arrow) {
    if (!this.layout.scale || arrow.end === null || arrow.copy || this.acts.fixed?.()) return;
    const [, , x, y] = arrow.line;
    const head = shape("circle", { cx: x, cy: y, r: 8, class: "head" });
    this.things.set(head, arrow);
    this.heads.set(arrow, head);
    this.overlay.append(head);
  }

  /** Point at the message nearest to the pointer while it is over this one. @param {Arrow} arrow @param {PointerEvent} event */
  hover(arrow, event) {
    const [nearest] = this.near(arrow, event);
    if (!event.buttons && nearest !== this.over) this.point(nearest);
  }

  /** The pointer has left a message; a menu that opens under it speaks of this message. @param {PointerEvent} event */
  leave(event) {
    const to = /** @type {Element | null} */ (event.relatedTarget);
    if (!to?.closest(".menu")) this.point(null);
  }

  /** The messages under the pointer, of which this one is one; the nearest first. @param {Arrow} arrow @param {PointerEvent} event */
  near(arrow, event) {
    const found = this.under(event);
    return found.some((one) => one.id === arrow.id && one.copy === arrow.copy) ? found : [...found, arrow];
  }

  /** The messages under the pointer, the nearest first. @param {PointerEvent} event */
  under(event) {
    const { width } = this.overlay.getBoundingClientRect();
    const reach = event.pointerType === "touch" ? FINGER_REACH : MESSAGE_REACH;
    return messagesAt(this.drawn, this.at(event), (reach * this.layout.width) / (width || 1));
  }

  /** The messages in view, on the paper or on the canvas. */
  get drawn() { return this.acts.drawn?.() ?? this.layout.arrows; }

  /** Open the menu of the message that was clicked, or ask which of several is meant. @param {Arrow} arrow @param {PointerEvent} event */
  click(arrow, event) {
    this.offer(this.near(arrow, event), this.at(event));
  }

  /** Open the menu of a message, or ask which of several is meant. @param {Arrow[]} found @param {{x: number, y: number}} point */
  offer(found, { x, y }) {
    if (found.length > 1) this.acts.choose(found, x, y);
    else this.acts.message(found[0]);
  }

  /** Drag the head nearest to the pointer. @param {Arrow} arrow whose head was pressed @param {PointerEvent} down */
  drag(arrow, down) {
    const nearest = nearestHead([arrow, ...this.heads.keys()], this.at(down));
    const head = this.heads.get(nearest);
    if (head) dragHead(this, nearest, head, down);
  }

  /** Keep a message marked while a menu is about it; null ends that. @param {Arrow | null} arrow */
  hold(arrow) {
    if (!arrow && !this.held) return;
    this.held = arrow;
    this.point(arrow);
  }

  /** Mark the causal past and future of a message, and say it in words; with null, of the one that a menu is about.
   * @param {Arrow | null} pointed */
  point(pointed) {
    const arrow = pointed ?? this.held;
    this.over = arrow;
    this.marks.replaceChildren();
    this.acts.pointed?.(arrow);
    this.acts.say(arrow ? `${describe(arrow)}.${led(arrow)}` : "");
    if (!arrow) return;
    const seen = reach(this.layout, arrow);
    const same = (/** @type {Arrow} */ other) => other.id === arrow.id && other.copy === arrow.copy;
    /** @type {Record<string, number[][]>} */
    const lines = { past: [], future: [], chosen: [arrow.line] };
    for (const other of this.drawn) if (!same(other)) lines[relation(other, seen)]?.push(other.line);
    for (const [kind, all] of Object.entries(lines)) if (all.length) this.marks.append(strokes(all, `mark ${kind}`));
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

/** Many lines as one shape. @param {number[][]} lines @param {string} kind a class */
export function strokes(lines, kind) {
  return shape("path", { d: lines.map(([x1, y1, x2, y2]) => `M${x1} ${y1}L${x2} ${y2}`).join(""), class: kind });
}

/** The signs of the marks in words; a message that is not delivered leads to nothing. @param {Arrow} arrow */
function led(arrow) {
  return ` Thick: what may have led to it${arrow.end === null ? "" : "; dotted: what it may lead to"}.`;
}
