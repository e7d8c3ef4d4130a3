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
 * @typedef {{layout: Layout, element: Element, overlay: Element, at(event: MouseEvent): {x: number, y: number}}} EdgePaper
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 */

const REACH = 15; // px above and below a node's line
const GRIP = { width: 6, height: 12 }; // px

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

/** Where the grip of an edge begins: at its upper end, or below it where it covers no words. @param {number} x
 * @param {{top: number, bottom: number}} place @param {Box[]} words @returns {number} */
export function gripAt(x, { top, bottom }, words) {
  const near = words.filter((box) => box.x < x + GRIP.width / 2 && x - GRIP.width / 2 < box.x + box.width);
  const covers = (/** @type {number} */ y) => near.some((box) => box.y < y + GRIP.height && y < box.y + box.height);
  for (let y = top - 3; y <= bottom - GRIP.height; y += 1) if (!covers(y)) return y;
  return top - 3;
}

/** The line of an edge as path data, interrupted where there are words. @param {number} x
 * @param {{top: number, bottom: number}} place @param {Box[]} words */
export function rimOf(x, { top, bottom }, words) {
  const gaps = words.filter((box) => box.x <= x && x <= box.x + box.width).sort((a, b) => a.y - b.y);
  let [path, y] = ["", top];
  for (const gap of gaps) {
    if (gap.y > y) path += `M${x} ${y}V${Math.min(gap.y, bottom)}`;
    y = Math.max(y, gap.y + gap.height);
  }
  return y < bottom ? `${path}M${x} ${y}V${bottom}` : path;
}

/** Where the words of the picture stand, in its px. @param {Element} element @returns {Box[]} */
function wordsIn(element) {
  return [.../** @type {NodeListOf<SVGTextElement>} */ (element.querySelectorAll("svg:not(.overlay) text"))].map((text) => text.getBBox());
}

/** An edge in words. @param {Edge} edge */
export const describeEdge = (edge) => `${edge.text}: its ${edge.word}`;

/** Lay the edges over the picture. @param {EdgePaper} paper @param {Edge[]} edges @param {EdgeActs} acts */
export function showEdges(paper, edges, acts) {
  const words = edges.length ? wordsIn(paper.element) : [];
  for (const edge of edges) {
    const place = placeOf(paper.layout, edge);
    if (place) paper.overlay.append(edgeShape(paper, edge, place, words, acts));
  }
}

/** @param {EdgePaper} paper @param {Edge} edge @param {{x: number, top: number, bottom: number}} place @param {Box[]} boxes
 * of the words in the picture @param {EdgeActs} acts */
function edgeShape(paper, edge, place, boxes, acts) {
  const { x, top, bottom } = place;
  const group = shape("g", { class: "edge", tabindex: -1, role: "slider", "aria-label": describeEdge(edge),
    "aria-valuenow": edge.ms, "aria-valuetext": words(edge.ms), "aria-orientation": "horizontal", "data-key": edgeKey(edge) });
  group.append(shape("line", { x1: x, x2: x, y1: top, y2: bottom, class: "reach" }),
    shape("path", { d: rimOf(x, place, boxes), class: "rim" }),
    shape("rect", { x: x - GRIP.width / 2, y: gripAt(x, place, boxes), ...GRIP, rx: 2, class: "grip" }));
  const say = () => acts.say(`${describeEdge(edge)}, ${words(edge.ms)}. Drag it, or move it with ← and →`);
  group.addEventListener("focus", say);
  group.addEventListener("pointerenter", say);
  group.addEventListener("contextmenu", (event) => acts.open(edge, x, paper.at(/** @type {MouseEvent} */ (event)).y));
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
