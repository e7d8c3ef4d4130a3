// Waiting for Python: a run or judge that is slow is shown to be under way.
// @ts-check

import { GONE } from "./reader.js";

const SOON_MS = 300;
const VERY_LONG_MS = 5000;

export class Waiting {
  /** @param {HTMLElement} root @param {(text: string) => void} say */
  constructor(root, say) {
    this.root = root;
    this.say = say;
    this.timers = /** @type {number[]} */ ([]);
  }

  /** A gesture has been sent. */
  begin() {
    this.end();
    this.timers = [
      window.setTimeout(() => { this.root.setAttribute("aria-busy", "true"); this.say("The run is under way …"); }, SOON_MS),
      window.setTimeout(() => this.say("The run is still under way. To stop it, interrupt the kernel; if there is none, run the cell."), VERY_LONG_MS),
    ];
  }

  /** The kernel that drew the picture has ended. */
  gone() {
    this.end();
    this.say(GONE);
  }

  /** Python has answered. */
  end() {
    this.timers.forEach(clearTimeout);
    if (this.root.getAttribute("aria-busy") === "true") this.say("");
    this.root.removeAttribute("aria-busy");
  }
}
