// One tab stop for the whole picture: within it, keys go from one thing to the next.
// @ts-check

const KINDS = [".lane", ".message", ".edge"];

export class Roving {
  /** @param {HTMLElement} sheet @param {() => string} wanted the key of what should have the tab stop, if it is there */
  constructor(sheet, wanted) {
    this.sheet = sheet;
    this.wanted = wanted;
    sheet.addEventListener("focusin", (event) => this.stopAt(/** @type {HTMLElement} */ (event.target)));
  }

  /** @param {string} kinds a selector @returns {HTMLElement[]} */
  all(kinds = KINDS.join()) {
    return [.../** @type {NodeListOf<HTMLElement>} */ (this.sheet.querySelectorAll(`.overlay :is(${kinds})`))];
  }

  /** After a new picture: the tab stop is what was in focus last, else the first message. */
  shown() {
    const all = this.all();
    const stop = all.find((one) => one.dataset.key === this.wanted()) ?? this.all(".message")[0] ?? all[0];
    if (stop) this.stopAt(stop);
  }

  /** @param {HTMLElement} element */
  stopAt(element) {
    if (!element.closest(".overlay")) return;
    for (const one of this.all()) {
      const wanted = one === element ? "0" : "-1";
      if (one.getAttribute("tabindex") !== wanted) one.setAttribute("tabindex", wanted);
    }
  }

  /** Go on by a key: to the next or last thing of the same kind, or to another kind.
   * @param {KeyboardEvent} event @returns {boolean} whether the key was for this */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const kind = KINDS.findIndex((one) => target.matches(`.overlay ${one}`));
    if (kind < 0 || event.ctrlKey || event.metaKey || event.altKey) return false;
    const step = { ArrowDown: 1, n: 1, ArrowUp: -1, p: -1 }[event.key];
    const leap = { PageDown: 1, PageUp: -1 }[event.key];
    if (step) {
      const all = this.all(KINDS[kind]);
      all[(all.indexOf(target) + step + all.length) % all.length].focus();
    } else if (leap) {
      const others = [1, 2].map((far) => this.all(KINDS[(kind + leap * far + 6) % 3])[0]);
      others.find(Boolean)?.focus();
    }
    return Boolean(step || leap);
  }
}
