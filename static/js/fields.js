/* The order of custom fields by dragging: rows between groups. The arrows beside each row do the same without a mouse. */
(() => {
  "use strict";

  const save = () => {
    const form = document.getElementById("field-order");
    form.querySelectorAll("[name=field]").forEach((input) => input.remove());
    for (const part of document.querySelectorAll("[data-arranged]")) {
      const places = [part.dataset.group, ...[...part.querySelectorAll("[data-place]")].map((row) => row.dataset.place)];
      for (const place of places) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "field", value: place }));
    }
    form.requestSubmit();
  };
  const make = () => {
    for (const part of document.querySelectorAll("[data-arranged]:not([data-arranged=on])")) {
      part.dataset.arranged = "on";
      window.Sortable?.create(part, {
        group: "fields",
        handle: ".m-grip",
        draggable: "[data-place]",
        animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 220,
        onEnd: (event) => (event.from !== event.to || event.oldIndex !== event.newIndex) && save(),
      });
    }
  };
  document.addEventListener("htmx:afterSettle", make);
  make();
})();
