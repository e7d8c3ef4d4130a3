// A whole run, read from the compact columns that Python sends.
// @ts-check

/**
 * @typedef {import("./geometry.js").Arrow} Arrow
 * @typedef {import("./window.js").Stretch} Stretch
 * @typedef {[string, number, number | null, string, string, boolean]} Operation client, from, to, outcome, words, refutes
 * @typedef {[string, string, number, number | null]} Spell node, kind, from, to
 * @typedef {[string, number, number | null]} Band words, from, to
 * @typedef {{count: number, sent_ms: Float64Array, end_ms: Float64Array, from: Int32Array, to: Int32Array,
 *   type: Int32Array, nth: Int32Array, id: Int32Array, sent: Int32Array, end: Int32Array, text: Int32Array,
 *   lost: Int32Array, copy: Int32Array, nodes: string[], types: {name: string, count: number}[], texts: string[],
 *   reasons: string[], operations: Operation[], spells: Spell[], bands: Band[], limits: Stretch, causes: number[][]}} Run
 */

/** The run of Python's ``run_data``. @param {any} data @returns {Run} */
export function readRun(data) {
  const columns = /** @type {Record<string, Float64Array | Int32Array>} */ ({});
  for (const [name, bytes] of Object.entries(data.messages)) {
    columns[name] = name.endsWith("_ms") ? new Float64Array(copied(bytes)) : new Int32Array(copied(bytes));
  }
  const { nodes, types, texts, reasons, operations, spells, bands, low, high } = JSON.parse(data.text);
  const run = { ...columns, count: columns.id.length, nodes, types, texts, reasons, operations, spells, bands,
    limits: { start: low, end: high }, causes: pairs(new Int32Array(copied(data.causes))) };
  return /** @type {any} */ (run);
}

/** The bytes in memory of their own, aligned for any array. @param {DataView} view */
const copied = (view) => view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);

/** @param {Int32Array} flat */
function pairs(flat) {
  const causes = [];
  for (let at = 0; at < flat.length; at += 2) {
    causes.push(flat[at] < 0 ? [] : flat[at + 1] < 0 ? [flat[at]] : [flat[at], flat[at + 1]]);
  }
  return causes;
}

/** The positions of the messages in view, in the order of sending.
 * @param {Run} run @param {Stretch} stretch @param {Set<string>} folded @param {Set<string>} hidden @returns {number[]} */
export function inView(run, stretch, folded, hidden) {
  const away = run.nodes.map((name) => folded.has(name));
  const left = run.types.map((type) => hidden.has(type.name));
  const found = [];
  for (let at = 0; at < run.count && run.sent_ms[at] <= stretch.end; at += 1) {
    if (run.end_ms[at] >= stretch.start && !left[run.type[at]] && !away[run.from[at]] && !away[run.to[at]]) found.push(at);
  }
  return found;
}

/** The name of a message in words. @param {Run} run @param {number} at */
export function nameOf(run, at) {
  return `${run.nodes[run.from[at]]}'s ${ordinal(run.nth[at])} ${run.types[run.type[at]].name} to ${run.nodes[run.to[at]]}`;
}

/** @param {number} number */
export function ordinal(number) {
  const teen = number % 100 >= 11 && number % 100 <= 13;
  return `${number}${teen ? "th" : ["th", "st", "nd", "rd"][number % 10] ?? "th"}`;
}

/** A message as the layout of a picture has it. @param {Run} run @param {number} at @param {number[]} line @returns {Arrow} */
export function arrowAt(run, at, line) {
  const end = run.end[at];
  return { id: run.id[at], line, from: run.nodes[run.from[at]], to: run.nodes[run.to[at]], name: nameOf(run, at),
    text: run.texts[run.text[at]], sent: run.sent[at], end: end < 0 ? null : end, sent_ms: run.sent_ms[at],
    end_ms: Number.isFinite(run.end_ms[at]) ? run.end_ms[at] : null, lost: run.reasons[run.lost[at]] || null,
    copy: Boolean(run.copy[at]) };
}
