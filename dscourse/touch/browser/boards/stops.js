// One tab stop for all handles of a board: within it, keys go from one handle to the next.
// @ts-check

import { alone, rove } from "../page/roving.js";

/** The number of the handle that a key leads to, or null. Arrow keys along a handle's track move the handle itself.
 * @param {string} key @param {string | undefined} axis of the handle's track, if it has one @param {number} at
 * @param {number} length how many handles there are */
export function goalOf(key, axis, at, length) {
  if (key === "Home") return 0;
  if (key === "End") return length - 1;
  const upright = { ArrowDown: 1, ArrowUp: -1 }[key] ?? 0;
  const level = { ArrowRight: 1, ArrowLeft: -1 }[key] ?? 0;
  const step = { n: 1, p: -1 }[key] ?? (axis === "y" ? level : upright || (axis ? 0 : level));
  return step ? (at + step + length) % length : null;
}

export class Stops {
  /** @param {SVGElement} overlay */
  constructor(overlay) {
    this.overlay = overlay;
    this.last = ""; // the key of the handle that had the focus last
    this.held = false; // a handle had the focus before it was replaced
    overlay.addEventListener("focusin", (event) => this.stopAt(/** @type {HTMLElement} */ (event.target)));
  }

  /** @returns {HTMLElement[]} */
  get all() { return [.../** @type {NodeListOf<HTMLElement>} */ (this.overlay.querySelectorAll("[data-key]"))]; }

  /** @param {string} key */
  find(key) { return this.all.find((one) => one.dataset.key === key); }

  /** @param {HTMLElement} element */
  stopAt(element) {
    this.last = element.dataset.key ?? "";
    alone(this.all, element);
  }

  /** The handles are about to be replaced. */
  before() { this.held = this.overlay.contains(document.activeElement); }

  /** They have been: if the one in focus is gone, the tab stop takes the focus. */
  after() {
    const stop = this.find(this.last);
    alone(this.all, stop ?? this.all[0]);
    if (this.held && !stop) rove(this.all, this.all[0]);
  }

  /** Go on by a key from the handle in focus; false if it is no key for this. @param {KeyboardEvent} event
   * @param {string | undefined} axis */
  key(event, axis) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const { all } = this;
    const goal = goalOf(event.key, axis, all.findIndex((one) => one.dataset.key === this.last), all.length);
    return goal !== null && rove(all, all[goal]);
  }
}
