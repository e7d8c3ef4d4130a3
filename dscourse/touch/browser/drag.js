// Dragging a handle along its track, with the picture redrawn on the way.
// @ts-check

import { shape } from "./dom.js";
import { pointAt, valueAt } from "./tracks.js";

/**
 * @typedef {import("./tracks.js").Track} Track
 * @typedef {import("./tracks.js").Point} Point
 * @typedef {{name: string, arguments: unknown[], track: Track, value: number, anchor: number[] | null}} Drag
 * @typedef {{at(event: MouseEvent): Point, moved(value: number): void, dropped(value: number): void,
 *   clicked(event: MouseEvent): void, cancelled(): void}} Hand what a drag asks of its board, and tells it
 */

const CLICK_PX = 3; // a pointer that moves less than this has clicked

export class Dragging {
  /** @param {SVGElement} element @param {Drag} drag @param {PointerEvent} down @param {Hand} hand */
  constructor(element, drag, down, hand) {
    this.element = element;
    this.drag = drag;
    this.down = down;
    this.hand = hand;
    this.value = drag.value;
    this.going = false;
    this.start = { x: Number(element.getAttribute("cx")), y: Number(element.getAttribute("cy")) };
    this.move = this.move.bind(this);
    this.end = this.end.bind(this);
    down.preventDefault();
    element.focus();
    element.setPointerCapture(down.pointerId);
    element.addEventListener("pointermove", /** @type {EventListener} */ (this.move));
    element.addEventListener("pointerup", /** @type {EventListener} */ (this.end));
    element.addEventListener("pointercancel", /** @type {EventListener} */ (this.end));
  }

  /** @param {PointerEvent} event */
  move(event) {
    const far = Math.hypot(event.clientX - this.down.clientX, event.clientY - this.down.clientY);
    if (!this.going && far < CLICK_PX) return;
    if (!this.going) this.begin();
    this.value = valueAt(this.drag.track, this.hand.at(event));
    const point = pointAt(this.drag.track, this.value, this.start);
    this.element.setAttribute("cx", String(point.x));
    this.element.setAttribute("cy", String(point.y));
    this.line?.setAttribute("x2", String(point.x));
    this.line?.setAttribute("y2", String(point.y));
    this.hand.moved(this.value);
  }

  begin() {
    this.going = true;
    this.element.classList.add("dragged");
    if (!this.drag.anchor) return;
    const [x1, y1] = this.drag.anchor;
    this.line = shape("line", { x1, y1, x2: this.start.x, y2: this.start.y, class: "ghost" });
    this.element.before(this.line);
  }

  /** @param {PointerEvent} event */
  end(event) {
    this.stop();
    if (event.type === "pointercancel") this.hand.cancelled();
    else if (this.going) this.hand.dropped(this.value);
    else this.hand.clicked(event);
  }

  /** Give the handle up where it was. */
  cancel() {
    this.stop();
    this.hand.cancelled();
  }

  stop() {
    this.element.removeEventListener("pointermove", /** @type {EventListener} */ (this.move));
    this.element.removeEventListener("pointerup", /** @type {EventListener} */ (this.end));
    this.element.removeEventListener("pointercancel", /** @type {EventListener} */ (this.end));
    this.line?.remove();
  }
}
