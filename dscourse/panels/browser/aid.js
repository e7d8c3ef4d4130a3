// The browser's half of `dscourse.panels.aid.Aid`: names for the controls of a panel, a picture that leaves room for
// them in the window, and a sign of long computations.
// @ts-check

const SOON = 200; // ms after the kernel has called itself busy; a frame that is ready before then needs no sign
const CHROME = 125; // px: menu, tabs, tool bar and status bar of JupyterLab
const LEAST = 280; // px: the height below which a picture is not reduced

/**
 * Give the handle and the number of each slider, and the area of each text, the name that stands beside it.
 * @param {Element} panel
 */
function name(panel) {
  for (const control of panel.querySelectorAll(".widget-slider, .widget-textarea")) {
    const words = control.querySelector(".widget-label")?.textContent?.trim();
    if (words) {
      set(control.querySelector(".noUi-handle"), words);
      set(control.querySelector("textarea"), words);
      set(control.querySelector(".widget-readout"), `${words}, as a number`, "textbox");
    }
  }
}

/** @param {Element | null} element @param {string} words @param {string} [role] */
function set(element, words, role) {
  if (element && element.getAttribute("aria-label") !== words) element.setAttribute("aria-label", words);
  if (element && role) element.setAttribute("role", role);
}

/**
 * Reduce the panel's diagram so that controls, diagram and sentence are seen at once, if the window allows it.
 * @param {HTMLElement} panel
 */
function fit(panel) {
  const drawing = panel.querySelector(".dscourse-paper > svg");
  if (!(drawing instanceof SVGElement)) return;
  const others = panel.offsetHeight - drawing.getBoundingClientRect().height;
  const room = `${Math.max(LEAST, Math.floor(window.innerHeight - CHROME - others))}px`;
  // a property of the panel: the next drawing has its height from the start, and is laid out once
  if (panel.style.getPropertyValue("--room") !== room) panel.style.setProperty("--room", room);
}

/** @typedef {{get(name: string): any, on(event: string, act: () => void): void, off(event: string, act: () => void): void}} Model */

/** @param {{model: Model, el: HTMLElement}} parts */
function render({ model, el }) {
  const sign = document.createElement("p");
  sign.setAttribute("role", "status");
  el.append(sign);
  let timer = 0;
  const show = () => {
    clearTimeout(timer);
    sign.textContent = "";
    if (model.get("busy")) timer = setTimeout(() => { sign.textContent = "Computing …"; }, SOON);
  };
  model.on("change:busy", show);

  /** @type {HTMLElement | null} */
  let panel = null;
  const help = () => { if (panel) { name(panel); fit(panel); } };
  let due = 0;
  const soon = () => { // picture and sentence change one after the other: one layout for both, before they are painted
    cancelAnimationFrame(due);
    due = requestAnimationFrame(help);
  };
  const watch = new MutationObserver(soon);
  window.addEventListener("resize", help);
  let frame = requestAnimationFrame(function find() { // the panel takes its parts in after they are made
    panel = el.closest(".dscourse-panel");
    if (!panel) { frame = requestAnimationFrame(find); return; }
    help();
    watch.observe(panel, { childList: true, subtree: true });
  });
  return () => {
    cancelAnimationFrame(frame);
    cancelAnimationFrame(due);
    clearTimeout(timer);
    watch.disconnect();
    window.removeEventListener("resize", help);
    model.off("change:busy", show);
  };
}

export default { render };
