/* Toasts: what was done, six seconds, with a way back. From <template data-toast>, from the header HX-Trigger "toast", from say(). */
(() => {
  "use strict";

  const region = document.getElementById("toasts");
  const SECONDS = 6;

  const button = (text, type) => Object.assign(document.createElement("button"), { textContent: text, type });
  const hidden = (name, value) => Object.assign(document.createElement("input"), { type: "hidden", name, value });

  const undoForm = (url) => {
    const form = Object.assign(document.createElement("form"), { method: "post", action: url });
    form.append(hidden("csrfmiddlewaretoken", region.dataset.token), button(region.dataset.undo, "submit"));
    return form;
  };

  const icon = (name) => {
    const [svg, use] = ["svg", "use"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${region.dataset.icons}#${name}`);
    svg.append(use);
    return svg;
  };

  const show = ({ text, undo, fault }) => {
    const toast = document.createElement("div");
    toast.className = fault ? "m-toast m-toast--fault" : "m-toast";
    const words = Object.assign(document.createElement("span"), { className: "m-toast__text", textContent: text, dir: "auto" });
    toast.append(icon(fault ? "alert-circle" : "circle-check"), words);
    const close = button("×", "button");
    close.setAttribute("aria-label", region.dataset.close);
    close.addEventListener("click", () => toast.remove());
    toast.append(undo ? undoForm(undo) : close);
    region.append(toast);
    leaveAfterAWhile(toast);
  };

  /* The clock stands while someone points at the toast or has the focus in it. */
  const leaveAfterAWhile = (toast) => {
    let timer;
    const start = () => (timer = setTimeout(() => toast.remove(), SECONDS * 1000));
    const stop = () => clearTimeout(timer);
    toast.addEventListener("mouseenter", stop);
    toast.addEventListener("mouseleave", start);
    toast.addEventListener("focusin", stop);
    toast.addEventListener("focusout", start);
    start();
  };

  window.mashpech = { toast: show, say: (word, options = {}) => show({ text: region.dataset[word], ...options }) };

  document.addEventListener("toast", (event) => {
    const told = event.detail.value ?? event.detail;
    for (const one of Array.isArray(told) ? told : [told]) show(one);
  });
  for (const kept of region.querySelectorAll("template[data-toast]")) {
    show({ text: kept.content.textContent, undo: kept.dataset.undoUrl, fault: kept.dataset.level === "error" });
    kept.remove();
  }
})();
