// Gestures one at a time: the next is made when Python has answered the last, on the picture that came with the answer.
// @ts-check

const PATIENCE_MS = 5000; // after it the next gesture no longer waits: an answer may never come

/** @typedef {{act: (far: number) => boolean, key: string, far: number}} Turn */

export class Turns {
  constructor() {
    /** @type {Turn[]} */ this.waiting = [];
    this.asked = -Infinity; // when Python was asked, in ms; -Infinity if nothing is awaited
  }

  /** Do something now, or when its turn comes. `act` tells whether it has asked Python. Steps with one key that wait are
   * one step, as far as all of them. @param {(far: number) => boolean} act @param {string} key @param {number} far */
  take(act, key = "", far = 0) {
    const last = this.waiting.at(-1);
    if (key && last?.key === key) last.far += far;
    else this.waiting.push({ act, key, far });
    this.next();
  }

  /** Python has answered. */
  answered() {
    this.asked = -Infinity;
    this.next();
  }

  next() {
    while (performance.now() - this.asked > PATIENCE_MS) {
      const turn = this.waiting.shift();
      if (!turn) return;
      if (turn.act(turn.far)) this.asked = performance.now();
    }
  }

  /** Forget what waits. */
  clear() {
    this.waiting = [];
    this.asked = -Infinity;
  }
}
