// The film of a shrinking: what was left out of the list of gestures is shown in turn, with pause and step.
// @ts-check

import { make } from "../page/dom.js";

const FRAME_MS = 1600;

/**
 * @typedef {import("../picture/geometry.js").Layout} Layout
 * @typedef {{svg: string, layout_data: Layout, verdict_card: string, caption: string, changed: number,
 *   touches: {text: string, on: boolean}[]}} Frame
 * @typedef {{claim?: string, frames?: Frame[]}} Shrunk
 * @typedef {{frame(frame: Frame): void, end(): void}} Screen shows one frame; returns to the present run
 */

/** How each gesture of the list stands in a frame: "on", "off", or "now" if the frame changes it.
 * @param {Frame} frame @returns {("on" | "off" | "now")[]} */
export function standing(frame) {
  return frame.touches.map((touch, index) => (index === frame.changed ? "now" : touch.on ? "on" : "off"));
}

/** The frame after this one; null after the last. @param {Shrunk} film @param {number} position */
export function following(film, position) {
  return position + 1 < (film.frames ?? []).length ? position + 1 : null;
}

export class Film {
  /** @param {Shrunk} film that is over already @param {Screen} screen */
  constructor(film, screen) {
    this.screen = screen;
    this.film = film;
    this.position = 0;
    this.timer = 0;
    this.playing = false;
    this.caption = make("p", { class: "caption", "aria-live": "polite" });
    this.pause = make("button", { type: "button", onclick: () => this.toggle() });
    this.next = make("button", { type: "button", "data-key": "film step", onclick: () => this.step() }, "step");
    this.skip = make("button", { type: "button", onclick: () => this.end() }, "skip to the end");
    this.again = make("button", { type: "button", onclick: () => this.start() }, "play again");
    this.element = make("div", { class: "film", role: "group", "aria-label": "what was left out" },
      this.caption, make("div", { class: "bar" }, this.pause, this.next, this.skip, this.again));
    this.finish();
  }

  /** Play a film that Python has sent, from its start; an empty one ends it. @param {Shrunk} film */
  show(film) {
    if (film === this.film) {
      if (this.playing) this.go(this.position);
      return;
    }
    this.film = film;
    if ((film.frames ?? []).length) this.start();
    else this.finish();
  }

  /** Play from the first frame; for readers who want little motion, wait there for the next step. */
  start() {
    this.stop();
    this.playing = true;
    this.go(0);
    this.next.focus({ preventScroll: true });
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.toggle();
  }

  /** @param {number} position */
  go(position) {
    const frame = /** @type {Frame[]} */ (this.film.frames)[position];
    this.position = position;
    this.caption.textContent = frame.caption;
    this.screen.frame(frame);
    this.buttons();
  }

  step() {
    const next = following(this.film, this.position);
    if (next === null) this.end();
    else this.go(next);
  }

  /** Play on, or pause. */
  toggle() {
    if (this.timer) this.stop();
    else this.timer = window.setInterval(() => this.step(), FRAME_MS);
    this.buttons();
  }

  stop() {
    window.clearInterval(this.timer);
    this.timer = 0;
  }

  /** Leave the film for the present run. */
  end() {
    const focused = this.element.contains(document.activeElement);
    this.finish();
    this.screen.end();
    if (focused) this.again.focus({ preventScroll: true });
  }

  /** Show what the search has found, and no frame. */
  finish() {
    this.stop();
    this.playing = false;
    this.caption.textContent = this.film.claim ?? "";
    this.element.hidden = !this.film.claim;
    this.buttons();
  }

  buttons() {
    this.element.hidden = !this.film.claim;
    this.pause.textContent = this.timer ? "pause" : "play";
    for (const button of [this.pause, this.next, this.skip]) button.hidden = !this.playing;
    this.again.hidden = this.playing || !(this.film.frames ?? []).length;
  }
}
