// The menu that opens beside what was clicked: things to do, and the times and choices that they need.
// @ts-check

import { make } from "./dom.js";
import { letGo, takeHold } from "./held.js";

const WIDTH = 250; // px, as in the style sheet
const FOCUSABLE = "button, input, select";
const TWICE_MS = 500; // a second click so soon after the menu has opened is the other half of a double click

export class Menu {
  /** @param {() => void} closed called when the menu closes, to give the focus back */
  constructor(closed) {
    this.closed = closed;
    this.element = make("div", { class: "menu", role: "dialog", tabindex: -1, hidden: true });
    this.opened = 0; // when, in ms
    this.pressed = false; // a pointer was pressed on the menu since it opened
    this.element.addEventListener("pointerdown", () => { this.pressed = true; }, true);
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("click", (event) => this.click(event), true);
    this.outside = (/** @type {Event} */ event) => {
      if (!event.composedPath().includes(this.element)) this.close();
    };
  }

  /** Open the menu at a point, given in shares of the picture's width and height.
   * @param {number} x @param {number} y @param {string} title @param {HTMLElement[]} items */
  open(x, y, title, items) {
    if (this.element.hidden) {
      this.opened = performance.now();
      this.pressed = false;
      takeHold(this.element);
    }
    const close = make("button", { type: "button", class: "close", "aria-label": "close", onclick: () => this.close() }, "×");
    this.element.setAttribute("aria-label", title);
    this.element.replaceChildren(make("strong", {}, title), close, make("div", { class: "items", role: "menu" }, ...items));
    this.element.hidden = false;
    this.place(x, y);
    /** @type {HTMLElement | null} */ (this.element.querySelector("[role=menuitem]:not(.back), input"))?.focus();
    document.addEventListener("pointerdown", this.outside, true);
  }

  /** Put the menu at a point of the picture, but within the widget. @param {number} x @param {number} y */
  place(x, y) {
    const paper = /** @type {HTMLElement} */ (this.element.offsetParent ?? this.element.parentElement);
    const widget = paper.parentElement ?? paper;
    const { top: origin } = paper.getBoundingClientRect();
    const { top: first, bottom: last } = visible(widget);
    const lowest = last - origin - this.element.offsetHeight - 8;
    const top = Math.max(first - origin + 4, Math.min(y * paper.clientHeight, lowest));
    const aside = top < y * paper.clientHeight ? 12 : 0; // beside what was clicked, not on it
    this.element.style.left = `max(0px, min(calc(${x * 100}% + ${aside}px), calc(100% - ${WIDTH}px)))`;
    this.element.style.top = `${top}px`;
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.element.replaceChildren();
    document.removeEventListener("pointerdown", this.outside, true);
    this.closed();
    window.setTimeout(() => letGo(this.element)); // after a press outside of the menu has taken hold
  }

  /** The menu opens under a finger that is still to click, or between the halves of a double click: neither is meant for it.
   * A click by a key has no detail. @param {MouseEvent} event */
  click(event) {
    const twice = event.detail > 1 && performance.now() - this.opened <= TWICE_MS;
    if (!event.detail || (this.pressed && !twice)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Arrow keys go from item to item, Tab stays within, Escape closes; no key is for the picture. @param {KeyboardEvent} event */
  key(event) {
    event.stopPropagation();
    const all = /** @type {HTMLElement[]} */ ([...this.element.querySelectorAll(FOCUSABLE)]);
    const target = /** @type {HTMLElement} */ (event.target);
    const [at, last] = [all.indexOf(target), all.length - 1];
    const typing = target.matches("select, input:not([type=checkbox])");
    /** @type {Record<string, number>} */
    const targets = { Tab: at + (event.shiftKey ? -1 : 1), ...(typing ? {} : { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last }) };
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && target.matches("input")) this.enter(target);
    else if (event.key in targets) all[(targets[event.key] + all.length) % all.length].focus();
    else return;
    event.preventDefault();
  }

  /** Enter in a field goes on to the first thing to do after it. @param {HTMLElement} field */
  enter(field) {
    const items = /** @type {HTMLElement[]} */ ([...this.element.querySelectorAll("[role=menuitem]")]);
    items.find((one) => field.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)?.focus();
  }
}

/** The part of an element that can be seen, between the edges of all that scrolls around it, in px of the window.
 * @param {Element} element @returns {{top: number, bottom: number}} */
function visible(element) {
  const box = element.getBoundingClientRect();
  let [top, bottom] = [Math.max(0, box.top), Math.min(window.innerHeight, box.bottom)];
  for (let one = element.parentElement; one && one !== document.body; one = one.parentElement) {
    if (getComputedStyle(one).overflowY === "visible") continue;
    const edges = one.getBoundingClientRect();
    [top, bottom] = [Math.max(top, edges.top), Math.min(bottom, edges.bottom)];
  }
  return { top, bottom };
}

/** One thing that can be done. @param {string} text @param {() => void} act @param {string} kind a class */
export function item(text, act, kind = "") {
  return make("button", { type: "button", role: "menuitem", class: kind, onclick: act }, text);
}

/** A line of text between items. @param {string} text */
export const note = (text) => make("p", { class: "note" }, text);

/** A field for a number, with its label; what is read from an empty field is null, which Python refuses in words.
 * @param {string} label @param {number} value @returns {{row: HTMLElement, read: () => number}} */
export function field(label, value) {
  const input = /** @type {HTMLInputElement} */ (
    make("input", { type: "number", step: "any", value: Math.round(value * 10) / 10, "aria-label": label }));
  const read = () => /** @type {number} */ (input.value.trim() === "" ? null : Number(input.value));
  return { row: make("label", {}, `${label} `, input), read };
}

/** A field for a plain value: a number, true, false, nothing, or a text. @param {string} label @param {unknown} value
 * @param {unknown[]} known values that are offered @returns {{row: HTMLElement, read: () => unknown}} */
export function valueField(label, value, known) {
  const id = `known-${Math.random().toString(36).slice(2)}`;
  const input = /** @type {HTMLInputElement} */ (
    make("input", { type: "text", value: spelled(value), "aria-label": label, list: id, placeholder: "nothing" }));
  const list = make("datalist", { id }, ...[...new Set(known.map(spelled))].map((text) => make("option", { value: text })));
  return { row: make("label", {}, `${label} `, input, list), read: () => parsedValue(input.value) };
}

/** A choice among texts. @param {string} label @param {string[]} options @param {string} chosen
 * @returns {{row: HTMLElement, read: () => string, select: HTMLSelectElement}} */
export function choice(label, options, chosen = options[0]) {
  const select = /** @type {HTMLSelectElement} */ (make("select", { "aria-label": label },
    ...options.map((text) => make("option", { value: text, selected: text === chosen }, text))));
  return { row: make("label", {}, `${label} `, select), read: () => select.value, select };
}

/** A plain value as it is written in a field. @param {unknown} value */
export function spelled(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "string" && typeof parsedValue(value) !== "string" ? JSON.stringify(value) : String(value);
}

/** The value that is written in a field: "" is null, "5" a number, "\"5\"" a text. @param {string} text */
export function parsedValue(text) {
  const bare = text.trim();
  if (bare === "") return null;
  if (/^(true|false|-?\d+(\.\d+)?|".*")$/i.test(bare)) {
    try {
      return JSON.parse(bare.startsWith('"') ? bare : bare.toLowerCase());
    } catch {
      return bare;
    }
  }
  return bare;
}
