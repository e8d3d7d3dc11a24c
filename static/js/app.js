/* Behaviour of every screen: search key, busy buttons, copying, sizes told by data, focus and faults of swaps. */
(() => {
  "use strict";

  /* Sizes cannot stand in the HTML (no inline style), so parts say them in data and are dressed here. */
  const sizes = { grow: (el, v) => (el.style.flexGrow = v), at: (el, v) => (el.style.insetInlineStart = `${v}%`), notch: (el, v) => el.style.setProperty("--notch", `${v}%`) };
  /* What scrolls sideways and holds nothing to focus must itself take the keyboard. */
  const reachScrollers = (root) => {
    for (const el of root.querySelectorAll(".m-scroll, .m-journey, .m-tabs, .m-chips")) {
      const needs = el.scrollWidth > el.clientWidth + 1 && !el.querySelector("a, button, input, select");
      if (needs) el.tabIndex = 0;
      else el.removeAttribute("tabindex");
    }
  };
  const dress = (root) => {
    reachScrollers(root);
    for (const [name, apply] of Object.entries(sizes)) {
      for (const el of root.querySelectorAll(`[data-${name}]`)) apply(el, el.dataset[name]);
    }
  };

  const pressed = new WeakSet(); /* htmx lends the class to what it puts in a busy button's place, and that one was not pressed */
  const busy = (button) => {
    if (!button || button.classList.contains("m-button--busy")) return;
    pressed.add(button);
    button.style.minInlineSize = `${button.offsetWidth}px`;
    button.classList.add("m-button--busy");
    if (button.dataset.busy) {
      button.dataset.idle = button.innerHTML;
      button.textContent = button.dataset.busy;
    }
    /* after this turn, so that the button's own name and value are still sent */
    setTimeout(() => button.classList.contains("m-button--busy") && (button.disabled = true));
  };
  const idle = (button) => {
    if (!pressed.delete(button)) return;
    button.classList.remove("m-button--busy");
    button.disabled = false;
    button.style.minInlineSize = "";
    if (button.dataset.idle !== undefined) button.innerHTML = button.dataset.idle;
    delete button.dataset.idle;
  };
  const idleWithin = (root) => root.querySelectorAll(".m-button--busy").forEach(idle);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const leaves = form.method === "post" || form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]");
    if (!leaves || form.target || "stay" in form.dataset) return;
    const button = event.submitter || form.querySelector("button[type=submit], button:not([type])");
    busy(button);
    if (button?.ariaHidden) busy(form.querySelector("button.m-button--primary")); // Enter pressed the one that nobody sees
  });
  window.addEventListener("pageshow", () => idleWithin(document));

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const asks = (event.key === "/" && !typing) || ((event.ctrlKey || event.metaKey) && event.code === "KeyK");
    const search = asks && [...document.querySelectorAll("[data-search]")].find((el) => el.offsetParent);
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  /* What is edited in its place is left by Escape, as by its Cancel; the line that comes back takes the focus. */
  document.addEventListener("keydown", (event) => {
    const cancel = event.key === "Escape" && event.target.closest?.("form[data-inline]")?.querySelector("[data-cancel]");
    if (!cancel) return;
    event.preventDefault();
    cancel.click();
  });

  /* A hidden file input has its button in our words; what was chosen is told beside it. */
  document.addEventListener("change", (event) => {
    const told = document.getElementById(event.target.dataset?.names || "");
    if (told) told.textContent = [...event.target.files].map((file) => file.name).join(", ");
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    window.mashpech.say("copied");
  });

  /* A swap keeps htmx's own focus; where focus was lost, it goes to the fault or to what asks for it. */
  const focusWithin = (root) => {
    if (document.activeElement && document.activeElement !== document.body) return;
    const wanted = root.querySelector("[data-focus], [aria-invalid='true'], [autofocus]");
    if (!wanted) return;
    wanted.focus();
    wanted.removeAttribute("data-focus");
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    dress(event.target.parentElement || document);
    focusWithin(event.target);
  });
  document.addEventListener("htmx:afterRequest", (event) => idleWithin(event.target.closest("form") || event.target));

  /* What is edited in its place takes the keyboard, and gives it back to what opened it: HX-Trigger-After-Settle {"place:focus": id}. */
  document.addEventListener("place:focus", (event) => {
    const place = document.getElementById(event.detail.value);
    const folded = place?.closest("details:not([data-menu])");
    if (folded) folded.open = true;
    const asked = "form[data-inline] :is(input:not([type=hidden]), select, textarea), a.m-fact__edit, summary, button";
    const stuck = place?.matches(":disabled") && place.closest("div")?.querySelector("button:not(:disabled)");
    (stuck || place?.querySelector(asked) || place)?.focus();
  });

  const wordFor = (status) => ({ 403: "forbidden", 404: "gone", 410: "gone" })[status] || (status >= 500 ? "fault" : "refused");
  document.addEventListener("htmx:responseError", (event) => {
    const { status, responseURL } = event.detail.xhr;
    window.mashpech.say(wordFor(status), { fault: true, from: responseURL });
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => window.mashpech.say("lost", { fault: true }));
  }

  /* First fault of a full page load takes the focus, as after a swap. */
  document.addEventListener("DOMContentLoaded", () => focusWithin(document));
  window.addEventListener("resize", () => reachScrollers(document));
  dress(document);
})();
