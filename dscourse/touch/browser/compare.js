// The browser's half of `dscourse.touch.Compare`: two diagrams under one plan, with one toolbar, one list and one cursor.
// @ts-check

import { make } from "./page/dom.js";
import { Simplify } from "./compare/simplify.js";
import { Tasks } from "./page/tasks.js";
import { View } from "./diagram.js";
import { alignEnds, joinCursors } from "./time/cursors.js";

/** @typedef {import("./diagram.js").Model} Model */

/** The part of the common model that belongs to one diagram: its names begin with the number of the side. */
export class SideModel {
  /** @param {Model} model @param {number} side */
  constructor(model, side) {
    this.model = model;
    this.side = side;
  }

  /** @param {string} name */
  get(name) { return this.model.get(`${this.side}_${name}`); }

  /** @param {object} message */
  send(message) { this.model.send({ ...message, side: this.side }); }

  /** @param {string} event @param {() => void} act */
  on(event, act) { this.model.on(this.named(event), act); }

  /** @param {string} event @param {() => void} act */
  off(event, act) { this.model.off(this.named(event), act); }

  /** @param {string} event such as change:svg */
  named(event) { return event.replace(/^change:/, `change:${this.side}_`); }
}

/** @param {{model: Model, el: HTMLElement}} context */
function renderCompare({ model, el }) {
  const sentence = make("p", { class: "difference", "aria-live": "polite" });
  const parts = [0, 1].map((side) => make("section", { class: `side side-${side}`, "aria-label": model.get("names")[side] },
    make("h4", {}, model.get("names")[side])));
  const simplify = new Simplify((outcome) => model.send({ simplify: outcome }));
  const tasks = new Tasks();
  el.append(make("div", { class: "dscourse-touch comparison" }, simplify.element, tasks.element, ...parts));
  parts[0].after(sentence);
  const views = parts.map((part, side) => new View(new SideModel(model, side), part));
  joinCursors(views[0].time, views[1].time);
  views.forEach((view, side) => view.time.table.element.before(make("h4", {}, model.get("names")[side])));
  const say = () => { sentence.textContent = model.get("sentence"); };
  const align = () => requestAnimationFrame(() => alignEnds(views.map((view) => view.time)));
  const showBoth = () => {
    tasks.show(model.get("tasks"));
    simplify.show(model.get("outcomes"));
  };
  for (const view of views) { // a new picture sets its own cursor to its own end
    const shown = view.show.bind(view);
    view.show = () => { shown(); align(); };
  }
  const heard = { "change:sentence": say, "change:0_moments": align, "change:1_moments": align, "change:tasks": showBoth,
    "change:outcomes": showBoth };
  for (const [event, act] of Object.entries(heard)) model.on(event, act);
  say();
  showBoth();
  align();
  return () => {
    for (const [event, act] of Object.entries(heard)) model.off(event, act);
    views.forEach((view) => view.stop());
  };
}

export default { render: renderCompare };
