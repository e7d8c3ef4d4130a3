// The picture in the hand: a drag on empty paper pans, and two fingers zoom.
// @ts-check

import { held } from "./window.js";

const SLACK = 4; // px that a press may move before it is a drag

/**
 * @typedef {import("./window.js").Stretch} Stretch
 * @typedef {{x: number, from: number, ms: number}} Point where a pointer is and was pressed, in px of the picture, and the
 *   moment that it holds
 * @typedef {{at(event: MouseEvent): {x: number}, momentAt(x: number): number, edges(): {left: number, right: number},
 *   stretch(): Stretch, show(stretch: Stretch): void}} GripActs
 */

export class Grip {
  /** @param {HTMLElement} sheet @param {GripActs} acts */
  constructor(sheet, acts) {
    this.sheet = sheet;
    this.acts = acts;
    this.dragged = false; // since the last press
    /** @type {Map<number, Point>} */ this.points = new Map(); // by the number of the pointer
    sheet.addEventListener("pointerdown", (event) => this.down(event));
    sheet.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) {
      sheet.addEventListener(name, (event) => this.up(/** @type {PointerEvent} */ (event)));
    }
  }

  /** A mouse holds empty paper only; a finger is too thick to miss messages and lines. @param {PointerEvent} event */
  down(event) {
    const empty = /** @type {Element} */ (event.target).classList.contains("overlay");
    if (!this.points.size) this.dragged = false;
    if (event.button !== 0 || !(empty || event.pointerType === "touch") || this.points.size > 1) return;
    const { x } = this.acts.at(event);
    this.points.set(event.pointerId, { x, from: x, ms: 0 });
    this.hold();
  }

  /** Each pointer holds the moment that is under it now. */
  hold() { for (const point of this.points.values()) point.ms = this.acts.momentAt(point.x); }

  /** @param {PointerEvent} event */
  move(event) {
    const point = this.points.get(event.pointerId);
    if (!point) return;
    if (!event.buttons) return this.up(event); // released outside
    point.x = this.acts.at(event).x;
    if (!this.dragged && this.points.size < 2 && Math.abs(point.x - point.from) < SLACK) return;
    if (!this.dragged) this.begin();
    this.acts.show(held([...this.points.values()], this.acts.stretch(), this.acts.edges()));
  }

  /** From here on all that the pointers do is told to the paper, even if the picture below them is replaced. */
  begin() {
    this.dragged = true;
    for (const number of this.points.keys()) this.sheet.setPointerCapture(number);
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (!this.points.delete(event.pointerId)) return;
    this.hold();
  }
}
