// The browser's half of `dscourse.touch.Explorer`: the picture of the present state, what can happen next, and the
// tree of the states visited. Python has the run; here is only what the eye and the hand need.
// @ts-check

import { make } from "./page/dom.js";
import { GONE, mayTakeFocus, sendTo } from "./page/reader.js";
import { Menu, item } from "./page/menu.js";
import { Paper, laneKey, messageKey } from "./picture/paper.js";
import { Choices, choiceKey } from "./explorer/choices.js";
import { Tree, stateKey } from "./explorer/branches.js";
import { Searching } from "./explorer/searching.js";
import { WHICH, whichMessage } from "./page/which.js";

/**
 * @typedef {import("./picture/geometry.js").Arrow} Arrow
 * @typedef {import("./picture/geometry.js").Lane} Lane
 * @typedef {import("./picture/geometry.js").Layout} Layout
 * @typedef {import("./explorer/choices.js").Choice} Choice
 * @typedef {import("./explorer/branches.js").Line} Line
 * @typedef {{text: string, node: string}} Fault
 * @typedef {{get(name: string): any, send(message: object): void, on(event: string, act: () => void): void,
 *   off(event: string, act: () => void): void}} Model
 */

class ExplorerView {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    this.focus = ""; // the key of the element that has the focus, or gets it in the next state
    this.menu = new Menu(() => this.refocus());
    this.sheet = make("div", { class: "sheet" });
    this.paper = new Paper(this.sheet, { message: (arrow) => this.messageMenu(arrow),
      choose: (arrows, x, y) => this.chooseMessage(arrows, x, y), lane: (lane) => this.laneMenu(lane),
      move: () => {}, say: (text) => { this.status.textContent = text; } });
    this.status = make("p", { class: "status" });
    this.choices = new Choices((gesture, choice, row) => this.ask(choiceKey(row), gesture, choice.event));
    this.tree = new Tree((state) => this.ask(stateKey(state), "go", state));
    this.searching = new Searching(model.get("limits_data"), (gesture, ...rest) => {
      this.ask(gesture === "search" ? "button search" : this.focus, gesture, ...rest);
    });
    this.faults = /** @type {HTMLSelectElement} */ (make("select", { "aria-label": "fault", "data-key": "fault" }));
    this.refusal = make("p", { class: "refusal", role: "alert" });
    this.sentence = make("p", { class: "sentence", "aria-live": "polite" });
    this.verdicts = make("div", { class: "card", "aria-live": "polite" });
    this.states = make("div", { class: "states" });
    this.code = make("pre", { tabindex: 0 });
    this.root = this.arranged();
    el.append(this.root);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("focusin", (event) => { this.focus = keyOf(event.target) || this.focus; });
    this.show = this.show.bind(this);
    this.found = () => {
      const inside = this.searching.report.contains(document.activeElement);
      this.searching.show(model.get("report"));
      if (inside) this.refocus(); // its buttons are new ones
    };
    this.come = () => this.searching.come(model.get("progress"));
    model.on("change:shown", this.show);
    model.on("change:report", this.found);
    model.on("change:progress", this.come);
    this.show();
  }

  arranged() {
    const left = make("div", { class: "left" }, make("div", { class: "paper" }, this.sheet, this.menu.element),
      make("div", { class: "told" }, this.sentence, this.status), this.refusal, this.verdicts, this.states);
    const right = make("div", { class: "right" }, this.bar(), this.choices.element, this.tree.element, this.searching.report);
    // In JupyterLab no key pressed in here is a command of the notebook.
    return make("div", { class: "dscourse-touch dscourse-explorer", "data-lm-suppress-shortcuts": "true" },
      make("h3", {}, this.model.get("title")), make("div", { class: "columns" }, left, right), this.searching.element,
      make("details", {}, make("summary", {}, "this branch as code"), this.code));
  }

  bar() {
    /** @param {string} text @param {string} gesture @param {() => unknown[]} rest */
    const button = (text, gesture, rest = () => []) => make("button", { type: "button", "data-key": `button ${gesture}`,
      onclick: () => { this.searching.stop(); this.ask(`button ${gesture}`, gesture, ...rest()); } }, text);
    this.back = button("back", "back");
    return make("div", { class: "bar", role: "toolbar", "aria-label": "moves" }, this.back, button("start again", "restart"),
      this.faults, button("strike", "strike", () => [this.faults.value]));
  }

  stop() {
    this.searching.stop();
    this.model.off("change:shown", this.show);
    this.model.off("change:report", this.found);
    this.model.off("change:progress", this.come);
    this.root.remove();
  }

  /** Ask Python for a gesture; afterwards the element with this key has the focus.
   * @param {string} key @param {string} gesture @param {...unknown} rest */
  ask(key, gesture, ...rest) {
    this.menu.close();
    this.focus = key;
    if (gesture !== "play") this.searching.stop();
    sendTo(this.model, { gesture, arguments: rest }, () => { this.status.textContent = GONE; });
  }

  /** Give the focus to the element that has the key `focus`; if a choice is gone, to the present state. */
  refocus() {
    if (!mayTakeFocus(this.root)) return;
    const all = /** @type {HTMLElement[]} */ ([...this.root.querySelectorAll("[data-key]")]);
    const found = all.find((element) => element.dataset.key === this.focus) ??
      (this.focus.startsWith("choice") ? this.tree.items().find((one) => one.ariaSelected === "true") : undefined);
    found?.focus();
  }

  // --- drawing ---

  show() {
    const layout = this.model.get("layout_data");
    if (layout.lanes) this.paper.show(this.model.get("svg"), layout);
    else this.sheet.innerHTML = this.model.get("svg");
    this.refusal.textContent = this.model.get("refusal");
    this.sentence.textContent = this.model.get("sentence");
    this.verdicts.innerHTML = this.model.get("verdicts");
    this.states.innerHTML = this.model.get("node_states");
    this.code.textContent = this.model.get("scenario");
    this.choices.show(this.model.get("choices"));
    this.tree.show(this.model.get("tree"));
    this.found();
    this.come();
    /** @type {Fault[]} */ const faults = this.model.get("faults");
    this.faults.replaceChildren(make("option", { value: "" }, "a fault"),
      ...faults.map((fault) => make("option", { value: fault.text }, fault.text)));
    this.refocus();
  }

  // --- keys and menus ---

  /** @param {KeyboardEvent} event */
  key(event) {
    const key = keyOf(event.target);
    const { arrows = [], lanes = [] } = /** @type {Layout} */ (this.model.get("layout_data"));
    const arrow = arrows.find((one) => key === messageKey(one));
    const lane = lanes.find((one) => key === laneKey(one));
    if (event.key === "Escape") this.menu.close();
    else if ((event.ctrlKey || event.metaKey) && event.key === "z") this.ask(this.focus, "back");
    else if (arrow && event.key === "Enter") this.messageMenu(arrow);
    else if (lane && event.key === "Enter") this.laneMenu(lane);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Arrow} arrow */
  messageMenu(arrow) {
    const [x1, y1, x2, y2] = arrow.line;
    /** @type {Choice[]} */ const choices = this.model.get("choices");
    const choice = arrow.end === null && !arrow.lost ? choices.find((one) => one.message === arrow.id) : undefined;
    const act = (/** @type {string} */ gesture) => () => choice && this.ask(choiceKey(0), gesture, choice.event);
    const items = choice ? [item("let it arrive now", act("happen")), item("lose it", act("drop")),
      item("duplicate it", act("duplicate"))] : [make("span", {}, "It is no longer under way.")];
    this.open(messageKey(arrow), (x1 + x2) / 2, (y1 + y2) / 2, `${arrow.name}: ${arrow.text}`, items);
  }

  /** Ask which of several messages is meant. @param {Arrow[]} arrows the nearest first @param {number} x px @param {number} y px */
  chooseMessage(arrows, x, y) {
    const items = whichMessage(arrows, (arrow) => this.paper.point(arrow), (arrow) => this.messageMenu(arrow));
    this.open(messageKey(arrows[0]), x, y, WHICH, items);
  }

  /** @param {Lane} lane */
  laneMenu(lane) {
    /** @type {Choice[]} */ const choices = this.model.get("choices");
    /** @type {Fault[]} */ const faults = this.model.get("faults");
    const own = choices.filter((one) => one.node === lane.node && !one.message);
    this.open(laneKey(lane), this.model.get("layout_data").width / 2, lane.y, lane.node, [
      ...own.map((one) => item(one.text, () => this.ask(choiceKey(0), "happen", one.event))),
      ...faults.filter((one) => one.node === lane.node).map((one) => item(one.text, () => this.ask(laneKey(lane), "strike", one.text))),
    ]);
  }

  /** @param {string} key @param {number} x @param {number} y @param {string} title @param {HTMLElement[]} items */
  open(key, x, y, title, items) {
    this.focus = key;
    const { width, height } = this.model.get("layout_data");
    this.menu.open(x / width, y / height, title, items);
  }
}

/** The key of an element. @param {EventTarget | null} element */
function keyOf(element) {
  return /** @type {HTMLElement | null} */ (element)?.dataset?.key ?? "";
}

/** @param {{model: Model, el: HTMLElement}} context */
function showExplorer({ model, el }) {
  const view = new ExplorerView(model, el);
  return () => view.stop();
}

export default { render: showExplorer };
