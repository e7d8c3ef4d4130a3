// Lists in which one entry at a time can be reached by Tab, and the others from it by arrow keys.
// @ts-check

/** Let this element alone among `all` be reached by Tab. @param {HTMLElement[]} all @param {HTMLElement | undefined} one */
export function alone(all, one) {
  all.forEach((element) => { element.tabIndex = element === one ? 0 : -1; });
}

/** Give the focus to an element, if there is one. @param {HTMLElement[]} all @param {HTMLElement | undefined} one */
export function rove(all, one) {
  if (!one) return false;
  alone(all, one);
  one.focus();
  return true;
}

/** The entry that a key leads to in a column of `length` entries. @param {string} key @param {number} at @param {number} length */
export function nextIn(key, at, length) {
  if (key === "ArrowDown") return Math.min(at + 1, length - 1);
  if (key === "ArrowUp") return Math.max(at - 1, 0);
  if (key === "Home") return 0;
  return key === "End" ? length - 1 : at;
}
