/* Choosing people on a list: a range with shift, the whole page, all of the search. The boxes themselves are plain form controls. */
(() => {
  "use strict";

  const boxes = () => [...document.querySelectorAll("input[data-pick]")];
  const all = () => document.querySelector("input[data-pick-all]:checked");
  let last = null;

  const count = () => {
    const chosen = boxes().filter((box) => box.checked);
    const page = document.querySelector("input[data-pick-page]");
    if (page) {
      page.hidden = false;
      page.checked = chosen.length > 0 && chosen.length === boxes().length;
      page.indeterminate = chosen.length > 0 && !page.checked;
    }
    const told = document.querySelector("[data-bulk-count]");
    if (!told) return;
    told.dataset.plain ??= told.textContent;
    const number = all()?.dataset.total || String(chosen.length);
    told.textContent = chosen.length ? told.dataset.words.replace("{count}", number) : told.dataset.plain;
  };

  const range = (box) => {
    const listed = boxes();
    const [from, to] = [listed.indexOf(last), listed.indexOf(box)].sort((a, b) => a - b);
    if (from >= 0) for (const one of listed.slice(from, to + 1)) one.checked = box.checked;
  };

  document.addEventListener("click", (event) => {
    const box = event.target.closest?.("input[data-pick]");
    if (!box) return;
    if (event.shiftKey && last?.isConnected) range(box);
    last = box;
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-pick-page]")) for (const one of boxes()) one.checked = box.checked;
    /* all of the search are chosen only while all of the page are */
    if (box.matches("[data-pick-all]") && box.checked) for (const one of boxes()) one.checked = true;
    if (box.matches("[data-pick], [data-pick-page]") && !box.checked && all()) all().checked = false;
    if (box.matches("[data-pick-mode]") && !box.checked) document.getElementById("bulk-form")?.reset();
    if (box.matches("[data-pick], [data-pick-page], [data-pick-all], [data-pick-mode]")) count();
  });
  document.addEventListener("reset", (event) => event.target.id === "bulk-form" && setTimeout(count));
  document.addEventListener("keydown", (event) => {
    const open = document.querySelector("dialog[open], details[data-menu][open]");
    if (event.key === "Escape" && !open && boxes().some((box) => box.checked)) document.getElementById("bulk-form").reset();
  });
  /* A button that leads to another screen leaves by itself, without htmx. */
  document.addEventListener("submit", (event) => event.submitter?.matches("[data-plain]") && event.stopPropagation(), true);
  document.addEventListener("htmx:afterSettle", count);
  window.addEventListener("pageshow", count);
  count();
})();
