// The heads of arrows: dragged along the receiver's line, past other messages if one likes.
// @ts-check

import { shape, words } from "../page/dom.js";
import { SLIP, follow } from "./dragging.js";
import { timeUnder } from "../picture/geometry.js";

/**
 * @typedef {import("../picture/geometry.js").Arrow} Arrow
 * @typedef {import("../picture/geometry.js").Layout} Layout
 * @typedef {{node: string, start: number, end: number | null}} Down
 * @typedef {{layout: Layout, overlay: Element, at(event: MouseEvent): {x: number, y: number},
 *   click(arrow: Arrow, event: PointerEvent): void, acts: {move(arrow: Arrow, ms: number): void, say(text: string): void, down?(): Down[]}}} HeadPaper
 */


/** The messages to the same receiver that change places with this one if it arrives at `ms`.
 * @param {Layout} layout @param {Arrow} arrow @param {number} ms @returns {Arrow[]} */
export function overtaken(layout, arrow, ms) {
  const { end_ms } = arrow;
  return layout.arrows.filter((other) => other !== arrow && other.to === arrow.to && other.end !== null &&
    other.end_ms !== null && end_ms !== null && (other.end_ms > end_ms) !== (other.end_ms > ms));
}

/** What comes of an arrival at this time, in words. @param {Layout} layout @param {Arrow} arrow @param {number} ms
 * @param {Down[]} down @returns {string} */
export function arrival(layout, arrow, ms, down) {
  if (ms < arrow.sent_ms) return `${arrow.name} cannot arrive before ${words(arrow.sent_ms)}, when it is sent`;
  const crash = down.find((one) => one.node === arrow.to && one.start <= ms && (one.end === null || ms < one.end));
  if (crash) {
    const until = crash.end === null ? "on" : `to ${words(crash.end)}`;
    return `${arrow.name} would be lost at ${words(ms)}: ${arrow.to} is down from ${words(crash.start)} ${until}`;
  }
  const passed = overtaken(layout, arrow, ms).map((other) => other.name);
  const way = ms > (arrow.end_ms ?? ms) ? "after" : "before";
  const more = passed.length > 2 ? ` and ${passed.length - 2} more` : "";
  return `${arrow.name} arrives at ${words(ms)}${passed.length ? `, ${way} ${passed.slice(0, 2).join(", ")}${more}` : ""}`;
}

/** Drag the head of an arrow; a press that does not move opens the menu.
 * @param {HeadPaper} paper @param {Arrow} arrow @param {Element} head @param {PointerEvent} down */
export function dragHead(paper, arrow, head, down) {
  const [x1, y1, x2, y2] = arrow.line;
  const ghost = shape("line", { x1, y1, x2, y2, class: "ghost" });
  const from = paper.at(down).x;
  let ms = arrow.end_ms ?? 0;
  let moved = false;
  /** @param {number} x */
  const put = (x) => {
    ghost.setAttribute("x2", String(Math.max(x1, x)));
    head.setAttribute("cx", String(Math.max(x1, x)));
  };
  const clear = () => { ghost.remove(); put(x2); };
  follow(down, head, {
    move: (event) => {
      const x = paper.at(event).x;
      moved ||= Math.abs(x - from) > SLIP;
      if (!moved) return;
      paper.overlay.append(ghost);
      ms = x < x1 ? arrow.sent_ms - (x1 - x) / paper.layout.scale : Math.max(arrow.sent_ms, timeUnder(paper.layout, x));
      put(x);
      ghost.classList.toggle("refused", ms < arrow.sent_ms);
      paper.acts.say(arrival(paper.layout, arrow, ms, paper.acts.down?.() ?? []));
    },
    end: () => {
      if (moved) ghost.remove(); // the head stays where it was put until the new picture comes
      if (!moved) paper.click(arrow, down);
      else if (ms < arrow.sent_ms) clear();
      if (moved) paper.acts.move(arrow, Math.round(ms * 10) / 10);
    },
    cancel: () => { clear(); paper.acts.say(`${arrow.name} is put back`); },
  });
}
