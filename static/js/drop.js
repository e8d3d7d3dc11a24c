/* A file dropped on, or chosen in, a form marked data-drop is sent at once, with its progress. Without this the form has a button. */
(() => {
  "use strict";

  const send = (form) => {
    const input = form.querySelector("input[type=file]");
    const file = input.files[0];
    const tooLarge = Boolean(file) && file.size > Number(input.dataset.most);
    form.querySelector("[data-drop-large]").hidden = !tooLarge;
    if (tooLarge) input.value = "";
    else if (file) form.requestSubmit();
  };

  document.addEventListener("change", (event) => {
    const form = event.target.matches("input[type=file]") && event.target.closest("form[data-drop]");
    if (form) send(form);
  });

  /* The whole screen takes the file, so that nobody loses the page by missing the box. */
  const zone = () => document.querySelector("form[data-drop]");
  const carriesFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const form = zone();
      if (!form || !carriesFiles(event)) return;
      event.preventDefault();
      form.classList.toggle("im-over", name === "dragover");
      if (name !== "drop" || !event.dataTransfer.files.length) return;
      const input = form.querySelector("input[type=file]");
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.closest?.("form[data-drop]")?.querySelector("[data-drop-progress]");
    if (!bar || !event.detail.total) return;
    bar.hidden = false;
    /* all sent is not all read: the bar then says only that something goes on */
    if (event.detail.loaded < event.detail.total) bar.value = (100 * event.detail.loaded) / event.detail.total;
    else bar.removeAttribute("value");
  });
})();
