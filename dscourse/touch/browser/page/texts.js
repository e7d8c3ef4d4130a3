// Long values that Python sends as text of JSON; each is read once.
// @ts-check

const LONG = new Set(["hands", "layout_data", "moments"]);

export class Texts {
  constructor() {
    /** @type {Map<string, {text: string, value: any}>} */ this.known = new Map();
  }

  /** The value that was sent under a name. @param {string} name @param {any} sent @returns {any} */
  read(name, sent) {
    if (!LONG.has(name)) return sent;
    const known = this.known.get(name);
    if (known?.text === sent) return known?.value;
    const value = JSON.parse(sent);
    this.known.set(name, { text: sent, value });
    return value;
  }
}
