// The browser's half of `dscourse.touch.Diagram`: it shows Python's picture, finds what is pointed at, and sends
// gestures. All state of the run is in Python; here is only what the eye and the hand need.
// @ts-check

import { Before } from "./picture/before.js";
import { make } from "./page/dom.js";
import { Film, standing } from "./gestures/film.js";
import { HeldModel } from "./page/held.js";
import { Hand } from "./gestures/hand.js";
import { HINT, TITLES } from "./page/help.js";
import { Looking } from "./picture/looking.js";
import { Menu } from "./page/menu.js";
import { Motion } from "./picture/motion.js";
import { Paper } from "./picture/paper.js";
import { FromRecord } from "./page/record.js";
import { Tasks } from "./page/tasks.js";
import { TimeTools } from "./time/time.js";

/**
 * @typedef {import("./picture/geometry.js").Layout} Layout
 * @typedef {{get(name: string): any, send(message: object): void, on(event: string, act: () => void): void,
 *   off(event: string, act: () => void): void}} Model
 */

const SHOWN = ["answers", "layout_data", "seen", "refusal", "film", "comparing"]; // a change of one of them is a new picture

export class View {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = new HeldModel(model, () => this.hand.gone());
    this.due = false; // a new picture is to be shown
    this.focus = ""; // the key of the element that has the focus, or had it before the menu opened
    this.bar = make("div", { class: "bar", role: "toolbar", "aria-label": "gestures" });
    this.menu = new Menu(() => { this.paper.hold(null); this.refocus(); });
    const sheet = make("div", { class: "sheet" });
    this.paper = new Paper(sheet, {
      message: (arrow) => this.hand.message(arrow),
      choose: (arrows, x, y) => this.hand.choose(arrows, x, y),
      pointed: (arrow) => this.time?.message(arrow),
      lane: (lane, x) => this.hand.lane(lane, x),
      move: (arrow, ms) => this.hand.move(arrow, ms),
      say: (text) => this.say(text),
      down: () => this.hand.hands.down,
      drawn: () => this.looking.arrows,
      fixed: () => Boolean(this.record?.happened),
    });
    this.looking = new Looking(this.model, this.paper, () => this.time?.update());
    this.motion = new Motion(sheet);
    this.answers = 0; // gestures that were answered by the picture that shows
    this.status = make("p", { class: "status", "aria-live": "polite" });
    this.refusal = make("p", { class: "refusal", role: "alert" });
    this.sentence = make("p", { class: "sentence" });
    this.card = make("div", { class: "card" });
    this.tasks = new Tasks();
    this.earlier = new Before(() => this.askToCompare());
    this.film = new Film(model.get("film"), { frame: (frame) => this.frame(frame), end: () => this.show() });
    // In JupyterLab no key pressed in here is a command of the notebook.
    this.root = make("div", { class: "dscourse-touch", "data-lm-suppress-shortcuts": "true" });
    this.hand = new Hand(this);
    this.record = new FromRecord({ model: this.model, tell: (message) => { this.focus = "button continue"; this.hand.tell(message); },
      moment: () => Math.max(0, this.time?.cursor.ms ?? 0) });
    this.hint = make("p", { class: "hint" });
    this.minimap = this.looking.minimap.element;
    this.said = make("div", { class: "said" }, this.status, this.film.element, this.hint);
    this.verdict = make("div", { class: "verdict" }, this.card);
    this.root.append(
      this.bar, this.hand.help.table, this.said, this.earlier.element, make("div", { class: "paper" }, sheet, this.menu.element),
      this.refusal, make("div", { class: "outcome" }, this.verdict, this.tasks.element), this.hand.news,
      this.hand.entries.element, this.hand.entries.keep, this.sentence, this.looking.filters.element, this.hand.code.element);
    el.append(this.root);
    this.time = new TimeTools(this.model, this.root, sheet, {
      layout: () => this.layout, at: (event) => this.paper.at(event), say: (text) => this.say(text), reveal: (ms) => this.looking.goTo(ms),
      limits: () => this.looking.limits, underWay: (ms) => this.looking.underWay(ms),
      shared: (ms) => { this.earlier.point(ms); this.record.at(ms); }, drawn: () => this.looking.arrows });
    sheet.after(this.time.svg);
    this.refusal.before(make("div", { class: "times" }, this.time.controls, this.minimap));
    this.card.after(this.time.jumps.element);
    this.hand.entries.keep.after(this.time.table.element);
    this.model.follow(this.root);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("focusin", (event) => {
      this.focus = /** @type {HTMLElement} */ (event.target).dataset.key ?? this.focus;
    });
    this.changed = this.changed.bind(this);
    SHOWN.forEach((name) => this.model.on(`change:${name}`, this.changed));
    this.show();
  }

  stop() {
    SHOWN.forEach((name) => this.model.off(`change:${name}`, this.changed));
    this.menu.close();
    this.film.stop();
    this.time.end();
    this.looking.end();
    this.hand.waiting.end();
    this.root.remove();
  }

  /** Several changes that come together are one picture. */
  changed() {
    if (this.due) return;
    this.due = true;
    queueMicrotask(() => { this.due = false; this.show(); });
  }

  /** @returns {Layout} */
  get layout() { return { ...this.model.get("layout_data"), ...this.looking.place, causes: this.looking.run.causes }; }

  /** The messages that a key can be pressed on: all over the paper, one over the canvas. */
  get reachable() { return this.looking.current.arrow ? [this.looking.current.arrow] : this.layout.arrows; }

  /** Let the keyboard be at a message. @param {import("./picture/geometry.js").Arrow} arrow */
  reach(arrow) { this.looking.current.take(arrow); }

  /** Where the reader is in time: at the event that is pointed at, or at the cursor; in px. */
  pointedX() { return this.time.x(); }

  /** @param {string} text */
  say(text) { this.status.textContent = text; }

  /** Give the focus to what had it before a new picture or a menu took it away: the element with the key `focus`, or the
   * paper if it is gone or can no longer be used. */
  refocus() {
    const active = document.activeElement;
    if (active && active !== document.body) return;
    const all = [.../** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-key]:not(:disabled)"))];
    const wanted = all.find((one) => one.dataset.key === this.focus) ?? this.paper.element;
    wanted.focus({ preventScroll: true });
  }

  // --- drawing ---

  show() {
    const focused = this.root.contains(document.activeElement);
    this.root.classList.remove("playing");
    this.paper.show(this.model.get("svg"), this.layout);
    this.looking.shown();
    this.motion.show(this.layout, this.model.get("answers") !== this.answers);
    this.answers = this.model.get("answers");
    this.time.update();
    this.earlier.show(this.model.get("comparing"), this.model.get("before"), this.model.get("difference"), this.layout);
    this.earlier.point(this.time.cursor.ms);
    this.hand.shown();
    this.buttons();
    this.refusal.textContent = this.model.get("refusal");
    this.sentence.textContent = this.model.get("sentence");
    this.card.innerHTML = this.model.get("verdict_card");
    this.tasks.show(this.model.get("tasks"));
    if (focused) this.refocus();
    this.film.show(this.model.get("film"));
  }

  /** Show another run than the present one: a frame of the film. @param {import("./gestures/film.js").Frame} frame */
  frame(frame) {
    this.focus = "film step";
    this.root.classList.add("playing");
    this.paper.show(frame.svg, frame.layout_data);
    this.card.innerHTML = frame.verdict_card;
    this.hand.entries.element.replaceChildren(...standing(frame).map((state, index) =>
      make("li", { class: state }, frame.touches[index].text)));
  }

  buttons() {
    /** @param {string} text @param {string} gesture @param {boolean} able @param {string} title */
    const button = (text, gesture, able, title) => {
      const key = `button ${gesture}`;
      return make("button", { type: "button", disabled: !able, "data-key": key, title,
        onclick: () => { this.focus = key; this.hand.ask(gesture); } }, text);
    };
    this.record.show();
    this.hint.textContent = this.record.happened || HINT;
    if (this.record.happened) return this.bar.replaceChildren(this.record.tools, this.looking.tools, this.hand.help.button);
    const touched = this.model.get("touches").length > 0;
    const before = make("button", { type: "button", disabled: !this.model.get("before") || !this.model.get("can_undo"), "aria-pressed": "false", title: TITLES.before }, "before");
    before.addEventListener("click", () => this.blink(before));
    this.blinker = before;
    this.bar.replaceChildren(
      button("undo", "undo", this.model.get("can_undo"), TITLES.undo), button("redo", "redo", this.model.get("can_redo"), TITLES.redo),
      button("reset", "reset", touched, TITLES.reset), button("simplify", "shrink", this.model.get("can_shrink"), TITLES.shrink), before,
      this.earlier.button(this.model.get("comparing"), Boolean(this.model.get("before"))),
      this.looking.tools, this.record.tools, this.hand.help.button);
  }

  askToCompare() {
    this.focus = "button compare";
    this.model.send({ compare: !this.model.get("comparing") });
  }

  /** Show the picture before the last gesture, or the present one again. @param {HTMLElement} button */
  blink(button) {
    const back = button.getAttribute("aria-pressed") === "false";
    button.setAttribute("aria-pressed", String(back));
    button.textContent = back ? "after" : "before";
    this.say(back ? "The picture before the last touch. The verdict and the states below it are those after the touch." : "");
    this.paper.replace(this.model.get(back ? "before" : "svg"));
  }

  // --- keys ---

  closeAll() {
    this.menu.close();
    this.hand.help.toggle(false);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.takes(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Do what a key asks for; false if it asks for nothing here. @param {KeyboardEvent} event */
  takes(event) {
    if (event.key === "Escape") this.closeAll();
    else if (event.key === "b" && plain(event)) this.blinker?.click();
    else if (this.looking.key(event) || this.hand.key(event)) return true;
    else return !(event.target instanceof HTMLInputElement) && this.time.key(event, this.hand.nodeOf(event));
    return true;
  }
}

/** Whether a key was pressed alone, and not to write. @param {KeyboardEvent} event */
function plain(event) {
  return !event.ctrlKey && !event.metaKey && !event.altKey && !(/** @type {Element} */ (event.target).matches("input, select, textarea"));
}

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  const view = new View(model, el);
  return () => view.stop();
}

export default { render };
