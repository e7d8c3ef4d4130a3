// Where things stand in a picture, and what may have led to what: pure functions, tested under node.
// @ts-check

import { words } from "../page/dom.js";

/**
 * @typedef {{id: number, line: number[], from: string, to: string, name: string, text: string, sent: number,
 *   end: number | null, sent_ms: number, end_ms: number | null, lost: string | null, copy: boolean}} Arrow
 * @typedef {{node: string, y: number, operations: {text: string, arguments: unknown[]}[]}} Lane
 * @typedef {{width: number, height: number, left: number, right: number, top: number, bottom: number, low: number,
 *   high: number, scale: number, lanes: Lane[], arrows: Arrow[], causes: number[][], folded: string[], hidden: string[],
 *   canvas: boolean}} Layout
 */

/** The time at a point of the picture, not before the picture begins. @param {Layout} layout @param {number} x */
export function timeAt(layout, x) {
  const ms = layout.low + (Math.min(x, layout.right) - layout.left) / layout.scale;
  return Math.max(layout.low, Math.round(ms * 10) / 10);
}

/** The time at a point of the picture or beyond its end, to 0.1 ms, not before the run. @param {Layout} layout @param {number} x */
export function timeUnder(layout, x) {
  return Math.max(0, Math.round((layout.low + (x - layout.left) / layout.scale) * 10) / 10);
}

/** Where a time stands in the picture, in px; outside of it for a time that it does not show. @param {Layout} layout @param {number} ms */
export function xAt(layout, ms) {
  return layout.left + (ms - layout.low) * layout.scale;
}

/** The distance of a point from a line. @param {number[]} line @param {number} x @param {number} y */
export function distance([x1, y1, x2, y2], x, y) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const share = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x1 - share * dx, y - y1 - share * dy);
}

/**
 * The messages within `reach` px of a point: first those whose heads are, then those whose lines are, the nearest first.
 * @param {Arrow[]} arrows @param {{x: number, y: number}} point @param {number} reach @returns {Arrow[]}
 */
export function messagesAt(arrows, { x, y }, reach) {
  return arrows
    .map((arrow) => {
      const [, , x2, y2] = arrow.line;
      const head = arrow.end === null ? Infinity : Math.hypot(x - x2, y - y2);
      return { arrow, head: head <= reach ? head : Infinity, line: distance(arrow.line, x, y) };
    })
    .filter(({ line }) => line <= reach)
    .sort((a, b) => (a.head === b.head ? a.line - b.line : a.head - b.head))
    .map(({ arrow }) => arrow);
}

/** The message whose head is nearest to a point; of those whose heads are in one place, the one whose line is nearest.
 * @param {Arrow[]} arrows one at least @param {{x: number, y: number}} point */
export function nearestHead(arrows, { x, y }) {
  const far = (/** @type {Arrow} */ { line }) => Math.hypot(x - line[2], y - line[3]);
  const off = (/** @type {Arrow} */ { line }) => distance(line, x, y);
  return arrows.reduce((best, arrow) => ((far(arrow) - far(best) || off(arrow) - off(best)) < 0 ? arrow : best));
}

/**
 * The causal past and future of a message: of its sending and of its delivery; what is never delivered has no future.
 * @param {Layout} layout @param {Arrow} arrow @returns {{past: Set<number>, future: Set<number>}}
 */
export function reach(layout, arrow) {
  const past = new Set([arrow.sent]);
  const todo = [arrow.sent];
  for (let event = todo.pop(); event !== undefined; event = todo.pop()) {
    for (const cause of layout.causes[event]) {
      if (!past.has(cause)) {
        past.add(cause);
        todo.push(cause);
      }
    }
  }
  const future = new Set(arrow.end === null ? [] : [arrow.end]);
  layout.causes.forEach((causes, event) => {
    if (causes.some((cause) => future.has(cause))) future.add(event);
  });
  return { past, future };
}

/** How a message stands to the one that is pointed at. @param {Arrow} arrow @param {{past: Set<number>, future: Set<number>}} seen */
export function relation(arrow, seen) {
  if (arrow.end !== null && seen.past.has(arrow.end)) return "past";
  return seen.future.has(arrow.sent) ? "future" : "concurrent";
}

/** A message in words, for the status line and screen readers. @param {Arrow} arrow */
export function describe(arrow) {
  const end = arrow.end_ms === null ? "under way" : arrow.lost ? lossOf(arrow) : `arrives ${arrow.copy ? "again " : ""}at ${words(arrow.end_ms)}`;
  return `${arrow.name}: ${arrow.text}; sent at ${words(arrow.sent_ms)}, ${end}`;
}

/** The loss of a message and its reason in words. @param {Arrow} arrow */
export function lossOf(arrow) {
  if (arrow.lost === "cut") return "lost: the link is cut";
  return arrow.lost === "crashed" ? `lost: ${arrow.to} is down` : "lost";
}
