// The stretch of time in view: zooming and panning as pure functions, tested under node.
// @ts-check

/** @typedef {{start: number, end: number}} Stretch in ms of virtual time */

export const NARROWEST_MS = 0.2;

/** The stretch moved, and narrowed if need be, into its limits. @param {Stretch} stretch @param {Stretch} limits @returns {Stretch} */
export function within(stretch, limits) {
  const room = Math.max(limits.end - limits.start, NARROWEST_MS);
  const width = Math.min(Math.max(stretch.end - stretch.start, NARROWEST_MS), room);
  const start = Math.min(Math.max(stretch.start, limits.start), limits.start + room - width);
  return { start, end: start + width };
}

/** The stretch ``factor`` times as wide; ``at`` (ms) stays where it is in the picture.
 * @param {Stretch} stretch @param {number} factor @param {number} at @param {Stretch} limits */
export function zoomed(stretch, factor, at, limits) {
  const width = (stretch.end - stretch.start) * factor;
  const share = (at - stretch.start) / (stretch.end - stretch.start);
  const wide = Math.max(width, NARROWEST_MS);
  return within({ start: at - share * wide, end: at + (1 - share) * wide }, limits);
}

/** The stretch, later by this time. @param {Stretch} stretch @param {number} ms @param {Stretch} limits */
export function panned(stretch, ms, limits) {
  return within({ start: stretch.start + ms, end: stretch.end + ms }, limits);
}

/** A stretch of the same width around a moment. @param {Stretch} stretch @param {number} ms @param {Stretch} limits */
export function around(stretch, ms, limits) {
  return panned(stretch, ms - (stretch.start + stretch.end) / 2, limits);
}

/** Whether the stretch is all that there is. @param {Stretch} stretch @param {Stretch} limits */
export function isWhole(stretch, limits) {
  return stretch.start <= limits.start && stretch.end >= limits.end;
}

/** Round numbers from ``low`` to ``high``, at most ``most`` of them, 1, 2 or 5 times a power of ten apart.
 * @param {number} low @param {number} high @param {number} most @returns {number[]} */
export function ticks(low, high, most = 9) {
  const span = Math.max(high - low, 1e-9);
  const power = 10 ** Math.floor(Math.log10(span / most));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= span / most) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor((high - first * step) / step + 1e-9);
  return Array.from({ length: Math.max(0, count + 1) }, (_, i) => Math.round((first + i) * step * 1e9) / 1e9);
}
