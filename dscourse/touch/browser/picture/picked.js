// What of the run is picked out: the message of the canvas below the pointer, and what was searched for and found.
// @ts-check

import { describe } from "./geometry.js";
import { arrowAt } from "./columns.js";
import { xOf } from "./canvas.js";

/**
 * @typedef {import("./geometry.js").Arrow} Arrow
 * @typedef {import("./filters.js").Match} Match
 */

export class Picked {
  /** @param {import("./looking.js").Looking} looking */
  constructor(looking) {
    this.looking = looking;
    this.over = /** @type {number | undefined} */ (undefined); // the id of the message below the pointer
    this.chosen = /** @type {Match | null} */ (null); // what was searched for and found
  }

  // --- pointing at the canvas ---

  get onCanvas() { return this.looking.layout.canvas && !this.looking.moving; }

  /** The message of the canvas below the pointer. @param {MouseEvent} event @returns {Arrow | null} */
  pointed(event) {
    if (!this.onCanvas || !(/** @type {Element} */ (event.target).classList.contains("overlay"))) return null;
    const near = this.looking.canvas.nearest(this.looking.paper.at(event));
    return near && arrowAt(this.looking.run, near.at, near.line);
  }

  /** @param {PointerEvent} event */
  hover(event) {
    if (!this.onCanvas || event.buttons) return;
    const arrow = this.pointed(event);
    if (arrow?.id === this.over) return;
    this.over = arrow?.id;
    this.looking.paper.mark(arrow?.line ?? null);
    this.looking.paper.acts.say(arrow ? describe(arrow) : "");
  }

  /** @param {MouseEvent} event */
  click(event) {
    const arrow = this.looking.dragged ? null : this.pointed(event);
    this.looking.dragged = false;
    if (arrow) this.looking.paper.acts.message(arrow);
  }

  // --- what was found ---

  /** Bring what was found into view and mark it; null ends that. @param {Match | null} match */
  choose(match) {
    this.chosen = match;
    this.looking.paper.mark(null);
    if (match) this.looking.goTo(match.ms);
    this.looking.draw();
  }

  /** The picture has been drawn anew: mark what was found. */
  drawn() {
    if (this.chosen && !this.looking.moving) this.looking.paper.mark(this.lineOf(this.chosen));
  }

  /** Where a match stands in the picture; null if it is not in view. @param {Match} match */
  lineOf({ message, operation }) {
    const { run, layout, scene, canvas } = this.looking;
    if (message >= 0) {
      const same = layout.arrows.find((one) => one.id === run.id[message] && one.copy === Boolean(run.copy[message]));
      return same?.line ?? canvas.drawn.find((one) => layout.canvas && one.at === message)?.line ?? null;
    }
    const [client, start, end] = run.operations[operation];
    const y = layout.lanes.find((lane) => lane.node === client)?.y;
    const x = (/** @type {number | null} */ ms) => (ms === null ? layout.right : xOf(scene, ms));
    return y === undefined ? null : [x(start) - 4, y, x(end) + 4, y];
  }
}
