// The whole run on a strip, and the window in view as a frame that can be dragged.
// @ts-check

import { make } from "../page/dom.js";

/**
 * @typedef {import("./columns.js").Run} Run
 * @typedef {import("./window.js").Stretch} Stretch
 */

const HEIGHT = 25;
const EDGE = 7; // px at either end of the frame that change its width
const SHARE = { messages: 0.62, operations: 0.3 };

export class Minimap {
  /** @param {(stretch: Stretch) => void} moved called with the stretch that the frame is dragged to */
  constructor(moved) {
    this.moved = moved;
    this.canvas = /** @type {HTMLCanvasElement} */ (make("canvas", { height: HEIGHT, "aria-hidden": "true" }));
    this.frame = make("div", { class: "frame" });
    this.element = make("div", { class: "minimap", hidden: true, title: "the whole run; drag the frame, or its edges" },
      this.canvas, this.frame);
    this.element.addEventListener("pointerdown", (event) => this.down(event));
  }

  /** @param {Run} run @param {Stretch} stretch @param {boolean} wanted */
  show(run, stretch, wanted) {
    this.element.hidden = !wanted;
    if (!wanted) return;
    this.stretch = stretch;
    this.limits = run.limits;
    const width = Math.round(this.element.clientWidth);
    if (run !== this.drawn || width !== this.canvas.width) this.draw(run, width);
    const whole = run.limits.end - run.limits.start || 1;
    this.frame.style.left = `${(100 * (stretch.start - run.limits.start)) / whole}%`;
    this.frame.style.width = `${(100 * (stretch.end - stretch.start)) / whole}%`;
  }

  /** @param {Run} run @param {number} width px */
  draw(run, width) {
    this.drawn = run;
    this.canvas.width = width;
    const pen = this.canvas.getContext("2d");
    if (!pen || !width) return;
    const whole = run.limits.end - run.limits.start || 1;
    const x = (/** @type {number} */ ms) => ((ms - run.limits.start) / whole) * width;
    const bar = (/** @type {string} */ colour, /** @type {number} */ from, /** @type {number | null} */ to, /** @type {number} */ top, /** @type {number} */ high) => {
      pen.fillStyle = colour;
      pen.fillRect(x(from), top, Math.max(2, x(to ?? run.limits.end) - x(from)), high);
    };
    for (const [, start, end] of run.bands) bar("#f3e3c3", start, end, 0, HEIGHT);
    drawDensity(pen, density(run, x, width));
    for (const [, kind, start, end] of run.spells) if (kind === "down") bar("#b3261e", start, end, HEIGHT - 4, 3);
    for (const [, start, end, , , refutes] of run.operations) if (refutes) bar("#b3261e", start, end, 0, HEIGHT * SHARE.operations);
  }

  /** The moment below a point. @param {PointerEvent} event */
  at(event) {
    const box = this.element.getBoundingClientRect();
    const limits = /** @type {Stretch} */ (this.limits);
    return limits.start + ((event.clientX - box.left) / box.width) * (limits.end - limits.start);
  }

  /** Drag the frame or one of its edges; a press beside it brings it there. @param {PointerEvent} down */
  down(down) {
    down.preventDefault();
    const first = /** @type {Stretch} */ (this.stretch);
    const box = this.frame.getBoundingClientRect();
    const inside = down.clientX > box.left - EDGE && down.clientX < box.right + EDGE;
    const wide = box.width > 4 * EDGE;
    const part = !inside ? "jump" : wide && down.clientX < box.left + EDGE ? "start" : wide && down.clientX > box.right - EDGE ? "end" : "all";
    const from = part === "jump" ? (first.start + first.end) / 2 : this.at(down);
    const drag = (/** @type {PointerEvent} */ event) => this.moved(dragged(first, part, this.at(event) - from));
    if (part === "jump") drag(down);
    this.element.setPointerCapture(down.pointerId);
    this.element.addEventListener("pointermove", drag);
    const end = () => this.element.removeEventListener("pointermove", drag);
    for (const name of ["pointerup", "pointercancel"]) this.element.addEventListener(name, end, { once: true });
  }
}

/** The frame after a drag of one part of it. @param {Stretch} first @param {string} part @param {number} ms @returns {Stretch} */
export function dragged(first, part, ms) {
  if (part === "start") return { start: Math.min(first.start + ms, first.end - 1e-3), end: first.end };
  if (part === "end") return { start: first.start, end: Math.max(first.end + ms, first.start + 1e-3) };
  return { start: first.start + ms, end: first.end + ms };
}

/** How many messages were sent, per px. @param {Run} run @param {(ms: number) => number} x @param {number} width */
function density(run, x, width) {
  const counts = new Array(Math.max(1, Math.ceil(width / 2))).fill(0);
  for (let at = 0; at < run.count; at += 1) counts[Math.min(counts.length - 1, Math.floor(x(run.sent_ms[at]) / 2))] += 1;
  return counts;
}

/** @param {CanvasRenderingContext2D} pen @param {number[]} counts per 2 px */
function drawDensity(pen, counts) {
  const most = Math.max(1, ...counts);
  pen.fillStyle = "#0072b2";
  counts.forEach((number, at) => {
    const high = number && Math.max(2, (number / most) * HEIGHT * SHARE.messages);
    pen.fillRect(at * 2, HEIGHT - 5 - high, 2, high);
  });
}
