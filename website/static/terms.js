// The definitions of terms, shown where a term is pointed at, focused or tapped.
// @ts-check
"use strict";

(() => {  // a classic script, whose names would be those of the window
  /** The definition that is shown, and its term. */
  let shown = /** @type {{box: HTMLElement, term: HTMLElement} | null} */ (null);

  /** @param {HTMLElement} term */
  function open(term) {
    close();
    const box = document.createElement("div");
    box.className = "definition";
    box.id = "definition";
    box.setAttribute("role", "tooltip");
    box.textContent = term.dataset.definition ?? "";
    document.body.append(box);
    const { left, bottom, top } = term.getBoundingClientRect();
    const room = document.documentElement.clientWidth - box.offsetWidth - 8;
    const above = bottom + box.offsetHeight + 8 > window.innerHeight;
    box.style.left = `${Math.max(8, Math.min(left, room)) + window.scrollX}px`;
    box.style.top = `${(above ? top - box.offsetHeight - 4 : bottom + 4) + window.scrollY}px`;
    term.setAttribute("aria-describedby", "definition");
    shown = { box, term };
  }

  function close() {
    shown?.box.remove();
    shown?.term.removeAttribute("aria-describedby");
    shown = null;
  }

  for (const term of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("a.term"))) {
    term.dataset.definition = term.title;
    term.removeAttribute("title");
    term.addEventListener("mouseenter", () => open(term));
    term.addEventListener("focus", () => open(term));
    term.addEventListener("mouseleave", close);
    term.addEventListener("blur", close);
    // On a touch screen the first tap shows the definition, and the second follows the link.
    let first = false;
    term.addEventListener("pointerdown", (event) => { first = event.pointerType === "touch" && shown?.term !== term; });
    term.addEventListener("click", (event) => { if (first) event.preventDefault(); });
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
})();
