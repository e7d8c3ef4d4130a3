// The message of the canvas that the keyboard has reached: one element over the canvas, which keys move from message to
// message, in the order of sending.
// @ts-check

import { arrowAt, inView } from "./columns.js";
import { messageKey } from "./paper.js";

/** @typedef {import("./geometry.js").Arrow} Arrow */

const STEPS = /** @type {Record<string, number>} */ ({ ArrowDown: 1, n: 1, ArrowUp: -1, p: -1 });

export class Current {
  /** @param {import("./looking.js").Looking} looking */
  constructor(looking) {
    this.looking = looking;
    this.arrow = /** @type {Arrow | null} */ (null);
    this.key = ""; // of the message, by which it is found in the next picture
    this.element = /** @type {Element | null} */ (null);
  }

  /** There is another picture: find the message again, or begin with the first in view. */
  shown() {
    this.element = null; // the paper is new
    this.arrow = null;
    if (!this.looking.onCanvas) return;
    const all = this.looking.arrows;
    const arrow = all.find((one) => messageKey(one) === this.key) ?? all[0];
    if (arrow) this.take(arrow);
  }

  /** The paper has another width. Before it had one, no message was on the canvas; the tab stop is a node's line then. */
  begin() {
    if (this.arrow) return;
    this.shown();
    this.element?.setAttribute("tabindex", "-1");
  }

  /** Let this be the message, if it is on the canvas. @param {Arrow} arrow */
  take(arrow) {
    if (!this.looking.onCanvas) return;
    this.element?.remove();
    this.arrow = arrow;
    this.key = messageKey(arrow);
    this.element = this.looking.paper.arrow(arrow);
  }

  /** Go to another message by a key, and bring it into view; false if the key is not for this. @param {KeyboardEvent} event */
  move(event) {
    const { looking, arrow } = this;
    if (!arrow || event.target !== this.element || !(event.key in STEPS)) return false;
    const { run } = looking;
    const order = inView(run, looking.limits, looking.folded, looking.hidden);
    const now = order.findIndex((at) => run.id[at] === arrow.id && Boolean(run.copy[at]) === arrow.copy);
    const next = order[now + STEPS[event.key]];
    if (next !== undefined) this.reach(arrowAt(run, next, []));
    return true;
  }

  /** @param {Arrow} wanted */
  reach(wanted) {
    this.looking.goTo(wanted.sent_ms);
    this.looking.draw();
    const arrow = this.looking.arrows.find((one) => one.id === wanted.id && one.copy === wanted.copy);
    if (!arrow) return;
    this.take(arrow);
    /** @type {SVGElement} */ (this.element).focus({ preventScroll: true });
  }
}
