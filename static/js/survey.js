/* The order of a survey's questions by dragging. The arrows beside each do the same without a mouse. */
(() => {
  "use strict";

  const save = (list) => {
    const form = document.getElementById("question-order");
    form.querySelectorAll("[name=question]").forEach((input) => input.remove());
    for (const row of list.querySelectorAll(":scope > [data-place]")) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "question", value: row.dataset.place }));
    }
    form.requestSubmit();
  };
  const make = () => {
    for (const list of document.querySelectorAll("[data-ordered]:not([data-ordered=on])")) {
      list.dataset.ordered = "on";
      window.Sortable?.create(list, {
        handle: ".m-grip",
        draggable: "[data-place]",
        animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 220,
        onEnd: (event) => event.oldIndex !== event.newIndex && save(list),
      });
    }
  };
  document.addEventListener("htmx:afterSettle", make);
  make();
})();
