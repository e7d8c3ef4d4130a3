// The model of a widget while the hand is at work: from press to release, and while a menu is open, all that shows stays
// as it is. What Python sends meanwhile is shown when the hand is done.
// @ts-check

import { sendTo } from "./reader.js";
import { Texts } from "./texts.js";

/**
 * @typedef {{get(name: string): any, send(message: object): void, on(event: string, act: () => void): void,
 *   off(event: string, act: () => void): void}} LiveModel
 */

const HOLD = "dscourse-hold";
const RELEASE = "dscourse-release";
const ENDS = /** @type {const} */ (["pointerup", "pointercancel", "pointermove"]); // a move without a button: released outside

/** Tell the widget around an element that the hand begins to work. @param {Element} element */
export const takeHold = (element) => element.dispatchEvent(new CustomEvent(HOLD, { bubbles: true }));

/** Tell the widget around an element that the hand is done. @param {Element} element */
export const letGo = (element) => element.dispatchEvent(new CustomEvent(RELEASE, { bubbles: true }));

export class HeldModel {
  /** @param {LiveModel} model @param {() => void} gone called when a message cannot be sent */
  constructor(model, gone) {
    this.model = model;
    this.gone = gone;
    this.holds = 0;
    this.texts = new Texts();
    /** @type {Set<number>} */ this.pressed = new Set(); // the pointers that are down
    /** @type {Record<string, unknown>} */ this.kept = {}; // the values that show, while the hand is at work
    /** @type {Set<string>} */ this.read = new Set(); // the names of all values that have been asked for
    /** @type {Set<() => void>} */ this.late = new Set(); // what has been put off
    /** @type {Map<() => void, () => void>} */ this.heard = new Map();
  }

  /** Follow the hand within this element; the time cursor is no part of the picture. @param {Element} root */
  follow(root) {
    root.addEventListener(HOLD, () => this.hold());
    root.addEventListener(RELEASE, () => this.release());
    root.addEventListener("pointerdown", (/** @type {any} */ event) => {
      if (!(/** @type {Element} */ (event.target).closest(".cursor"))) this.press(event.pointerId);
    }, true);
  }

  /** Hold from here until the pointer is released, and the click that follows has been dealt with. @param {number} pointer */
  press(pointer) {
    if (this.pressed.has(pointer)) return;
    this.pressed.add(pointer);
    this.hold();
    const done = (/** @type {PointerEvent} */ event) => {
      if (event.pointerId !== pointer || (event.type === "pointermove" && event.buttons)) return;
      for (const name of ENDS) window.removeEventListener(name, done, true);
      window.setTimeout(() => { this.pressed.delete(pointer); this.release(); });
    };
    for (const name of ENDS) window.addEventListener(name, done, true);
  }

  hold() {
    this.holds += 1;
    if (this.holds === 1) this.kept = Object.fromEntries([...this.read].map((name) => [name, this.model.get(name)]));
  }

  release() {
    if (!this.holds) return;
    this.holds -= 1;
    if (this.holds) return;
    this.kept = {};
    const late = [...this.late];
    this.late.clear();
    late.forEach((act) => act());
  }

  /** @param {string} name @returns {any} */
  get(name) {
    this.read.add(name);
    return this.texts.read(name, name in this.kept ? this.kept[name] : this.model.get(name));
  }

  /** Send a message to Python; false if the kernel of this widget is gone. @param {object} message */
  send(message) { return sendTo(this.model, message, this.gone); }

  /** @param {string} event @param {() => void} act */
  on(event, act) {
    const heard = this.heard.get(act) ?? (() => { if (this.holds) this.late.add(act); else act(); });
    this.heard.set(act, heard);
    this.model.on(event, heard);
  }

  /** @param {string} event @param {() => void} act */
  off(event, act) {
    const heard = this.heard.get(act);
    if (heard) this.model.off(event, heard);
    this.late.delete(act);
  }
}
