// What a reader must not lose: the focus, while they work elsewhere, and the news that the kernel has ended.
// @ts-check

export const GONE = "The kernel that drew this picture has ended. Run the cell again.";

/** Whether an element of the widget may take the focus: nothing outside of it has it. @param {HTMLElement} root */
export function mayTakeFocus(root) {
  const active = document.activeElement;
  return !active || active === document.body || root.contains(active);
}

/** Send a message to Python; false, after `gone`, if the kernel of this widget has ended.
 * @param {{send(message: object): void}} model @param {object} message @param {() => void} gone */
export function sendTo(model, message, gone) {
  try {
    model.send(message);
  } catch {
    gone();
    return false;
  }
  return true;
}
