// Dragging the handle of a board along its track.
// @ts-check

import { shape } from "../page/dom.js";
import { SLIP, follow } from "../gestures/dragging.js";
import { pointAt, valueAt } from "./tracks.js";

/**
 * @typedef {import("./tracks.js").Track} Track
 * @typedef {import("./tracks.js").Point} Point
 * @typedef {{name: string, arguments: unknown[], track: Track, value: number, anchor: number[] | null}} Slide
 * @typedef {{at(event: MouseEvent): Point, moved(value: number): void, dropped(value: number): void,
 *   clicked(): void, cancelled(): void}} Hand what a drag asks of its board, and tells it
 */

/** Drag a handle that was pressed until it is dropped, clicked or put back.
 * @param {SVGElement} element @param {Slide} slide @param {PointerEvent} down @param {Hand} hand */
export function slideAlong(element, slide, down, hand) {
  const start = { x: Number(element.getAttribute("cx")), y: Number(element.getAttribute("cy")) };
  /** @type {Element | null} */
  let line = null;
  let value = slide.value;
  let going = false;
  element.focus();
  follow(down, element, {
    move(event) {
      if (!going && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) <= SLIP) return;
      if (!going) line = anchorLine(element, slide);
      going = true;
      value = valueAt(slide.track, hand.at(event));
      const { x, y } = pointAt(slide.track, value, start);
      for (const [name, at] of [["cx", x], ["cy", y]]) element.setAttribute(String(name), String(at));
      for (const [name, at] of [["x2", x], ["y2", y]]) line?.setAttribute(String(name), String(at));
      hand.moved(value);
    },
    end() {
      if (going) hand.dropped(value);
      else hand.clicked();
    },
    cancel: hand.cancelled,
  });
}

/** The line from its anchor to a handle that begins to be dragged. @param {SVGElement} element @param {Slide} slide */
function anchorLine(element, slide) {
  element.classList.add("dragged");
  if (!slide.anchor) return null;
  const [x1, y1] = slide.anchor;
  const line = shape("line", { x1, y1, x2: x1, y2: y1, class: "ghost" });
  element.before(line);
  return line;
}
