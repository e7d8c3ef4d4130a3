// One time cursor for two pictures: each follows the other.
// @ts-check

/** @typedef {{cursor: {ms: number, atEnd: boolean, toTime(ms: number, said: boolean): void, stop(): void}, acts: {shared?: (ms: number) => void}}} InTime */

/** Let each cursor go where the reader moves the other. @param {InTime} one @param {InTime} other */
export function joinCursors(one, other) {
  let busy = false; // a cursor that follows does not lead
  for (const [from, to] of [[one, other], [other, one]]) {
    const own = from.acts.shared;
    from.acts.shared = (ms) => {
      own?.(ms);
      if (busy) return;
      busy = true;
      to.cursor.stop();
      to.cursor.toTime(ms, false);
      busy = false;
    };
  }
}

/** Let both cursors stand at the end of the longer run, if each stands at the end of its own. @param {InTime[]} both */
export function alignEnds(both) {
  if (!both.every((one) => one.cursor.atEnd)) return;
  const ms = Math.max(...both.map((one) => one.cursor.ms));
  for (const one of both) if (one.cursor.ms < ms) one.cursor.toTime(ms, false);
}
