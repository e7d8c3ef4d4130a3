// One time cursor for two pictures: each follows the other.
// @ts-check

/** @typedef {{cursor: {ms: number, toTime(ms: number, said: boolean): void, stop(): void}, acts: {shared?: (ms: number) => void}}} InTime */

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
