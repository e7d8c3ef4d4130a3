// A run on a canvas, from its columns alone: what is in view of a long run, and what moves under the hand.
// @ts-check

import { arrowAt, inView } from "./columns.js";
import { distance } from "./geometry.js";
import { ticks } from "./window.js";

/**
 * @typedef {import("./columns.js").Run} Run
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {import("./window.js").Stretch} Stretch
 * @typedef {{run: Run, layout: Layout, stretch: Stretch, folded: Set<string>, hidden: Set<string>}} Scene
 */

const INK = { paper: "#ffffff", text: "#1f2430", line: "#8a90a0", grey: "#6b7280", faint: "#e3e6ec", shade: "#f3e3c380",
  message: "#0072b2", copy: "#a8487f", lost: "#d55e00", role: "#e69f008c", down: "#b3261e", ok: "#00785a" };
const BARS = /** @type {Record<string, string[]>} */ ({ ok: [INK.ok, "#d6ece5"], fail: [INK.down, "#f7dcd9"] });
const FONT = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";
const MOST_HEADS = 1500; // messages in view; above it arrows have no heads
const MOST_WIDE = 400; // messages in view; above it lines are as thin as the screen can draw, which is many times faster
const MOST_EDGED = 300; // operations in view; above it their bars have no edges
const STUB = 14; // px: a message that is lost as it is sent

/** The horizontal position of a moment, in px of the picture. @param {Scene} scene @param {number} ms */
export function xOf({ layout, stretch }, ms) {
  const share = (Math.min(Math.max(ms, stretch.start), stretch.end) - stretch.start) / (stretch.end - stretch.start);
  return layout.left + share * (layout.right - layout.left);
}

/** The vertical positions of the nodes' lines, by position in the run's nodes; undefined for a folded one. @param {Scene} scene */
function lanesOf({ run, layout }) {
  const at = new Map(layout.lanes.map((lane) => [lane.node, lane.y]));
  return run.nodes.map((name) => at.get(name));
}

/** The two ends of a message, cut off at the edges of what is in view; null if a node of it has no line.
 * @param {Scene} scene @param {number} at @param {(number | undefined)[]} lanes @returns {number[] | null} */
function lineOf(scene, at, lanes) {
  const { run, stretch, layout } = scene;
  const [y1, y2] = [lanes[run.from[at]], lanes[run.to[at]]];
  if (y1 === undefined || y2 === undefined) return null;
  const [sent, end] = [run.sent_ms[at], run.end_ms[at]];
  const x1 = xOf(scene, sent);
  if (!Number.isFinite(end)) return [x1, y1, layout.right, y1 + (y2 - y1) * 0.8];
  if (run.lost[at] && end === sent) return [x1, y1, x1 + STUB, y1 + Math.sign(y2 - y1) * Math.min(26, Math.abs(y2 - y1) / 2)];
  const whole = end - sent || 1;
  const [begin, beyond] = [Math.max(0, stretch.start - sent) / whole, Math.max(0, end - stretch.end) / whole];
  return [x1, y1 + (y2 - y1) * begin, xOf(scene, end), y2 - (y2 - y1) * beyond];
}

export class RunCanvas {
  constructor() {
    this.element = /** @type {HTMLCanvasElement} */ (document.createElement("canvas"));
    this.element.className = "canvas";
    this.element.hidden = true;
    /** @type {{at: number, line: number[]}[]} */ this.drawn = [];
  }

  /** Draw what is in view. @param {Scene} scene */
  draw(scene) {
    const { layout } = scene;
    const pen = this.pen(layout);
    if (!pen) return;
    pen.fillStyle = INK.paper;
    pen.fillRect(0, 0, layout.width, layout.height);
    drawGround(pen, scene);
    drawOperations(pen, scene);
    const lanes = lanesOf(scene);
    this.drawn = inView(scene.run, scene.stretch, scene.folded, scene.hidden)
      .map((at) => ({ at, line: lineOf(scene, at, lanes) ?? [] })).filter((entry) => entry.line.length);
    drawMessages(pen, scene, this.drawn);
  }

  /** The pen for a picture of this size, sharp on every screen. @param {Layout} layout */
  pen(layout) {
    const box = this.element.parentElement?.getBoundingClientRect();
    const pen = this.element.getContext("2d");
    if (!box?.width || !pen) return null;
    const sharp = (box.width / layout.width) * (window.devicePixelRatio || 1);
    const [width, height] = [Math.round(layout.width * sharp), Math.round(layout.height * sharp)];
    if (this.element.width !== width) this.element.width = width;
    if (this.element.height !== height) this.element.height = height;
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    return pen;
  }

  /** The messages drawn that may be under way at a time. @param {Run} run @param {number} ms */
  underWay(run, ms) {
    return this.drawn.filter(({ at }) => run.sent_ms[at] <= ms && ms <= run.end_ms[at])
      .map(({ at, line }) => arrowAt(run, at, line));
  }

  /** The message drawn nearest to a point, and its line; null if none is within ``most`` px.
   * @param {{x: number, y: number}} point @param {number} most */
  nearest({ x, y }, most = 8) {
    let [best, found] = [most, /** @type {{at: number, line: number[]} | null} */ (null)];
    for (const entry of this.drawn) {
      const far = distance(entry.line, x, y);
      if (far < best) [best, found] = [far, entry];
    }
    return found;
  }
}

/** Axis, bands, the nodes' lines and their spells. @param {CanvasRenderingContext2D} pen @param {Scene} scene */
function drawGround(pen, scene) {
  const { run, layout, stretch } = scene;
  const { left, right, top, bottom } = layout;
  for (const [text, start, end] of run.bands.filter((band) => lasts(band[1], band[2], stretch))) {
    const [x1, x2] = [xOf(scene, start), end === null ? right : xOf(scene, end)];
    rect(pen, x1, top - 6, x2 - x1, bottom - top + 6, INK.shade);
    write(pen, text, Math.max(x1 + 4, left), top, INK.text);
  }
  for (const ms of ticks(stretch.start, stretch.end)) {
    const x = xOf(scene, ms);
    stroke(pen, INK.faint, 1, [], [[x, top, x, bottom]]);
    write(pen, String(ms), x, bottom + 14, INK.grey, "center");
  }
  write(pen, "ms", left - 20, bottom + 14, INK.grey, "right");
  for (const lane of layout.lanes) {
    write(pen, lane.node, left - 20, lane.y + 4, INK.text, "right", "bold 12px");
    stroke(pen, INK.line, 1.4, [], [[left - 12, lane.y, right + 8, lane.y]]);
  }
  for (const [node, kind, start, end] of run.spells.filter((spell) => lasts(spell[2], spell[3], stretch))) {
    const lane = layout.lanes.find((one) => one.node === node);
    if (lane) drawSpell(pen, kind, xOf(scene, start), end === null ? right : xOf(scene, end), lane.y);
  }
}

/** @param {CanvasRenderingContext2D} pen @param {string} kind @param {number} x1 @param {number} x2 @param {number} y */
function drawSpell(pen, kind, x1, x2, y) {
  if (kind === "down") {
    stroke(pen, INK.paper, 4, [], [[x1, y, x2, y]]);
    stroke(pen, INK.down, 1.5, [1.5, 5], [[x1, y, x2, y]]);
    stroke(pen, INK.down, 2, [], [[x1 - 4, y - 4, x1 + 4, y + 4], [x1 - 4, y + 4, x1 + 4, y - 4]]);
  } else if (kind === "paused") {
    rect(pen, x1, y - 5, x2 - x1, 10, INK.faint);
  } else {
    rect(pen, x1, y - 3.5, x2 - x1, 7, INK.role);
  }
  if (x2 - x1 > 40) write(pen, kind, (x1 + x2) / 2, y - 7, INK.grey, "center");
}

/** @param {CanvasRenderingContext2D} pen @param {Scene} scene */
function drawOperations(pen, scene) {
  const at = new Map(scene.layout.lanes.map((lane) => [lane.node, lane.y]));
  const inside = scene.run.operations.filter((op) => at.has(op[0]) && lasts(op[1], op[2], scene.stretch));
  const many = inside.length > MOST_EDGED;
  for (const [client, start, end, status, , refutes] of inside) {
    const y = at.get(client) ?? 0;
    const [x1, x2] = [xOf(scene, start), end === null ? scene.layout.right : xOf(scene, end)];
    const [edge, fill] = BARS[status] ?? [INK.grey, "#eceef2"];
    rect(pen, x1, y - 7, Math.max(x2 - x1, 3), 14, fill, refutes ? INK.down : many ? "" : edge, refutes ? 2.6 : 1);
  }
}

/** Messages by kind: a path each, and heads where there is room. @param {CanvasRenderingContext2D} pen @param {Scene} scene
 * @param {{at: number, line: number[]}[]} drawn */
function drawMessages(pen, scene, drawn) {
  pen.globalAlpha = drawn.length > 4000 ? 0.35 : drawn.length > MOST_HEADS ? 0.6 : 1;
  const kinds = { open: [INK.message, [5, 3]], message: [INK.message, []], copy: [INK.copy, [6, 2]], lost: [INK.lost, [5, 3]] };
  for (const [kind, [colour, dash]] of /** @type {[string, [string, number[]]][]} */ (Object.entries(kinds))) {
    const lines = drawn.filter(({ at }) => kindOf(scene, at) === kind).map((entry) => entry.line);
    const width = drawn.length > MOST_WIDE ? 1 / pen.getTransform().a : 1.2;
    stroke(pen, colour, width, drawn.length > MOST_HEADS ? [] : dash, distinct(lines));
    if (drawn.length > MOST_HEADS || kind === "open") continue;
    pen.fillStyle = colour;
    lines.forEach((line) => (kind === "lost" ? cross(pen, colour, line) : head(pen, line)));
  }
  pen.globalAlpha = 1;
}

/** The look of a message; one that ends after what is in view is open. @param {Scene} scene @param {number} at */
function kindOf({ run, stretch }, at) {
  if (run.end_ms[at] > stretch.end) return "open";
  return run.lost[at] ? "lost" : run.copy[at] ? "copy" : "message";
}

/** The lines without those that would cover another of them, to half a px. @param {number[][]} lines */
function distinct(lines) {
  const known = new Map(lines.map((line) => [line.reduce((key, part) => key * 4096 + Math.round(part * 2), 0), line]));
  return [...known.values()];
}

/** @param {CanvasRenderingContext2D} pen @param {number[]} line */
function head(pen, [x1, y1, x2, y2]) {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  pen.beginPath();
  pen.moveTo(x2, y2);
  for (const side of [-0.42, 0.42]) pen.lineTo(x2 - 8 * Math.cos(angle + side), y2 - 8 * Math.sin(angle + side));
  pen.fill();
}

/** @param {CanvasRenderingContext2D} pen @param {string} colour @param {number[]} line */
function cross(pen, colour, [, , x, y]) {
  stroke(pen, colour, 2, [], [[x - 4, y - 4, x + 4, y + 4], [x - 4, y + 4, x + 4, y - 4]]);
}

/** @param {CanvasRenderingContext2D} pen @param {string} colour @param {number} width @param {number[]} dash @param {number[][]} lines */
function stroke(pen, colour, width, dash, lines) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.beginPath();
  for (const [x1, y1, x2, y2] of lines) {
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
  }
  pen.stroke();
}

/** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number} wide @param {number} high
 * @param {string} fill @param {string} edge @param {number} width */
function rect(pen, x, y, wide, high, fill, edge = "", width = 1) {
  pen.fillStyle = fill;
  pen.fillRect(x, y, wide, high);
  if (!edge) return;
  pen.setLineDash([]);
  pen.strokeStyle = edge;
  pen.lineWidth = width;
  pen.strokeRect(x, y, wide, high);
}

/** @param {CanvasRenderingContext2D} pen @param {string} text @param {number} x @param {number} y @param {string} fill
 * @param {CanvasTextAlign} align @param {string} font */
function write(pen, text, x, y, fill, align = "left", font = "10px") {
  pen.font = `${font} ${FONT}`;
  pen.textAlign = align;
  pen.fillStyle = fill;
  pen.fillText(text, x, y);
}

/** @param {number} start @param {number | null} end @param {Stretch} stretch */
const lasts = (start, end, stretch) => start <= stretch.end && (end === null || end >= stretch.start);
