// The search for a violation: its limits, how far it has come, what it found, and the path that is played. The report,
// of what was found, stands apart from the rest.
// @ts-check

import { make, revealIn } from "../page/dom.js";

const PAUSE_MS = 1000; // between two moves of a path that is played

/**
 * @typedef {{card?: string, from: number, path: string[], made: number | null}} Report
 */

/** The limits that can be chosen, with their labels. */
const LIMITS = { moves: "moves", losses: "lost messages", copies: "copies", crashes: "crashes", restarts: "restarts" };

export class Searching {
  /** @param {Record<string, number>} limits @param {(gesture: string, ...rest: unknown[]) => void} ask */
  constructor(limits, ask) {
    this.ask = ask;
    this.playing = false;
    this.timer = 0;
    /** @type {Record<string, HTMLInputElement>} */ this.inputs = {};
    const fields = Object.entries(LIMITS).map(([name, label]) => {
      const input = /** @type {HTMLInputElement} */ (make("input", { type: "number", min: name === "moves" ? 1 : 0, step: 1,
        value: limits[name], "data-key": `limit ${name}` }));
      this.inputs[name] = input;
      return make("label", {}, `${label} `, input);
    });
    this.button = make("button", { type: "button", "data-key": "button search", onclick: () => this.search() },
      "find a violation from here");
    this.report = make("div", { class: "report", "aria-live": "polite" });
    this.far = make("span"); // how far the search has come; too often to be announced each time
    this.cancel = make("button", { type: "button", "data-key": "button cancel", onclick: () => this.ask("cancel") }, "cancel");
    this.progress = make("div", { class: "bar searching", hidden: true }, this.far, this.cancel);
    const most = `at most ${limits.states.toLocaleString("en")} states, ${limits.seconds} s`;
    this.element = make("section", { class: "search" }, make("div", { class: "bar" }, this.button,
      make("span", { class: "hint" }, "with at most"), ...fields, make("span", { class: "hint" }, `(${most})`)), this.progress);
  }

  search() {
    this.stop();
    const chosen = Object.entries(this.inputs).map(([name, input]) => [name, Number(input.value)]);
    this.ask("search", Object.fromEntries(chosen));
  }

  /** Say how far the search has come, or nothing when none runs. @param {string} progress */
  come(progress) {
    if (progress && this.progress.hidden) this.report.textContent = "Searching."; // announced once
    const focused = this.progress.contains(document.activeElement);
    this.far.textContent = progress;
    this.progress.hidden = !progress;
    if (focused && !progress) this.button.focus();
  }

  /** @param {Report} report */
  show(report) {
    window.clearTimeout(this.timer);
    if (report.made === null || report.made === report.path?.length) this.playing = false;
    if (this.playing) this.timer = window.setTimeout(() => this.ask("play"), PAUSE_MS);
    if (!report.card) {
      this.report.replaceChildren();
      return;
    }
    this.report.innerHTML = report.card;
    this.report.prepend(make("p", { class: "hint" }, `Searched from state ${report.from} on:`));
    if (report.path.length) this.report.append(this.controls(report), this.path(report));
    const steps = /** @type {NodeListOf<HTMLElement>} */ (this.report.querySelectorAll(".steps :is(.made, [aria-current])"));
    for (const step of steps) revealIn(/** @type {HTMLElement} */ (step.parentElement), step); // the last one remains in view
  }

  /** @param {Report} report */
  controls(report) {
    const step = () => { this.stop(); this.ask("play"); };
    const play = () => {
      this.playing = !this.playing;
      if (this.playing) this.ask("play");
      else this.show(report);
    };
    const text = report.made === report.path.length ? "play again" : "play the path";
    return make("div", { class: "bar" },
      make("button", { type: "button", "data-key": "button play", onclick: play }, this.playing ? "pause" : text),
      make("button", { type: "button", "data-key": "button step", onclick: step }, "next move of the path"));
  }

  /** @param {Report} report */
  path(report) {
    const lines = report.path.map((text, index) => {
      const line = make("li", { class: report.made !== null && index < report.made ? "made" : "" }, text);
      if (index === report.made) line.setAttribute("aria-current", "step");
      return line;
    });
    return make("ol", { class: "steps", "aria-label": "the path to the violation" }, ...lines);
  }

  stop() {
    window.clearTimeout(this.timer);
    this.playing = false;
  }
}
