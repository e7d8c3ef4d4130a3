// The browser's half of `dscourse.touch.Diagram`: it shows Python's picture, finds what is pointed at, and sends
// gestures. All state of the run is in Python; here is only what the eye and the hand need.
// @ts-check

const SVG = "http://www.w3.org/2000/svg";
const STEP_MS = 1;
const PAUSE_MS = 20;

/**
 * @typedef {{id: number, line: number[], from: string, to: string, name: string, text: string, sent: number,
 *   end: number | null, sent_ms: number, end_ms: number | null, lost: string | null, copy: boolean}} Arrow
 * @typedef {{node: string, y: number, operations: {text: string, arguments: unknown[]}[]}} Lane
 * @typedef {{width: number, height: number, left: number, right: number, low: number, scale: number,
 *   lanes: Lane[], arrows: Arrow[], causes: number[][]}} Layout
 * @typedef {{text: string, on: boolean, remark: string}} Touch
 * @typedef {{get(name: string): any, send(message: object): void, on(event: string, act: () => void): void,
 *   off(event: string, act: () => void): void}} Model
 */

// --- small helpers -------------------------------------------------------------------------------------

/** @param {string} tag @param {Record<string, unknown>} attributes @param {(Node | string)[]} children */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", /** @type {EventListener} */ (value));
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** @param {string} tag @param {Record<string, unknown>} attributes */
function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** @param {number} ms */
const words = (ms) => `${Math.round(ms * 1000) / 1000} ms`;

// --- geometry: pure functions, tested under node ----------------------------------------------------------

/** The time at a point of the picture, not before the picture begins. @param {Layout} layout @param {number} x */
export function timeAt(layout, x) {
  const ms = layout.low + (Math.min(x, layout.right) - layout.left) / layout.scale;
  return Math.max(layout.low, Math.round(ms * 10) / 10);
}

/**
 * The causal past and future of a message: of its sending and of its delivery.
 * @param {Layout} layout @param {Arrow} arrow @returns {{past: Set<number>, future: Set<number>}}
 */
export function reach(layout, arrow) {
  const past = new Set([arrow.sent]);
  const todo = [arrow.sent];
  for (let event = todo.pop(); event !== undefined; event = todo.pop()) {
    for (const cause of layout.causes[event]) {
      if (!past.has(cause)) {
        past.add(cause);
        todo.push(cause);
      }
    }
  }
  const future = new Set([arrow.end ?? arrow.sent]);
  layout.causes.forEach((causes, event) => {
    if (causes.some((cause) => future.has(cause))) future.add(event);
  });
  return { past, future };
}

/** How a message stands to the one that is pointed at. @param {Arrow} arrow @param {{past: Set<number>, future: Set<number>}} seen */
export function relation(arrow, seen) {
  if (arrow.end !== null && seen.past.has(arrow.end)) return "past";
  return seen.future.has(arrow.sent) ? "future" : "concurrent";
}

/** A message in words, for the status line and screen readers. @param {Arrow} arrow */
export function describe(arrow) {
  const end = arrow.end_ms === null ? "under way" : arrow.lost
    ? `lost (${arrow.lost})` : `arrives ${arrow.copy ? "again " : ""}at ${words(arrow.end_ms)}`;
  return `${arrow.name}: ${arrow.text}; sent at ${words(arrow.sent_ms)}, ${end}`;
}

// --- the widget --------------------------------------------------------------------------------------------

class View {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    /** @type {string} */ this.focus = "";
    this.before = "";
    this.now = "";
    this.bar = make("div", { class: "bar", role: "toolbar", "aria-label": "gestures" });
    this.paper = make("div", { class: "paper" });
    this.status = make("p", { class: "status", "aria-live": "polite" });
    this.refusal = make("p", { class: "refusal", role: "alert" });
    this.sentence = make("p", { class: "sentence", "aria-live": "polite" });
    this.card = make("div", { class: "card" });
    this.list = make("ol", { class: "touches", "aria-label": "your gestures" });
    this.code = make("pre", { tabindex: 0 });
    const code = make("details", {}, make("summary", {}, "this run as code"), this.code);
    this.menu = make("div", { class: "menu", role: "menu", hidden: true });
    // In JupyterLab no key pressed in here is a command of the notebook.
    this.root = make("div", { class: "dscourse-touch", "data-lm-suppress-shortcuts": "true" },
      this.bar, this.paper, this.status, this.refusal, this.card, this.sentence, this.list, code);
    el.append(this.root);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.show = this.show.bind(this);
    model.on("change:layout_data", this.show);
    model.on("change:refusal", this.show);
    model.on("change:touches", this.show);
    this.show();
  }

  /** @param {string} gesture @param {...unknown} rest */
  ask(gesture, ...rest) {
    this.close();
    this.model.send({ gesture, arguments: rest });
  }

  /** @returns {Layout} */
  get layout() { return this.model.get("layout_data"); }

  // --- drawing ---

  show() {
    const svg = this.model.get("svg");
    if (svg !== this.now) [this.before, this.now] = [this.now, svg];
    this.paper.innerHTML = svg;
    this.overlay = shape("svg", { class: "overlay", viewBox: `0 0 ${this.layout.width} ${this.layout.height}` });
    this.paper.append(this.overlay, this.menu);
    this.layout.lanes.forEach((lane) => this.lane(lane));
    this.marks = shape("g", {});
    this.overlay.append(this.marks);
    this.layout.arrows.forEach((arrow) => this.arrow(arrow));
    this.buttons();
    this.refusal.textContent = this.model.get("refusal");
    this.sentence.textContent = this.model.get("sentence");
    this.card.innerHTML = this.model.get("verdict_card");
    this.code.textContent = this.model.get("code");
    this.list.replaceChildren(.../** @type {Touch[]} */ (this.model.get("touches")).map((touch, index) => this.touch(touch, index)));
    this.root.querySelectorAll("[data-key]").forEach((element) => {
      if (/** @type {HTMLElement} */ (element).dataset.key === this.focus) /** @type {HTMLElement} */ (element).focus();
    });
  }

  buttons() {
    /** @param {string} text @param {string} gesture @param {boolean} able */
    const button = (text, gesture, able) => {
      const made = make("button", { type: "button", disabled: !able, onclick: () => { this.focus = `button ${gesture}`; this.ask(gesture); } }, text);
      made.dataset.key = `button ${gesture}`;
      return made;
    };
    const touched = this.model.get("touches").length > 0;
    const before = make("button", { type: "button", disabled: !this.before || !this.model.get("can_undo"), "aria-pressed": "false" }, "before");
    before.addEventListener("click", () => this.blink(before));
    this.bar.replaceChildren(
      button("undo", "undo", this.model.get("can_undo")), button("redo", "redo", this.model.get("can_redo")),
      button("reset", "reset", touched), button("keep what is needed", "shrink", this.model.get("can_shrink")), before,
      make("span", { class: "hint" }, "Click a message or a node's line. Drag an arrow's head."));
  }

  /** Show the picture before the last gesture, or the present one again. @param {HTMLElement} button */
  blink(button) {
    const back = button.getAttribute("aria-pressed") === "false";
    button.setAttribute("aria-pressed", String(back));
    button.textContent = back ? "after" : "before";
    const shown = this.paper.querySelector("svg:not(.overlay)");
    const other = make("div", {});
    other.innerHTML = back ? this.before : this.now;
    if (shown && other.firstElementChild) shown.replaceWith(other.firstElementChild);
  }

  /** @param {Touch} touch @param {number} index */
  touch(touch, index) {
    const box = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox" }));
    box.checked = touch.on;
    box.dataset.key = `touch ${index}`;
    box.addEventListener("change", () => { this.focus = `touch ${index}`; this.ask("switch", index, box.checked); });
    const item = make("li", {}, make("label", {}, box, ` ${touch.text}`));
    if (touch.remark && touch.on) item.append(make("span", { class: "remark" }, ` – ${touch.remark}`));
    return item;
  }

  /** @param {Lane} lane */
  lane(lane) {
    const { left, right } = this.layout;
    const line = shape("line", { x1: left - 10, y1: lane.y, x2: right + 8, y2: lane.y, class: "lane", tabindex: 0,
      role: "button", "aria-label": `line of ${lane.node}`, "data-key": `lane ${lane.node}` });
    line.addEventListener("click", (event) => this.laneMenu(lane, /** @type {MouseEvent} */ (event)));
    line.addEventListener("focus", () => this.say(`line of ${lane.node}: Enter for what can happen here`));
    this.overlay?.append(line);
  }

  /** @param {Arrow} arrow */
  arrow(arrow) {
    const [x1, y1, x2, y2] = arrow.line;
    const key = `message ${arrow.name}${arrow.copy ? " again" : ""}`;
    const line = shape("line", { x1, y1, x2, y2, class: "message", tabindex: 0, role: "button",
      "aria-label": describe(arrow), "data-key": key });
    const open = () => { this.focus = key; this.messageMenu(arrow); };
    line.addEventListener("click", open);
    for (const event of ["pointerenter", "focus"]) line.addEventListener(event, () => this.point(arrow));
    for (const event of ["pointerleave", "blur"]) line.addEventListener(event, () => this.point(null));
    this.overlay?.append(line);
    if (this.layout.scale && arrow.end !== null && !arrow.copy) this.head(arrow, x2, y2);
  }

  /** The head of an arrow, which can be dragged. @param {Arrow} arrow @param {number} x @param {number} y */
  head(arrow, x, y) {
    const head = shape("circle", { cx: x, cy: y, r: 8, class: "head" });
    head.addEventListener("pointerdown", (event) => this.drag(arrow, head, /** @type {PointerEvent} */ (event)));
    head.addEventListener("pointerenter", () => this.point(arrow));
    head.addEventListener("pointerleave", () => this.point(null));
    this.overlay?.append(head);
  }

  /** Mark the causal past and future of a message, and say it in words; null ends that. @param {Arrow | null} arrow */
  point(arrow) {
    this.marks?.replaceChildren();
    this.say(arrow ? `${describe(arrow)}. Blue: what may have led to it; dotted: what it may lead to.` : "");
    if (!arrow) return;
    const seen = reach(this.layout, arrow);
    for (const other of this.layout.arrows) {
      const [x1, y1, x2, y2] = other.line;
      const kind = other === arrow ? "chosen" : relation(other, seen);
      if (kind !== "concurrent") this.marks?.append(shape("line", { x1, y1, x2, y2, class: `mark ${kind}` }));
    }
  }

  /** @param {string} text */
  say(text) { this.status.textContent = text; }

  // --- gestures ---

  /** The point of the picture under the pointer. @param {MouseEvent} event */
  at(event) {
    const box = /** @type {Element} */ (this.overlay).getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * this.layout.width,
      y: ((event.clientY - box.top) / box.height) * this.layout.height };
  }

  /** @param {Arrow} arrow @param {Element} head @param {PointerEvent} down */
  drag(arrow, head, down) {
    down.preventDefault();
    head.setPointerCapture(down.pointerId);
    const [x1, y1, , y2] = arrow.line;
    const ghost = shape("line", { x1, y1, x2: arrow.line[2], y2, class: "ghost" });
    this.overlay?.append(ghost);
    let ms = arrow.end_ms ?? 0;
    /** @param {Event} event */
    const move = (event) => {
      const x = Math.max(x1, this.at(/** @type {PointerEvent} */ (event)).x);
      ms = Math.max(arrow.sent_ms, timeAt(this.layout, x));
      ghost.setAttribute("x2", String(x));
      head.setAttribute("cx", String(x));
      this.say(`${arrow.name} arrives at ${words(ms)}`);
    };
    const end = () => {
      head.removeEventListener("pointermove", move);
      ghost.remove();
      if (ms === arrow.end_ms) return this.messageMenu(arrow);
      this.focus = `message ${arrow.name}`;
      this.ask("move", arrow.id, ms);
    };
    head.addEventListener("pointermove", move);
    head.addEventListener("pointerup", end, { once: true });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const key = /** @type {HTMLElement} */ (event.target).dataset?.key ?? "";
    const arrow = this.layout.arrows.find((one) => key === `message ${one.name}${one.copy ? " again" : ""}`);
    const lane = this.layout.lanes.find((one) => key === `lane ${one.node}`);
    const step = STEP_MS * (event.shiftKey ? 10 : 1) * (event.key === "ArrowLeft" ? -1 : 1);
    if (event.key === "Escape") this.close();
    else if ((event.ctrlKey || event.metaKey) && event.key === "z") this.ask("undo");
    else if ((event.ctrlKey || event.metaKey) && event.key === "y") this.ask("redo");
    else if (arrow && event.key === "Enter") { this.focus = key; this.messageMenu(arrow); }
    else if (arrow && event.key === "Delete") { this.focus = key; this.ask("lose", arrow.id); }
    else if (arrow && arrow.end !== null && event.key.startsWith("Arrow") && "LeftRight".includes(event.key.slice(5))) {
      this.focus = key;
      this.ask("move", arrow.id, Math.max(arrow.sent_ms, (arrow.end_ms ?? 0) + step));
    } else if (lane && event.key === "Enter") this.laneMenu(lane, null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // --- menus ---

  /** @param {Arrow} arrow */
  messageMenu(arrow) {
    const usual = arrow.end_ms ?? arrow.sent_ms;
    const when = this.number("at (ms)", usual + STEP_MS);
    this.open(arrow.line[2], arrow.line[3], arrow.name, [
      this.item("lose it", () => this.ask("lose", arrow.id)),
      make("label", {}, "at (ms) ", when),
      this.item("let it arrive at this time", () => this.ask("move", arrow.id, Number(when.value))),
      this.item("let a copy arrive then", () => this.ask("repeat", arrow.id, Number(when.value))),
    ]);
  }

  /** @param {Lane} lane @param {MouseEvent | null} event */
  laneMenu(lane, event) {
    const { left, right, low } = this.layout;
    const x = event ? this.at(event).x : (left + right) / 2;
    const when = this.number("at (ms)", this.layout.scale ? timeAt(this.layout, x) : low);
    const long = this.number("for (ms)", PAUSE_MS);
    this.focus = `lane ${lane.node}`;
    const from = () => Number(when.value);
    const to = () => Number(when.value) + Number(long.value);
    this.open(x, lane.y, lane.node, [
      make("label", {}, "at (ms) ", when),
      this.item("crash", () => this.ask("crash", lane.node, from())),
      this.item("restart", () => this.ask("restart", lane.node, from())),
      ...lane.operations.map((op) => this.item(`invoke ${op.text}`, () => this.ask("invoke", lane.node, from(), ...op.arguments))),
      make("label", {}, "for (ms) ", long),
      this.item("pause", () => this.ask("pause", lane.node, from(), to())),
      this.item("cut off from all others", () => this.ask("isolate", lane.node, from(), to())),
    ]);
  }

  /** @param {string} label @param {number} value */
  number(label, value) {
    const input = make("input", { type: "number", step: "any", min: 0, value: Math.round(value * 10) / 10, "aria-label": label });
    return /** @type {HTMLInputElement} */ (input);
  }

  /** @param {string} text @param {() => void} act */
  item(text, act) {
    return make("button", { type: "button", role: "menuitem", onclick: act }, text);
  }

  /** @param {number} x @param {number} y @param {string} title @param {HTMLElement[]} items */
  open(x, y, title, items) {
    const close = make("button", { type: "button", class: "close", "aria-label": "close", onclick: () => this.close() }, "×");
    this.menu.replaceChildren(make("strong", {}, title), close, ...items);
    this.menu.hidden = false;
    const { width, height } = this.layout;
    this.menu.style.left = `min(${(x / width) * 100}%, calc(100% - 230px))`;
    this.menu.style.top = `${(y / height) * 100}%`;
    /** @type {HTMLElement | null} */ (this.menu.querySelector("[role=menuitem]"))?.focus();
  }

  close() {
    if (this.menu.hidden) return;
    this.menu.hidden = true;
    this.root.querySelectorAll("[data-key]").forEach((element) => {
      if (/** @type {HTMLElement} */ (element).dataset.key === this.focus) /** @type {HTMLElement} */ (element).focus();
    });
  }

  stop() {
    for (const name of ["layout_data", "refusal", "touches"]) this.model.off(`change:${name}`, this.show);
    this.root.remove();
  }
}

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  const view = new View(model, el);
  return () => view.stop();
}

export default { render };
