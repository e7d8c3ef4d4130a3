// The browser's half of `dscourse.touch.Diagram`: it shows Python's picture, finds what is pointed at, and sends
// gestures. All state of the run is in Python; here is only what the eye and the hand need.
// @ts-check

import { make } from "./dom.js";
import { Film, standing } from "./film.js";
import { Looking } from "./looking.js";
import { Menu, field, item } from "./menu.js";
import { Paper, laneKey, messageKey } from "./paper.js";
import { timeAt } from "./geometry.js";
import { TimeTools } from "./time.js";

const STEP_MS = 1;
const PAUSE_MS = 20;

/**
 * @typedef {import("./geometry.js").Arrow} Arrow
 * @typedef {import("./geometry.js").Lane} Lane
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {{text: string, on: boolean, remark: string}} Touch
 * @typedef {{text: string, par: number, done: boolean, fewest: number | null}} Task
 * @typedef {{get(name: string): any, send(message: object): void, on(event: string, act: () => void): void,
 *   off(event: string, act: () => void): void}} Model
 */

const SHOWN = ["layout_data", "run_data", "seen", "refusal", "touches", "tasks", "film"]; // a change of one of them is a new picture

class View {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    this.focus = ""; // the key of the element that has the focus, or had it before the menu opened
    this.due = false; // a new picture is to be shown
    this.bar = make("div", { class: "bar", role: "toolbar", "aria-label": "gestures" });
    this.menu = new Menu(() => this.refocus());
    const sheet = make("div", { class: "sheet" });
    this.paper = new Paper(sheet, {
      message: (arrow) => this.messageMenu(arrow),
      lane: (lane, x) => this.laneMenu(lane, x),
      move: (arrow, ms) => this.onMessage(arrow, "move", ms),
      say: (text) => this.say(text),
    });
    this.looking = new Looking(model, this.paper, () => this.time?.update());
    this.status = make("p", { class: "status", "aria-live": "polite" });
    this.refusal = make("p", { class: "refusal", role: "alert" });
    this.sentence = make("p", { class: "sentence", "aria-live": "polite" });
    this.card = make("div", { class: "card" });
    this.tasks = make("ul", { class: "tasks", "aria-label": "what to bring about" });
    this.list = make("ol", { class: "touches", "aria-label": "your gestures" });
    this.code = make("pre", { tabindex: 0 });
    this.film = new Film(model.get("film"), { frame: (frame) => this.frame(frame), end: () => this.show() });
    // In JupyterLab no key pressed in here is a command of the notebook.
    this.root = make("div", { class: "dscourse-touch", "data-lm-suppress-shortcuts": "true" },
      this.bar, make("div", { class: "paper" }, sheet, this.menu.element), this.looking.minimap.element, this.status, this.refusal,
      this.card, this.tasks, this.sentence, this.film.element, this.list, make("details", {}, make("summary", {}, "this run as code"), this.code));
    el.append(this.root);
    this.time = new TimeTools(model, this.root, sheet, {
      layout: () => this.layout, at: (event) => this.paper.at(event), say: (text) => this.say(text), reveal: (ms) => this.looking.goTo(ms),
      limits: () => this.looking.limits, underWay: (ms) => this.looking.underWay(ms) });
    sheet.after(this.time.svg);
    this.status.before(this.time.controls);
    this.card.after(this.time.jumps.element, this.time.table.element);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.changed = this.changed.bind(this);
    SHOWN.forEach((name) => model.on(`change:${name}`, this.changed));
    this.show();
  }

  stop() {
    SHOWN.forEach((name) => this.model.off(`change:${name}`, this.changed));
    this.film.stop();
    this.time.end();
    this.root.remove();
  }

  /** Several changes that come together are one picture. */
  changed() {
    if (this.due) return;
    this.due = true;
    queueMicrotask(() => { this.due = false; this.show(); });
  }

  /** Ask Python for a gesture. @param {string} gesture @param {...unknown} rest */
  ask(gesture, ...rest) {
    this.menu.close();
    this.model.send({ gesture, arguments: rest });
  }

  /** @param {Arrow} arrow @param {string} gesture @param {...unknown} rest */
  onMessage(arrow, gesture, ...rest) {
    this.focus = messageKey(arrow);
    this.ask(gesture, arrow.id, ...rest);
  }

  /** @returns {Layout} */
  get layout() { return { ...this.model.get("layout_data"), ...this.looking.place, causes: this.looking.run.causes }; }

  /** @param {string} text */
  say(text) { this.status.textContent = text; }

  /** Give the focus to the element that has the key `focus`. */
  refocus() {
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-key]"))) {
      if (element.dataset.key === this.focus) element.focus();
    }
  }

  // --- drawing ---

  show() {
    this.root.classList.remove("playing");
    this.paper.show(this.model.get("svg"), this.layout);
    this.looking.shown();
    this.time.update();
    this.buttons();
    this.refusal.textContent = this.model.get("refusal");
    this.sentence.textContent = this.model.get("sentence");
    this.card.innerHTML = this.model.get("verdict_card");
    this.code.textContent = this.model.get("code");
    this.tasks.replaceChildren(.../** @type {Task[]} */ (this.model.get("tasks")).map(task));
    this.list.replaceChildren(.../** @type {Touch[]} */ (this.model.get("touches")).map((touch, index) => this.touch(touch, index)));
    this.refocus();
    this.film.show(this.model.get("film"));
  }

  /** Show another run than the present one: a frame of the film. @param {import("./film.js").Frame} frame */
  frame(frame) {
    this.focus = "film step";
    this.root.classList.add("playing");
    this.paper.show(frame.svg, frame.layout_data);
    this.card.innerHTML = frame.verdict_card;
    this.list.replaceChildren(...standing(frame).map((state, index) =>
      make("li", { class: state }, frame.touches[index].text)));
  }

  buttons() {
    /** @param {string} text @param {string} gesture @param {boolean} able */
    const button = (text, gesture, able) => {
      const key = `button ${gesture}`;
      return make("button", { type: "button", disabled: !able, "data-key": key,
        onclick: () => { this.focus = key; this.ask(gesture); } }, text);
    };
    const touched = this.model.get("touches").length > 0;
    const before = make("button", { type: "button", disabled: !this.model.get("before") || !this.model.get("can_undo"), "aria-pressed": "false" }, "before");
    before.addEventListener("click", () => this.blink(before));
    this.bar.replaceChildren(
      button("undo", "undo", this.model.get("can_undo")), button("redo", "redo", this.model.get("can_redo")),
      button("reset", "reset", touched), button("keep what is needed", "shrink", this.model.get("can_shrink")), before,
      this.looking.tools, make("span", { class: "hint" },
        "Click a message or a node's line. Drag an arrow's head. Ctrl and the wheel zoom; a drag on empty paper pans."));
  }

  /** Show the picture before the last gesture, or the present one again. @param {HTMLElement} button */
  blink(button) {
    const back = button.getAttribute("aria-pressed") === "false";
    button.setAttribute("aria-pressed", String(back));
    button.textContent = back ? "after" : "before";
    this.paper.replace(this.model.get(back ? "before" : "svg"));
  }

  /** @param {Touch} touch @param {number} index */
  touch(touch, index) {
    const box = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox", "data-key": `touch ${index}` }));
    box.checked = touch.on;
    box.addEventListener("change", () => { this.focus = `touch ${index}`; this.ask("switch", index, box.checked); });
    const entry = make("li", {}, make("label", {}, box, ` ${touch.text}`));
    if (touch.remark && touch.on) entry.append(make("span", { class: "remark" }, ` – ${touch.remark}`));
    return entry;
  }

  // --- keys ---

  /** @param {KeyboardEvent} event */
  key(event) {
    const key = /** @type {HTMLElement} */ (event.target).dataset?.key ?? "";
    const arrow = this.layout.arrows.find((one) => key === messageKey(one));
    const lane = this.layout.lanes.find((one) => key === laneKey(one));
    const command = event.ctrlKey || event.metaKey;
    const step = STEP_MS * (event.shiftKey ? 10 : 1) * (event.key === "ArrowLeft" ? -1 : 1);
    if (event.key === "Escape") this.menu.close();
    else if (command && event.key === "z") this.ask("undo");
    else if (command && event.key === "y") this.ask("redo");
    else if (this.looking.key(event)) this.focus = key;
    else if (arrow && event.key === "Enter") this.messageMenu(arrow);
    else if (arrow && event.key === "Delete") this.onMessage(arrow, "lose");
    else if (arrow && arrow.end_ms !== null && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
      this.onMessage(arrow, "move", Math.max(arrow.sent_ms, arrow.end_ms + step));
    } else if (lane && event.key === "Enter") this.laneMenu(lane, this.time.x() ?? (this.layout.left + this.layout.right) / 2);
    else if (event.target instanceof HTMLInputElement || !this.time.key(event, lane?.node ?? "")) return;
    event.preventDefault();
    event.stopPropagation();
  }

  // --- menus ---

  /** @param {number} x @param {number} y @param {string} title @param {HTMLElement[]} items */
  open(x, y, title, items) {
    this.menu.open(x / this.layout.width, y / this.layout.height, title, items);
  }

  /** @param {Arrow} arrow */
  messageMenu(arrow) {
    this.focus = messageKey(arrow);
    const at = field("at (ms)", (arrow.end_ms ?? arrow.sent_ms) + STEP_MS);
    this.open(arrow.line[2], arrow.line[3], arrow.name, [
      item("lose it", () => this.onMessage(arrow, "lose")),
      at.row,
      item("let it arrive at this time", () => this.onMessage(arrow, "move", at.read())),
      item("let a copy arrive then", () => this.onMessage(arrow, "repeat", at.read())),
    ]);
  }

  /** @param {Lane} lane @param {number} x px */
  laneMenu(lane, x) {
    this.focus = laneKey(lane);
    const at = field("at (ms)", this.layout.scale ? timeAt(this.layout, x) : this.layout.low);
    const long = field("for (ms)", PAUSE_MS);
    const end = () => at.read() + long.read();
    this.open(x, lane.y, lane.node, [
      at.row,
      item("crash", () => this.ask("crash", lane.node, at.read())),
      item("restart", () => this.ask("restart", lane.node, at.read())),
      ...lane.operations.map((op) => item(`invoke ${op.text}`, () => this.ask("invoke", lane.node, at.read(), ...op.arguments))),
      long.row,
      item("pause", () => this.ask("pause", lane.node, at.read(), end())),
      item("cut off from all others", () => this.ask("isolate", lane.node, at.read(), end())),
    ]);
  }
}

/** A deed that the reader shall bring about, in words. @param {Task} deed */
function task(deed) {
  const touches = (/** @type {number} */ count) => `${count} ${count === 1 ? "touch" : "touches"}`;
  const fewest = deed.fewest === null ? "" : `, done with ${touches(deed.fewest)}`;
  return make("li", { class: deed.fewest === null ? "open" : "done" },
    `${deed.fewest === null ? "☐" : "☑"} ${deed.text} (par ${touches(deed.par)}${fewest})`);
}

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  const view = new View(model, el);
  return () => view.stop();
}

export default { render };
