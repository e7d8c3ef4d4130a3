// The times of gestures in the picture: edges of pauses, cuts and partitions, and moments of crashes, which can be
// dragged or moved by keys. A moved edge changes its gesture; it adds none.
// @ts-check

import { shape, words } from "../page/dom.js";
import { SLIP, follow } from "./dragging.js";
import { keepFinger } from "./finger.js";
import { timeUnder } from "../picture/geometry.js";

/**
 * @typedef {import("../picture/geometry.js").Layout} Layout
 * @typedef {{touch: number, number: string, ms: number, nodes: string[], text: string, word: string}} Edge
 * @typedef {{move(edge: Edge, ms: number): void, open(edge: Edge, x: number, y: number): void, say(text: string): void}} EdgeActs
 * @typedef {{layout: Layout, overlay: Element, at(event: MouseEvent): {x: number, y: number}}} EdgePaper
 */

const REACH = 15; // px above and below a node's line

/** @param {Edge} edge */
export const edgeKey = (edge) => `edge ${edge.touch} ${edge.number}`;

/** Where an edge stands in the picture; null if it is outside. @param {Layout} layout @param {Edge} edge
 * @returns {{x: number, top: number, bottom: number} | null} */
export function placeOf(layout, edge) {
  const x = layout.left + (edge.ms - layout.low) * layout.scale;
  const lanes = layout.lanes.filter((lane) => !edge.nodes.length || edge.nodes.includes(lane.node)).map((lane) => lane.y);
  if (!layout.scale || x < layout.left - 1 || x > layout.right + 1 || !lanes.length) return null;
  return { x, top: Math.min(...lanes) - REACH, bottom: Math.max(...lanes) + REACH };
}

/** An edge in words. @param {Edge} edge */
export const describeEdge = (edge) => `${edge.text}: its ${edge.word}`;

/** Lay the edges over the picture. @param {EdgePaper} paper @param {Edge[]} edges @param {EdgeActs} acts */
export function showEdges(paper, edges, acts) {
  for (const edge of edges) {
    const place = placeOf(paper.layout, edge);
    if (place) paper.overlay.append(edgeShape(paper, edge, place, acts));
  }
}

/** @param {EdgePaper} paper @param {Edge} edge @param {{x: number, top: number, bottom: number}} place @param {EdgeActs} acts */
function edgeShape(paper, edge, { x, top, bottom }, acts) {
  const group = shape("g", { class: "edge", tabindex: -1, role: "slider", "aria-label": describeEdge(edge),
    "aria-valuenow": edge.ms, "aria-valuetext": words(edge.ms), "aria-orientation": "horizontal", "data-key": edgeKey(edge) });
  group.append(shape("line", { x1: x, x2: x, y1: top, y2: bottom, class: "reach" }),
    shape("line", { x1: x, x2: x, y1: top, y2: bottom, class: "rim" }),
    shape("rect", { x: x - 3, y: top - 3, width: 6, height: 12, rx: 2, class: "grip" }));
  const say = () => acts.say(`${describeEdge(edge)}, ${words(edge.ms)}. Drag it, or move it with ← and →`);
  group.addEventListener("focus", say);
  group.addEventListener("pointerenter", say);
  keepFinger(group);
  group.addEventListener("pointerdown", (event) => dragEdge(paper, edge, x, group, /** @type {PointerEvent} */ (event), acts));
  return group;
}

/** @param {EdgePaper} paper @param {Edge} edge @param {number} from px @param {SVGElement} group
 * @param {PointerEvent} down @param {EdgeActs} acts */
function dragEdge(paper, edge, from, group, down, acts) {
  const first = paper.at(down);
  let ms = edge.ms;
  let moved = false;
  group.focus();
  follow(down, group, {
    move: (event) => {
      const x = from + paper.at(event).x - first.x;
      moved ||= Math.abs(x - from) > SLIP;
      if (!moved) return;
      ms = timeUnder(paper.layout, x);
      group.setAttribute("transform", `translate(${Math.max(x, paper.layout.left) - from} 0)`);
      acts.say(`${describeEdge(edge)} at ${words(ms)}`);
    },
    end: () => (moved ? acts.move(edge, ms) : acts.open(edge, from, first.y)),
    cancel: () => { group.removeAttribute("transform"); acts.say(`${describeEdge(edge)} is put back`); },
  });
}
