// Ways to the evidence: the operations that refute the verdict, and the moment at which a property is lost.
// @ts-check

import { make, shape, words } from "../page/dom.js";
import { xAt } from "../picture/geometry.js";

/**
 * @typedef {import("../picture/geometry.js").Layout} Layout
 * @typedef {{id: number, node: string, text: string, event: number, start_ms: number, end_ms: number | null}} Evidence
 * @typedef {{event: number | null, words: string} | Record<string, never>} Violation
 * @typedef {{go(event: number): void, search(): void, say(text: string): void}} JumpActs `event` is an index of the trace
 */

const BAR = 9; // px from a node's line to the edge of the frame around an operation's bar

export class Jumps {
  /** @param {JumpActs} acts */
  constructor(acts) {
    this.acts = acts;
    this.chosen = -1; // the operation that was jumped to
    this.layer = shape("g", { class: "evidence" });
    this.element = make("div", { class: "jumps" });
    this.answer = make("p", { class: "answer", "aria-live": "polite" });
  }

  /** @param {Evidence[]} evidence @param {boolean} searched whether a violation can be searched for @param {Violation} violation @param {Layout} layout */
  show(evidence, searched, violation, layout) {
    this.layout = layout;
    this.evidence = evidence;
    if (!evidence.some((op) => op.id === this.chosen)) this.chosen = -1;
    const links = evidence.map((op) => this.link(op));
    const search = make("button", { type: "button", class: "search", onclick: () => this.acts.search() }, "to the first violation");
    const told = violation.words ?? "";
    if (told !== this.answer.textContent) this.answer.textContent = told;
    this.element.replaceChildren(
      ...(links.length ? [make("span", { class: "hint" }, "refuted by:"), ...links] : []),
      ...(searched ? [search] : []), this.answer);
    this.draw();
  }

  /** @param {Evidence} op */
  link(op) {
    const link = make("button", { type: "button", class: "link", "aria-pressed": String(op.id === this.chosen),
      "data-operation": op.id, onclick: () => this.jump(op) }, op.text);
    for (const event of ["pointerenter", "focus"]) link.addEventListener(event, () => this.draw(op.id));
    for (const event of ["pointerleave", "blur"]) link.addEventListener(event, () => this.draw());
    return link;
  }

  /** @param {Evidence} op */
  jump(op) {
    this.chosen = op.id;
    for (const link of this.element.querySelectorAll("[data-operation]")) {
      link.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (link).dataset.operation === String(op.id)));
    }
    this.acts.go(op.event);
    this.draw();
    const end = op.end_ms === null ? "not over at the end" : `to ${words(op.end_ms)}`;
    this.acts.say(`${op.text}: from ${words(op.start_ms)} ${end}. The cursor stands at its beginning.`);
  }

  /** Frame the bars of the evidence, the one that is pointed at or was jumped to most of all. @param {number} pointed */
  draw(pointed = this.chosen) {
    const layout = this.layout;
    const frames = (this.evidence ?? []).flatMap((op) => {
      const lane = layout?.lanes.find((one) => one.node === op.node);
      if (!layout?.scale || !lane) return [];
      const left = Math.max(layout.left - 8, xAt(layout, op.start_ms) - 5);
      const right = Math.min(layout.right + 8, op.end_ms === null ? layout.right + 8 : xAt(layout, op.end_ms) + 5);
      if (right < layout.left || left > layout.right) return [];
      const kind = op.id === pointed ? "frame chosen" : "frame";
      return [shape("rect", { x: left, y: lane.y - BAR, width: Math.max(8, right - left), height: 2 * BAR, rx: 4, class: kind })];
    });
    this.layer.replaceChildren(...frames);
  }
}
