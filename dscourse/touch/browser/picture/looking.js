// What of the run is in view: zooming, panning and filtering. A gesture draws on a canvas at once; when it rests, Python
// is asked for the picture of the new window, one at a time.
// @ts-check

import { make } from "../page/dom.js";
import { arrowAt, readRun } from "./columns.js";
import { RunCanvas } from "./canvas.js";
import { Current } from "./current.js";
import { Filters } from "./filters.js";
import { Minimap } from "./minimap.js";
import { Picked } from "./picked.js";
import { Grip } from "./grip.js";
import { around, isWhole, panned, within, zoomed } from "./window.js";

/**
 * @typedef {import("./geometry.js").Arrow} Arrow
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {import("./columns.js").Run} Run
 * @typedef {import("./window.js").Stretch} Stretch
 * @typedef {import("./paper.js").Paper} Paper
 */

const REST_MS = 90; // without a movement, before Python is asked for the picture
const ZOOM = 1.4; // of one press
const STEP = 0.15; // of the window's width, that one arrow key pans
const MANY = 200; // messages, above which the minimap shows the whole run too

export class Looking {
  /** @param {{get(name: string): any, send(message: object): boolean}} model @param {Paper} paper
   * @param {() => void} moved called when what is in view has moved */
  constructor(model, paper, moved) {
    this.moved = moved;
    this.model = model;
    this.paper = paper;
    this.stretch = /** @type {Stretch} */ ({ start: 0, end: 1 });
    this.folded = /** @type {Set<string>} */ (new Set());
    this.hidden = /** @type {Set<string>} */ (new Set());
    this.moving = false; // the canvas is ahead of Python's picture
    this.number = Number(model.get("seen")); // of the last request sent
    this.open = false; // a request is not answered yet
    this.late = false; // what is in view has changed since the last request
    this.timer = 0;
    this.frame = 0;
    this.read = /** @type {any} */ (undefined); // the columns from which `known` was read
    this.listed = /** @type {object | undefined} */ (undefined); // what was drawn when `list` was made
    this.list = /** @type {Arrow[]} */ ([]);
    this.known = /** @type {Run | undefined} */ (undefined);
    this.canvas = new RunCanvas();
    this.picked = new Picked(this);
    this.current = new Current(this);
    this.filters = new Filters(this, (text) => this.paper.acts.say(text));
    this.minimap = new Minimap((stretch) => this.show(stretch));
    this.tools = make("span", { class: "tools", role: "group", "aria-label": "what is in view" }, ...this.buttons());
    this.prepare(paper.element);
  }

  buttons() {
    const button = (/** @type {string} */ text, /** @type {string} */ label, /** @type {() => void} */ act) =>
      make("button", { type: "button", "aria-label": label, title: label, "data-key": `button ${label}`, onclick: act }, text);
    return [button("−", "zoom out (key −)", () => this.zoom(ZOOM)), button("+", "zoom in (key +)", () => this.zoom(1 / ZOOM)),
      button("fit", "the whole run (key 0)", () => this.fit())];
  }

  /** Let the paper take the focus, the wheel and drags. @param {HTMLElement} sheet */
  prepare(sheet) {
    const label = "the picture: + and − zoom, arrow keys pan, 0 shows the whole run";
    for (const [name, value] of Object.entries({ tabindex: 0, role: "group", "aria-label": label, "data-key": "paper",
      "data-jp-suppress-context-menu": "" })) {
      sheet.setAttribute(name, String(value));
    }
    sheet.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.grip = new Grip(sheet, { at: (event) => this.paper.at(event), momentAt: (x) => this.momentAt(x), edges: () => this.layout,
      stretch: () => this.stretch, show: (stretch) => this.show(stretch) });
    sheet.addEventListener("pointermove", (event) => this.picked.hover(event));
    sheet.addEventListener("click", (event) => this.picked.click(event));
    this.resized = new ResizeObserver(() => {
      if (!this.canvas.element.isConnected) return;
      this.draw();
      this.current.begin();
    });
    this.resized.observe(sheet);
  }

  end() {
    this.resized?.disconnect();
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
  }

  /** @returns {Layout} */
  get layout() { return this.model.get("layout_data"); }

  /** The run, read once from its columns. @returns {Run} */
  get run() {
    const data = this.model.get("run_data");
    if (data !== this.read) [this.read, this.known] = [data, readRun(data)];
    return /** @type {Run} */ (this.known);
  }

  /** Where moments stand now, in terms of the layout: the hand may be ahead of it. */
  get place() {
    if (!this.moving) return {};
    const { start, end } = this.stretch;
    return { low: start, high: end, scale: (this.layout.right - this.layout.left) / (end - start) };
  }

  get limits() { return this.run.limits; }

  // --- what Python has drawn ---

  /** Python has sent a picture: take its window for one's own, unless the hand is ahead of it. */
  shown() {
    if (this.open && this.model.get("seen") === this.number) this.open = false;
    if (this.late && !this.open) this.rest();
    this.moving = this.late || this.open;
    if (!this.moving) this.take(this.layout);
    this.paper.element.append(this.canvas.element);
    this.filters.show();
    this.draw();
    this.current.shown();
  }

  /** Whether messages are on the canvas and not over it: there are many, or Python's picture is behind. */
  get onCanvas() { return this.layout.canvas || this.moving; }

  /** The messages in view, as they are drawn now. @returns {Arrow[]} */
  get arrows() {
    if (!this.onCanvas) return this.layout.arrows;
    const { drawn } = this.canvas;
    if (drawn !== this.listed) [this.listed, this.list] = [drawn, drawn.map(({ at, line }) => arrowAt(this.run, at, line))];
    return /** @type {Arrow[]} */ (this.list);
  }

  /** Let this be what is in view. @param {Layout} layout */
  take({ low, high, folded, hidden }) {
    [this.folded, this.hidden] = [new Set(folded), new Set(hidden)];
    this.stretch = { start: low, end: high };
  }

  draw() {
    const onCanvas = this.moving || this.layout.canvas;
    this.canvas.element.hidden = !onCanvas;
    this.canvas.element.classList.toggle("under", !this.moving);
    this.paper.element.classList.toggle("ahead", this.moving);
    if (onCanvas) this.canvas.draw(this.scene);
    const whole = isWhole(this.stretch, this.limits);
    this.minimap.show(this.run, this.stretch, !whole || this.run.count > MANY);
    this.picked.drawn();
  }

  /** Bring what was found into view and mark it. @param {import("./filters.js").Match | null} match */
  choose(match) { this.picked.choose(match); }

  /** @returns {import("./canvas.js").Scene} */
  get scene() {
    return { run: this.run, layout: this.layout, stretch: this.stretch, folded: this.folded, hidden: this.hidden };
  }

  // --- what the hand asks for ---

  /** Show this stretch: at once on the canvas, and from Python when the hand rests. @param {Stretch} stretch */
  show(stretch) {
    const next = within(stretch, this.limits);
    if (next.start === this.stretch.start && next.end === this.stretch.end) return;
    this.stretch = next;
    this.change();
  }

  change() {
    this.moving = this.late = true;
    if (!this.frame) {
      this.frame = requestAnimationFrame(() => { this.frame = 0; this.draw(); this.moved(); });
    }
    this.rest();
  }

  /** Ask Python when the hand has rested, and the last request has been answered. */
  rest() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => { if (!this.open) this.ask(); }, REST_MS);
  }

  ask() {
    const whole = isWhole(this.stretch, this.limits);
    const [start, end] = [this.stretch.start, this.stretch.end].map((ms) => Math.round(ms * 100) / 100);
    this.late = false;
    this.number = Math.max(this.number, Number(this.model.get("seen"))) + 1; // another view may have asked too
    this.open = this.model.send({ look: this.number, arguments: [whole ? null : start, whole ? null : end, [...this.folded], [...this.hidden]] });
    if (!this.open) this.back();
  }

  /** Return to Python's picture, since there will be no other. */
  back() {
    this.moving = false;
    this.take(this.layout);
    this.filters.show();
    this.draw();
    this.moved();
  }

  /** @param {number} factor @param {number} at ms that stays where it is */
  zoom(factor, at = (this.stretch.start + this.stretch.end) / 2) { this.show(zoomed(this.stretch, factor, at, this.limits)); }

  /** @param {number} share of the window's width */
  pan(share) { this.show(panned(this.stretch, share * (this.stretch.end - this.stretch.start), this.limits)); }

  fit() { this.show(this.limits); }

  /** Bring a moment into view, in the middle unless it is there already. @param {number} ms */
  goTo(ms) {
    if (ms < this.stretch.start || ms > this.stretch.end) this.show(around(this.stretch, ms, this.limits));
  }

  /** Choose what is left out. @param {Set<string>} folded nodes @param {Set<string>} hidden types of message */
  filter(folded, hidden) {
    [this.folded, this.hidden] = [folded, hidden];
    this.change();
  }

  // --- wheel, drag, keys ---

  /** The moment below a point of the paper. @param {number} x px */
  momentAt(x) {
    const { left, right } = this.layout;
    return this.stretch.start + ((x - left) / (right - left)) * (this.stretch.end - this.stretch.start);
  }

  /** With Ctrl the wheel zooms (as a pinch does on a touchpad), with Shift it pans; without, the page scrolls. @param {WheelEvent} event */
  wheel(event) {
    const across = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(event.deltaY / 300), this.momentAt(this.paper.at(event).x));
    else if (event.shiftKey || Math.abs(across) > Math.abs(event.deltaY)) this.pan(across / 600);
    else return;
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key was for what is in view */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, select, textarea")) return false;
    if (this.current.move(event)) return true;
    const onPaper = target === this.paper.element;
    const keys = /** @type {Record<string, () => void>} */ ({ "+": () => this.zoom(1 / ZOOM), "=": () => this.zoom(1 / ZOOM),
      "-": () => this.zoom(ZOOM), 0: () => this.fit(),
      "/": () => this.filters.open(),
      ...(onPaper ? { Home: () => this.fit(), ArrowLeft: () => this.pan(-STEP), ArrowRight: () => this.pan(STEP) } : {}) });
    keys[event.key]?.();
    return event.key in keys;
  }

  /** The messages, as they are drawn now, that may be under way at a time. @param {number} ms @returns {Arrow[]} */
  underWay(ms) { return this.moving || this.layout.canvas ? this.canvas.underWay(this.run, ms) : this.layout.arrows; }
}
