// The hand: what is offered where one points, the list of gestures, keys, and what is said when Python has answered.
// @ts-check

import { make } from "../page/dom.js";
import { Code } from "../page/code.js";
import { edgeKey, showEdges } from "./edges.js";
import { Entries } from "./entries.js";
import { arrival } from "./heads.js";
import { Help } from "../page/help.js";
import { Offers } from "./offers.js";
import { timeAt } from "../picture/geometry.js";
import { laneKey, messageKey } from "../picture/paper.js";
import { Roving } from "../page/tabstop.js";
import { Waiting } from "../page/waiting.js";
import { Turns } from "./turns.js";
import { WHICH, whichMessage } from "../page/which.js";

/**
 * @typedef {import("../picture/geometry.js").Arrow} Arrow
 * @typedef {import("../picture/geometry.js").Lane} Lane
 * @typedef {import("../picture/geometry.js").Layout} Layout
 * @typedef {import("./edges.js").Edge} Edge
 * @typedef {{model: {get(name: string): any, send(message: object): boolean}, paper: import("../picture/paper.js").Paper,
 *   menu: import("../page/menu.js").Menu, root: HTMLElement, layout: Layout, focus: string, answers: number, reachable: Arrow[], reach(arrow: Arrow): void,
 *   say(text: string): void, pointedX(): number | null | undefined, record?: import("../page/record.js").FromRecord}} Stage
 */

const KEY_STEP_MS = 1;

export class Hand {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.ask = this.ask.bind(this);
    this.open = this.open.bind(this);
    this.offers = new Offers(this);
    this.code = new Code();
    this.entries = new Entries(this.ask, (key) => { stage.focus = key; }, (button) => this.code.copy(button));
    this.help = new Help();
    this.news = make("p", { class: "news", role: "status" });
    this.waiting = new Waiting(stage.root, (text) => { this.news.textContent = text; });
    this.turns = new Turns();
    this.answers = -1; // pictures that there were when Python was asked last
    const sheet = stage.paper.element;
    this.roving = new Roving(sheet, () => stage.focus);
    sheet.addEventListener("contextmenu", (event) => this.context(event));
  }

  get layout() { return this.stage.layout; }

  /** @returns {import("./offers.js").Hands} */
  get hands() { return this.stage.model.get("hands"); }

  /** @returns {import("./offers.js").Touch[]} */
  get touches() { return this.stage.model.get("touches"); }

  /** Why the run takes no gestures; "" if it does. */
  get happened() { return this.stage.record?.happened ?? ""; }

  /** Tell Python something that is no gesture, and that it answers with a picture. @param {object} message */
  tell(message) {
    this.turns.take(() => {
      this.answers = this.stage.answers;
      this.waiting.begin();
      return this.stage.model.send(message);
    });
    this.stage.menu.close();
  }

  /** Ask Python for a gesture on the picture that shows, when its turn comes. @param {string} gesture @param {...unknown} rest */
  ask(gesture, ...rest) {
    if (this.happened) return this.stage.say(this.happened);
    const of = this.stage.answers;
    this.turns.take(() => this.send(of, gesture, ...rest));
    this.stage.menu.close();
  }

  /** Ask Python for a gesture that was made on the picture with the number `of`; true if there is a kernel.
   * @param {number} of @param {string} gesture @param {...unknown} rest */
  send(of, gesture, ...rest) {
    this.answers = this.stage.answers;
    this.waiting.begin();
    return this.stage.model.send({ gesture, arguments: rest, of });
  }

  /** The kernel has ended: nothing will be answered any more. */
  gone() {
    this.turns.clear();
    this.waiting.gone();
  }

  /** Open a menu at a point of the picture. @param {number} x px @param {number} y px @param {string} title @param {HTMLElement[]} items */
  open(x, y, title, items) {
    this.stage.menu.open(x / this.layout.width, y / this.layout.height, title, items);
  }

  /** Python has answered: show the list, the edges, and what has changed. */
  shown() {
    const answered = this.stage.answers !== this.answers;
    if (answered) this.waiting.end();
    this.entries.show(this.touches);
    this.code.show(this.stage.model.get("code"));
    this.news.textContent = this.stage.model.get("news");
    showEdges(this.stage.paper, this.hands.edges, {
      move: (edge, ms) => this.moveEdge(edge, ms),
      open: (edge, x, y) => this.edge(edge, x, y),
      say: (text) => this.stage.say(text),
    });
    this.roving.shown();
    if (answered) this.turns.answered();
  }

  // --- what is offered ---

  /** @param {Arrow} arrow */
  message(arrow) {
    this.stage.reach(arrow);
    this.stage.focus = messageKey(arrow);
    if (this.happened) this.offers.recorded(this.stage.record, arrow.line[2], arrow.line[3], arrow.name, arrow.sent_ms, arrow.text);
    else this.offers.message(arrow);
    this.stage.paper.hold(arrow);
  }

  /** Ask which of several messages is meant. @param {Arrow[]} arrows the nearest first @param {number} x px @param {number} y px */
  choose(arrows, x, y) {
    this.stage.reach(arrows[0]);
    this.stage.focus = messageKey(arrows[0]);
    this.open(x, y, WHICH, whichMessage(arrows, (arrow) => this.stage.paper.point(arrow), (arrow) => this.message(arrow)));
  }

  /** @param {Lane} lane @param {number} x px */
  lane(lane, x) {
    this.stage.focus = laneKey(lane);
    if (this.happened) this.offers.recorded(this.stage.record, x, lane.y, lane.node, timeAt(this.layout, x));
    else this.offers.lane(lane, x);
  }

  /** @param {Edge} edge @param {number} x px @param {number} y px */
  edge(edge, x, y) {
    this.stage.focus = edgeKey(edge);
    this.offers.edge(edge, x, y);
  }

  /** Move a message's arrival. @param {Arrow} arrow @param {number} ms */
  move(arrow, ms) {
    this.stage.focus = messageKey(arrow);
    this.ask("move", arrow.id, ms);
  }

  /** @param {Edge} edge @param {number} ms */
  moveEdge(edge, ms) {
    this.stage.focus = edgeKey(edge);
    this.ask("edit", edge.touch, { [edge.number]: timeOf(ms) });
  }

  /** The other button of a mouse, or a long press, does what a click does. @param {MouseEvent} event */
  context(event) {
    const target = /** @type {Element} */ (event.target);
    if (!target.closest(".overlay")) return;
    event.preventDefault();
    event.stopPropagation(); // a notebook has a menu of its own
    const { clientX, clientY } = event;
    const pointerType = event instanceof PointerEvent ? event.pointerType : "mouse";
    if (target.matches(".message, .lane, .overlay")) {
      target.dispatchEvent(new PointerEvent("click", { clientX, clientY, pointerType, bubbles: true }));
    }
  }

  // --- keys ---

  /** @param {KeyboardEvent} event @returns {boolean} whether the key was for the hand */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.matches("input, select, textarea") || this.stage.menu.element.contains(target)) return false;
    const command = event.ctrlKey || event.metaKey;
    const name = event.key.toLowerCase();
    if (command && (name === "y" || (name === "z" && event.shiftKey))) this.ask("redo");
    else if (command && name === "z") this.ask("undo");
    else if (command || event.altKey) return false;
    else if (event.key === "?") this.help.toggle();
    else return this.roving.key(event) || this.onThing(event, target.dataset.key ?? "");
    return true;
  }

  /** The node on whose line a key was pressed, or "". @param {KeyboardEvent} event */
  nodeOf(event) {
    const key = /** @type {HTMLElement} */ (event.target).dataset?.key;
    return this.layout.lanes.find((lane) => key === laneKey(lane))?.node ?? "";
  }

  /** A key pressed on a message, a line or an edge. @param {KeyboardEvent} event @param {string} key */
  onThing(event, key) {
    const step = { ArrowLeft: -KEY_STEP_MS, ArrowRight: KEY_STEP_MS }[event.key] ?? 0;
    const far = step * (event.shiftKey ? 10 : 1);
    const opens = event.key === "Enter" || event.key === " ";
    const deletes = event.key === "Delete" || event.key === "Backspace";
    const arrow = this.arrowOf(key);
    if (arrow) return this.onArrow(arrow, opens, deletes, far);
    const edge = this.hands.edges.find((one) => key === edgeKey(one));
    if (edge) return this.onEdge(edge, opens, deletes, far);
    const lane = this.layout.lanes.find((one) => key === laneKey(one));
    if (lane && opens) this.lane(lane, this.stage.pointedX() ?? (this.layout.left + this.layout.right) / 2);
    return Boolean(lane && opens);
  }

  /** @param {Arrow} arrow @param {boolean} opens @param {boolean} deletes @param {number} far ms */
  onArrow(arrow, opens, deletes, far) {
    this.stage.focus = messageKey(arrow);
    if (opens) this.message(arrow);
    else if (deletes) this.ask("lose", arrow.id);
    else if (far && this.happened) this.stage.say(this.happened);
    else if (far && canMove(arrow)) this.turns.take((all) => this.stepArrow(messageKey(arrow), all), messageKey(arrow), far);
    else return false;
    return true;
  }

  /** Let a message arrive later than in the picture that shows now; true if Python was asked. @param {string} key @param {number} far ms */
  stepArrow(key, far) {
    const arrow = this.arrowOf(key);
    if (!arrow || !canMove(arrow)) return false;
    const ms = /** @type {number} */ (arrow.end_ms) + far;
    if (ms >= arrow.sent_ms) return this.send(this.stage.answers, "move", arrow.id, ms);
    this.stage.say(arrival(this.layout, arrow, ms, this.hands.down));
    return false;
  }

  /** @param {string} key */
  arrowOf(key) { return this.stage.reachable.find((one) => key === messageKey(one)); }

  /** @param {Edge} edge @param {boolean} opens @param {boolean} deletes @param {number} far ms */
  onEdge(edge, opens, deletes, far) {
    if (opens) this.edge(edge, this.layout.left + (edge.ms - this.layout.low) * this.layout.scale, this.layout.lanes[0].y);
    else if (deletes) {
      this.stage.focus = "button undo";
      this.ask("remove", edge.touch);
    } else if (far) this.turns.take((all) => this.stepEdge(edgeKey(edge), all), edgeKey(edge), far);
    else return false;
    return true;
  }

  /** Move an edge from where it is now; true if Python was asked. @param {string} key @param {number} far ms */
  stepEdge(key, far) {
    const edge = this.hands.edges.find((one) => key === edgeKey(one));
    if (!edge) return false;
    this.stage.focus = key;
    return this.send(this.stage.answers, "edit", edge.touch, { [edge.number]: timeOf(edge.ms + far) });
  }
}

/** A time of a gesture, in ms as it is sent. @param {number} ms */
const timeOf = (ms) => Math.max(0, Math.round(ms * 1000) / 1000);

/** Whether the arrival of a message can be moved. @param {Arrow} arrow */
const canMove = (arrow) => arrow.end_ms !== null && !arrow.lost && !arrow.copy;
