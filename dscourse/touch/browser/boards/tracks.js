// The scales along which handles are dragged: pure functions, tested under node.
// @ts-check

/**
 * @typedef {{axis: "x" | "y" | "circle", zero: number, scale: number, low: number, high: number, unit: string,
 *   step: number, middle: number}} Track
 * @typedef {{x: number, y: number}} Point
 */

/** The value at a point of the picture, within the track, in whole tenths. @param {Track} track @param {Point} point */
export function valueAt(track, point) {
  if (track.axis === "circle") {
    const turn = Math.atan2(point.x - track.zero, track.middle - point.y) / (2 * Math.PI);
    return tenths(track.low + ((turn + 1) % 1) * (track.high - track.low));
  }
  const along = track.axis === "x" ? point.x : point.y;
  return within(track, tenths(track.low + (along - track.zero) / track.scale));
}

/** The point of the track at a value; what the track does not say is taken from `near`.
 * @param {Track} track @param {number} value @param {Point} near @returns {Point} */
export function pointAt(track, value, near) {
  if (track.axis === "circle") {
    const angle = (2 * Math.PI * (value - track.low)) / (track.high - track.low);
    return { x: track.zero + track.scale * Math.sin(angle), y: track.middle - track.scale * Math.cos(angle) };
  }
  const along = track.zero + (value - track.low) * track.scale;
  return track.axis === "x" ? { x: along, y: near.y } : { x: near.x, y: along };
}

/** The value some steps further; a circle goes on at its beginning. @param {Track} track @param {number} value @param {number} steps */
export function stepped(track, value, steps) {
  const next = tenths(value + steps * track.step);
  const length = track.high - track.low;
  return track.axis === "circle" ? tenths(track.low + ((next - track.low + length) % length)) : within(track, next);
}

/** The steps along a track that an arrow key goes: to the right and up is more; 0 for another key.
 * @param {{key: string, shiftKey: boolean}} event */
export const stepsOf = (event) => (WAYS[event.key] ?? 0) * (event.shiftKey ? 10 : 1);

/** @type {Record<string, number>} */
const WAYS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };

/** @param {Track} track @param {number} value */
const within = (track, value) => Math.min(track.high, Math.max(track.low, value));

/** @param {number} value */
const tenths = (value) => Math.round(value * 10) / 10;
