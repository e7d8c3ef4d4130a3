// What is offered where one clicks: the menus of a message, of a node's line, and of a gesture's edge.
// @ts-check

import { words } from "../page/dom.js";
import { choice, field, item, note, valueField } from "../page/menu.js";
import { sidesForm } from "./sides.js";
import { lossOf, timeAt } from "../picture/geometry.js";

/**
 * @typedef {import("../picture/geometry.js").Arrow} Arrow
 * @typedef {import("../picture/geometry.js").Lane} Lane
 * @typedef {import("../picture/geometry.js").Layout} Layout
 * @typedef {import("./edges.js").Edge} Edge
 * @typedef {{event: number, node: string, ms: number, text: string, effects: string[], message: number | null,
 *   sends: (number | null)[]}} Handler
 * @typedef {[string, string | number | boolean | null, unknown]} Request
 * @typedef {{edges: Edge[], handlers: Handler[], down: import("./heads.js").Down[], requests: Record<string, Request[]>}} Hands
 * @typedef {{text: string, on: boolean, remark: string, numbers: {name: string, label: string, value: number}[]}} Touch
 * @typedef {{ask(gesture: string, ...rest: unknown[]): void, open(x: number, y: number, title: string, items: HTMLElement[]): void,
 *   layout: Layout, hands: Hands, touches: Touch[]}} Host
 */

const LONG_MS = 20;
const MOST_HANDLERS = 6; // that are offered at once

export class Offers {
  /** @param {Host} host */
  constructor(host) {
    this.host = host;
  }

  /** A menu within a menu, with a way back. @param {number} x @param {number} y @param {string} title
   * @param {() => void} back @param {HTMLElement[]} items */
  more(x, y, title, back, items) {
    this.host.open(x, y, title, [...items, item("← back", back, "back")]);
  }

  /** @param {Arrow} arrow */
  message(arrow) {
    const [, , x, y] = arrow.line;
    const { ask } = this.host;
    const at = field("at (ms)", (arrow.end_ms ?? arrow.sent_ms) + 1);
    const handler = this.host.hands.handlers.find((one) => one.message === arrow.id);
    this.host.open(x, y, arrow.name, [
      note(arrow.text),
      ...(arrow.lost ? this.found(arrow) : [item("lose it", () => ask("lose", arrow.id))]),
      at.row,
      ...(arrow.lost ? [] : [item("let it arrive at this time", () => ask("move", arrow.id, at.read()))]),
      item("let a copy arrive at this time", () => ask("repeat", arrow.id, at.read())),
      ...this.sender(arrow),
      ...(handler ? [item(`crash ${arrow.to} as it handles this …`, () => this.effects(x, y, handler, () => this.message(arrow)))] : []),
    ]);
  }

  /** The way on from a moment of a recorded run. @param {import("../page/record.js").FromRecord | undefined} record
   * @param {number} x @param {number} y @param {string} title @param {number} ms @param {string} text */
  recorded(record, x, y, title, ms, text = "") {
    if (!record) return;
    const moment = Math.max(0, Math.round(ms * 1000) / 1000);
    this.host.open(x, y, title, [...(text ? [note(text)] : []), note(record.happened), item(record.words(moment), () => record.from(moment))]);
  }

  /** The way back of a lost message: the touch that lost it is removed. @param {Arrow} arrow @returns {HTMLElement[]} */
  found(arrow) {
    const at = this.host.touches.findIndex((one) => one.on && one.text === `lose ${arrow.name}`);
    if (at >= 0) return [item("let it arrive after all", () => this.host.ask("remove", at))];
    return [note(`It is ${lossOf(arrow)}.`)];
  }

  /** Crashes of the sender just before and after it sends a message. @param {Arrow} arrow @returns {HTMLElement[]} */
  sender(arrow) {
    const handler = this.host.hands.handlers.find((one) => one.sends.includes(arrow.id));
    if (!handler || arrow.copy) return [];
    const at = handler.sends.indexOf(arrow.id);
    const fail = (/** @type {string} */ text, /** @type {number} */ after) => item(text, () => this.host.ask("crash_during", handler.event, after));
    const last = at + 1 === handler.effects.length;
    return [fail(`crash ${arrow.from} just before it sends this`, at),
      ...(last ? [] : [fail(`crash ${arrow.from} just after it sends this`, at + 1)])];
  }

  /** The points at which a handler can be cut short. @param {number} x @param {number} y @param {Handler} handler @param {() => void} back */
  effects(x, y, handler, back) {
    const { effects, event, node, text } = handler;
    const choose = (/** @type {string} */ words_, /** @type {number} */ after) => item(words_, () => this.host.ask("crash_during", event, after));
    this.more(x, y, `crash ${node} as it handles ${text}`, back, [
      note(`The handler has ${effects.length === 1 ? "one effect" : `${effects.length} effects`}. Crash ${node}`),
      ...effects.map((effect, index) => choose(index ? `after ${index}: ${effects[index - 1]}` : `before 1: ${effect}`, index)),
    ]);
  }

  /** @param {Lane} lane @param {number} x px */
  lane(lane, x) {
    const { ask, layout } = this.host;
    const { node, y } = lane;
    const at = field("at (ms)", layout.scale ? timeAt(layout, x) : layout.low);
    const long = field("for (ms)", LONG_MS);
    const end = () => at.read() + long.read();
    const back = () => this.lane(lane, x);
    const requests = this.host.hands.requests[node];
    this.host.open(x, y, node, [
      at.row,
      item("crash", () => ask("crash", node, at.read()), "half"),
      item("restart", () => ask("restart", node, at.read()), "half"),
      item("crash within a handler …", () => this.halfWay(lane, x, at.read(), back)),
      ...lane.operations.map((op) => item(`new operation: ${op.text}`, () => ask("invoke", node, at.read(), ...op.arguments))),
      ...(requests ? [item("another operation …", () => this.operation(lane, x, at.read(), requests, back))] : []),
      item("set its clock wrong …", () => this.clock(lane, x, at.read(), back)),
      long.row,
      item("pause", () => ask("pause", node, at.read(), end()), "half"),
      item("cut one link …", () => this.link(lane, x, at.read(), long.read(), back), "half"),
      item("cut off from all others", () => ask("isolate", node, at.read(), end())),
      item("partition the network …", () => this.divide(lane, x, at.read(), long.read(), back)),
    ]);
  }

  /** @param {Lane} lane @param {number} x @param {number} ms @param {() => void} back */
  halfWay(lane, x, ms, back) {
    const own = this.host.hands.handlers.filter((one) => one.node === lane.node);
    const near = [...own].sort((a, b) => Math.abs(a.ms - ms) - Math.abs(b.ms - ms)).slice(0, MOST_HANDLERS);
    this.more(x, lane.y, `crash ${lane.node} as it handles`, back, near.length
      ? near.sort((a, b) => a.ms - b.ms).map((one) => item(`${one.text}, at ${words(one.ms)} …`, () =>
        this.effects(x, lane.y, one, () => this.halfWay(lane, x, ms, back))))
      : [note(`No handler of ${lane.node} sends, writes or sets anything in this run.`)]);
  }

  /** @param {Lane} lane @param {number} x @param {number} ms @param {Request[]} known @param {() => void} back */
  operation(lane, x, ms, known, back) {
    const at = field("at (ms)", ms);
    const [f, key, value] = known[0] ?? ["", null, null];
    const functions = [...new Set(known.map((one) => one[0]))];
    const what = functions.length ? choice("operation", functions) : valueField("operation", f, []);
    const of = valueField("key", key, known.map((one) => one[1]));
    const to = valueField("value", value, known.map((one) => one[2]));
    this.more(x, lane.y, `an operation at ${lane.node}`, back, [what.row, of.row, to.row,
      note("Leave a field empty for nothing."), at.row,
      item("invoke it", () => this.host.ask("invoke", lane.node, at.read(), what.read(), of.read(), to.read()))]);
  }

  /** @param {Lane} lane @param {number} x @param {number} ms @param {() => void} back */
  clock(lane, x, ms, back) {
    const [at, ahead, drift] = [field("from (ms)", ms), field("ahead by (ms)", 50), field("drift (ppm)", 0)];
    this.more(x, lane.y, `the clock of ${lane.node}`, back, [at.row, ahead.row, drift.row,
      note("Less than 0 is behind. A drift of 1,000 ppm gains 1 ms per second."),
      item("set it so", () => this.host.ask("skew", lane.node, at.read(), ahead.read(), drift.read()))]);
  }

  /** @param {Lane} lane @param {number} x @param {number} ms @param {number} long @param {() => void} back */
  link(lane, x, ms, long, back) {
    const others = this.host.layout.lanes.map((one) => one.node).filter((name) => name !== lane.node);
    const [at, length, other] = [field("at (ms)", ms), field("for (ms)", long), choice("link with", others)];
    const ways = choice("direction", ["both ways", `only from ${lane.node}`, `only to ${lane.node}`]);
    const cut = () => {
      const ends = ways.read() === `only to ${lane.node}` ? [other.read(), lane.node] : [lane.node, other.read()];
      this.host.ask("cut", ...ends, at.read(), at.read() + length.read(), ways.read() === "both ways");
    };
    this.more(x, lane.y, `cut a link of ${lane.node}`, back, [other.row, ways.row, at.row, length.row, item("cut it", cut)]);
  }

  /** @param {Lane} lane @param {number} x @param {number} ms @param {number} long @param {() => void} back */
  divide(lane, x, ms, long, back) {
    const [at, length] = [field("at (ms)", ms), field("for (ms)", long)];
    const sides = sidesForm(this.host.layout.lanes.map((one) => one.node), lane.node);
    this.more(x, lane.y, "partition the network", back, [sides.table, at.row, length.row,
      note("A node on neither side reaches all."),
      item("partition it", () => this.host.ask("partition", sides.read(), at.read(), at.read() + length.read()))]);
  }

  /** The numbers of a gesture, at its edge. @param {Edge} edge @param {number} x @param {number} y */
  edge(edge, x, y) {
    const { ask, touches } = this.host;
    const touch = touches[edge.touch];
    const fields = touch.numbers.map((one) => ({ name: one.name, ...field(one.label, one.value) }));
    const read = () => Object.fromEntries(fields.map((one) => [one.name, one.read()]));
    this.host.open(x, y, touch.text, [...fields.map((one) => one.row),
      item("change the numbers", () => ask("edit", edge.touch, read())),
      item("switch it off", () => ask("switch", edge.touch, false)),
      item("remove it", () => ask("remove", edge.touch))]);
  }
}
