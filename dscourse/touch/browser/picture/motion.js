// From the old picture to the new one: messages move to where they arrive now, the new fades in, the gone fades out.
// @ts-check

import { messageKey } from "./paper.js";

/** @typedef {import("./geometry.js").Layout} Layout */

const MOVE_MS = 250;
const LEAVES = "path, rect, circle, line, polygon, text";

/** A straight arrow as path data, as Python writes it. @param {number[]} line */
const course = ([x1, y1, x2, y2]) => `M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}`;

/** The shapes of a picture, by what they look like. @param {Element} svg @returns {Map<string, Element>} */
function shapesOf(svg) {
  const shapes = [...svg.querySelectorAll(LEAVES)].filter((one) => !one.closest("defs"));
  return new Map(shapes.map((one) => [one.outerHTML, one]));
}

export class Motion {
  /** @param {HTMLElement} sheet */
  constructor(sheet) {
    this.sheet = sheet;
    this.svg = /** @type {Element | null} */ (null);
    this.layout = /** @type {Layout | null} */ (null);
    this.frame = 0;
  }

  get wanted() { return !window.matchMedia("(prefers-reduced-motion: reduce)").matches; }

  /** Move from the picture shown last to the present one, if ``moves``; else remember this one. @param {Layout} layout @param {boolean} moves */
  show(layout, moves) {
    const svg = this.sheet.querySelector("svg:not(.overlay)");
    const [old, before] = [this.svg, this.layout];
    [this.svg, this.layout] = [svg?.cloneNode(true) ?? null, layout].map((one) => /** @type {any} */ (one));
    cancelAnimationFrame(this.frame);
    if (moves && this.wanted && svg && old && before && !layout.canvas && !before.canvas) this.play(svg, layout, old, before);
  }

  /** @param {Element} svg @param {Layout} layout @param {Element} old @param {Layout} before */
  play(svg, layout, old, before) {
    const [shapes, gone] = [shapesOf(svg), shapesOf(old)];
    const paths = new Map([...shapes.values()].map((one) => [one.getAttribute("d"), one]));
    const left = new Map([...gone].map(([look, one]) => [one.getAttribute("d"), look]));
    const moved = [];
    const lines = new Map(before.arrows.map((arrow) => [messageKey(arrow), arrow.line]));
    for (const arrow of layout.arrows) {
      const from = lines.get(messageKey(arrow));
      const path = paths.get(course(arrow.line));
      if (!from || !path || course(from) === course(arrow.line)) continue;
      moved.push({ path, from, to: arrow.line });
      shapes.delete(path.outerHTML);
      gone.delete(left.get(course(from)) ?? "");
    }
    for (const look of [...shapes.keys()].filter((one) => gone.has(one))) {
      shapes.delete(look);
      gone.delete(look);
    }
    for (const one of shapes.values()) one.animate([{ opacity: 0 }, { opacity: 1 }], MOVE_MS);
    fadeOut(svg, [...gone.values()]);
    this.step(moved, performance.now());
  }

  /** @param {{path: Element, from: number[], to: number[]}[]} moved @param {number} start ms of the reader's time */
  step(moved, start) {
    const share = Math.min(1, (performance.now() - start) / MOVE_MS);
    const eased = 1 - (1 - share) ** 3;
    for (const { path, from, to } of moved) path.setAttribute("d", course(to.map((part, at) => from[at] + (part - from[at]) * eased)));
    if (share < 1 && moved.length) this.frame = requestAnimationFrame(() => this.step(moved, start));
  }
}

/** Let shapes of the old picture fade out over the new one. @param {Element} svg @param {Element[]} shapes */
function fadeOut(svg, shapes) {
  for (const one of shapes) {
    const group = one.parentElement?.tagName === "g" ? /** @type {Element} */ (one.parentElement.cloneNode(false)) : null;
    const ghost = /** @type {Element} */ (one.cloneNode(true));
    const whole = group ?? ghost;
    group?.append(ghost);
    svg.append(whole);
    whole.animate([{ opacity: 1 }, { opacity: 0 }], MOVE_MS).finished.then(() => whole.remove(), () => whole.remove());
  }
}
