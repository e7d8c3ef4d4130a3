// The browser's half of `dscourse.touch.Board`: it shows Python's picture, lays the handles over it, and sends gestures.
// All state is in Python; here is only what the eye and the hand need.
// @ts-check

import { make, shape } from "./page/dom.js";
import { Menu, field, item } from "./page/menu.js";
import { GONE, mayTakeFocus, sendTo } from "./page/reader.js";
import { slideAlong } from "./boards/drag.js";
import { Stops } from "./boards/stops.js";
import { keepFinger } from "./gestures/finger.js";
import { Turns } from "./gestures/turns.js";
import { stepped, stepsOf, valueAt } from "./boards/tracks.js";

/**
 * @typedef {import("./boards/tracks.js").Track} Track
 * @typedef {import("./boards/tracks.js").Point} Point
 * @typedef {import("./boards/drag.js").Slide} Slide
 * @typedef {{text: string, name: string, arguments: unknown[], field: {label: string, value: number} | null}} Gesture
 * @typedef {{key: string, label: string, shape: Record<string, unknown>, gestures: Gesture[], click: Gesture | null,
 *   delete: Gesture | null, back: Gesture | null, drag: Slide | null, clicked_on: Track | null}} Handle
 * @typedef {{get(name: string): any, send(message: object): void, on(event: string, act: () => void): void,
 *   off(event: string, act: () => void): void}} Model
 */

class Board {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    this.focus = ""; // the key of the element that has the focus, or had it before the menu opened
    this.dragging = false;
    this.waiting = false; // for the picture of a preview
    this.width = this.height = 1; // of the picture, in px
    this.overlay = shape("svg", { class: "overlay", role: "group", "aria-label": "what can be touched" });
    this.stops = new Stops(this.overlay);
    this.turns = new Turns();
    this.bar = make("div", { class: "bar", role: "toolbar", "aria-label": "gestures" });
    this.sheet = make("div", { class: "sheet" });
    this.menu = new Menu(() => this.refocus());
    this.status = make("p", { class: "status", "aria-live": "polite" });
    this.refusal = make("p", { class: "refusal", role: "alert" });
    this.sentence = make("p", { class: "sentence", "aria-live": "polite" });
    // In JupyterLab no key pressed in here is a command of the notebook.
    this.root = make("div", { class: "dscourse-touch dscourse-board", role: "group", "aria-label": model.get("title"),
      "data-lm-suppress-shortcuts": "true" },
    this.bar, make("div", { class: "paper" }, this.sheet, this.menu.element), this.status, this.refusal, this.sentence);
    el.append(this.root);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.show = this.show.bind(this);
    model.on("change:shown", this.show);
    this.show();
  }

  stop() {
    this.model.off("change:shown", this.show);
    this.root.remove();
  }

  /** Ask Python for a gesture. @param {Gesture | Slide} gesture @param {...unknown} rest */
  ask(gesture, ...rest) {
    this.menu.close();
    return this.send({ gesture: gesture.name, arguments: [...gesture.arguments, ...rest] });
  }

  /** @param {object} message */
  send(message) {
    return sendTo(this.model, message, () => { this.turns.clear(); this.refusal.textContent = GONE; });
  }

  /** Ask Python for the picture to which a gesture would lead, unless the last one is still awaited.
   * @param {Slide} drag @param {number} value */
  ahead(drag, value) {
    this.wanted = this.waiting ? { drag, value } : null;
    if (this.waiting) return;
    this.waiting = this.send({ gesture: drag.name, arguments: [...drag.arguments, value], preview: true });
  }

  // --- drawing ---

  show() {
    this.waiting = false;
    this.refusal.textContent = this.model.get("refusal");
    this.sentence.textContent = this.model.get("sentence");
    if (this.dragging) this.redraw();
    else this.draw();
    this.turns.answered();
  }

  /** Replace the picture under a handle that is being dragged. */
  redraw() {
    const other = make("div");
    other.innerHTML = this.model.get("svg");
    if (other.firstElementChild) this.sheet.firstElementChild?.replaceWith(other.firstElementChild);
    if (this.wanted) this.ahead(this.wanted.drag, this.wanted.value);
  }

  /** Show the picture, and over it what can be touched. */
  draw() {
    this.stops.before();
    this.sheet.innerHTML = this.model.get("svg");
    const box = this.sheet.firstElementChild?.getAttribute("viewBox") ?? "0 0 1 1";
    [this.width, this.height] = box.split(" ").slice(2).map(Number);
    this.overlay.setAttribute("viewBox", box);
    this.overlay.replaceChildren();
    for (const handle of this.handles) this.overlay.append(this.handle(handle));
    this.sheet.append(this.overlay);
    this.stops.after();
    this.bar.replaceChildren(...this.buttons());
    this.refocus();
  }

  /** @returns {Handle[]} */
  get handles() { return this.model.get("handles"); }

  /** @param {Handle} handle */
  handle(handle) {
    const { tag, ...attributes } = handle.shape;
    const kind = handle.drag ? `handle movable-${handle.drag.track.axis}` : "handle";
    const element = /** @type {SVGElement} */ (shape(String(tag), { ...attributes, class: kind, tabindex: -1,
      role: "button", "aria-label": handle.label, "data-key": handle.key }));
    for (const event of ["pointerenter", "focus"]) element.addEventListener(event, () => this.say(handle.label));
    element.addEventListener("pointerleave", () => this.say(""));
    if (handle.drag) {
      keepFinger(element);
      element.addEventListener("pointerdown", (event) => this.take(element, handle, /** @type {PointerEvent} */ (event)));
    } else element.addEventListener("click", (event) => this.press(handle, this.at(/** @type {MouseEvent} */ (event))));
    return element;
  }

  buttons() {
    /** @param {string} name @param {boolean} able */
    const button = (name, able) => make("button", { type: "button", disabled: !able, "data-key": `button ${name}`,
      onclick: () => { this.focus = `button ${name}`; this.ask(plain(name)); } }, name);
    const [undo, redo] = [this.model.get("can_undo"), this.model.get("can_redo")];
    return [button("undo", undo), button("redo", redo), button("reset", undo), make("span", { class: "hint" }, this.model.get("hint")),
      make("span", { class: "hint" }, "Keys: n next, p previous, Enter.")];
  }

  /** @param {string} text */
  say(text) { if (!this.dragging) this.status.textContent = text; }

  /** Give the focus to the element that has the key `focus`. */
  refocus() {
    if (!mayTakeFocus(this.root)) return;
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-key]"))) {
      if (element.dataset.key === this.focus) element.focus();
    }
  }

  /** The point of the picture under the pointer. @param {MouseEvent} event @returns {Point} */
  at(event) {
    const box = this.overlay.getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * this.width, y: ((event.clientY - box.top) / box.height) * this.height };
  }

  // --- mouse and touch ---

  /** Begin to drag a handle. @param {SVGElement} element @param {Handle} handle @param {PointerEvent} down */
  take(element, handle, down) {
    const drag = /** @type {Slide} */ (handle.drag);
    this.menu.close();
    this.focus = handle.key;
    const done = (/** @type {() => void} */ act) => { this.dragging = false; this.wanted = null; act(); };
    this.dragging = true;
    slideAlong(element, drag, down, {
      at: (event) => this.at(event),
      moved: (value) => {
        this.status.textContent = `${value} ${drag.track.unit}`;
        this.ahead(drag, value);
      },
      dropped: (value) => done(() => this.ask(drag, value)),
      clicked: () => done(() => this.press(handle, this.at(down))),
      cancelled: () => done(() => this.ask(plain("settle"))),
    });
  }

  /** Do what a click does: make the handle's gesture, or open its menu at this point.
   * @param {Handle} handle @param {Point} point @param {boolean} [pointed] */
  press(handle, point, pointed = true) {
    this.focus = handle.key;
    if (handle.click) this.ask(handle.click);
    else this.openMenu(handle, point, pointed);
  }

  /** @param {Handle} handle @param {Point} point @param {boolean} pointed whether the point was clicked */
  openMenu(handle, point, pointed) {
    /** @type {Map<string, ReturnType<typeof field>>} */
    const fields = new Map(); // by label: gestures with the same field share it
    const rows = handle.gestures.flatMap((gesture) => {
      if (!gesture.field) return [item(gesture.text, () => this.ask(gesture))];
      const { label, value } = gesture.field;
      const known = fields.get(label);
      const number = known ?? field(label, pointed && handle.clicked_on ? valueAt(handle.clicked_on, point) : value);
      fields.set(label, number);
      return [...(known ? [] : [number.row]), item(gesture.text, () => this.ask(gesture, number.read()))];
    });
    this.menu.open(point.x / this.width, point.y / this.height, handle.label, rows);
  }

  // --- keys ---

  /** @param {KeyboardEvent} event */
  key(event) {
    const key = /** @type {HTMLElement} */ (event.target).dataset?.key ?? "";
    const handle = this.handles.find((one) => one.key === key);
    if (event.key === "Escape" && !this.menu.element.hidden) this.menu.close();
    else if ((event.ctrlKey || event.metaKey) && "zy".includes(event.key)) {
      const name = event.key === "z" ? "undo" : "redo";
      this.focus = key || this.focus;
      this.ask(plain(name));
    } else if (!handle || !this.keyOn(handle, event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Do what a key does on a handle; false if it does nothing. @param {Handle} handle @param {KeyboardEvent} event */
  keyOn(handle, event) {
    this.focus = handle.key;
    if (this.stops.key(event, handle.drag?.track.axis)) this.focus = this.stops.last;
    else if (event.key === "Enter" || event.key === " ") this.press(handle, this.middle(handle), false);
    else if (event.key === "Delete" && handle.delete) this.ask(handle.delete);
    else if (event.key === "Escape" && handle.back) this.ask(handle.back);
    else if (stepsOf(event) && handle.drag) this.turns.take((far) => this.step(handle.key, far), handle.key, stepsOf(event));
    else return false;
    return true;
  }

  /** Move a handle by some steps from where it is now; true if Python was asked. @param {string} key @param {number} far */
  step(key, far) {
    const drag = this.handles.find((one) => one.key === key)?.drag;
    return Boolean(drag && this.ask(drag, stepped(drag.track, drag.value, far)));
  }

  /** The middle of a handle, where its menu opens by keyboard. @param {Handle} handle @returns {Point} */
  middle(handle) {
    const box = /** @type {HTMLElement} */ (this.stops.find(handle.key)).getBoundingClientRect();
    return this.at(new MouseEvent("click", { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 }));
  }
}

/** A gesture without arguments. @param {string} name @returns {Gesture} */
const plain = (name) => ({ text: name, name, arguments: [], field: null });

/** @param {{model: Model, el: HTMLElement}} context */
function renderBoard({ model, el }) {
  const board = new Board(model, el);
  return () => board.stop();
}

export default { render: renderBoard };
