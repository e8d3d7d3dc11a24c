/* The editor of blocks: order by drag and keyboard, frames that load without a flash, personal details, panes of a phone. */
(() => {
  "use strict";

  const editor = document.querySelector(".m-editor");
  if (!editor) return;
  const $ = (selector, root = document) => root.querySelector(selector);
  const status = () => $("#content-status").dataset;

  /* -- previews: a new frame loads behind the old one ------------------------------------------------------------------ */
  const load = (device, src) => {
    const old = [...device.querySelectorAll("iframe")].at(-1);
    if (old.getAttribute("src") === src) return;
    const fresh = old.cloneNode(false);
    fresh.setAttribute("src", src);
    fresh.classList.add("c-loading");
    device.append(fresh);
    fresh.addEventListener("load", () => {
      for (const other of [...device.querySelectorAll("iframe")]) if (other !== fresh) other.remove();
      fresh.classList.remove("c-loading");
    }, { once: true });
  };
  const sync = () => {
    const wanted = status();
    for (const figure of document.querySelectorAll("[data-reader]")) {
      const reader = figure.dataset.reader;
      figure.hidden = `${reader}Hidden` in wanted;
      const device = $(".m-device", figure);
      device.classList.toggle("m-device--wide", wanted.device === "desktop");
      load(device, wanted[reader]);
    }
  };

  /* -- order: drag, and Alt with an arrow -------------------------------------------------------------------------------- */
  const saveOrder = () => {
    const form = $("#content-order");
    const rows = document.querySelectorAll("#content-blocks [data-block]");
    form.elements.ids.value = [...rows].map((row) => row.dataset.block).join(",");
    form.requestSubmit();
  };
  const makeSortable = () => {
    for (const list of document.querySelectorAll("[data-sortable]")) {
      if (list.dataset.sortable === "on") continue;
      list.dataset.sortable = "on";
      window.Sortable?.create(list, {
        group: { name: "blocks", put: (to, from, dragged) => !(dragged.matches(".m-pair") && to.el.closest(".m-pair")) },
        handle: ".m-block__handle, .m-pair__title",
        animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 220,
        onEnd: (event) => (event.from !== event.to || event.oldIndex !== event.newIndex) && saveOrder(),
      });
    }
  };
  let followed = "";
  editor.addEventListener("keydown", (event) => {
    const row = event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) && event.target.closest("[data-block]");
    if (!row) return;
    event.preventDefault();
    followed = row.dataset.block;
    const step = event.key === "ArrowUp" ? "up" : "down";
    $(`.c-steps input[name=step][value=${step}]`, row).form.requestSubmit();
  });

  /* -- marks and personal details go in at the caret ------------------------------------------------------------------------ */
  let field = null;
  editor.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-tags]")) field = event.target;
  });
  const target = () => (field?.isConnected ? field : $("#content-panel [data-tags]"));
  const put = (into, before, after = "", within = "") => {
    const { selectionStart: start, selectionEnd: end, value } = into;
    const words = value.slice(start, end) || within;
    into.focus();
    into.setRangeText(before + words + after, start, end, "end");
    if (within && start === end) into.setSelectionRange(start + before.length, start + before.length + words.length);
    into.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const marks = {
    bold: (area) => put(area, "**", "**"),
    link: (area, button) => put(area, "[", "](https://)", button.dataset.words),
    list: (area) => {
      const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
      area.setSelectionRange(start, Math.max(start, area.selectionEnd));
      const lines = area.value.slice(start, area.selectionEnd).split("\n").map((line) => `- ${line}`);
      area.setRangeText(lines.join("\n"), start, area.selectionEnd, "end");
      area.focus();
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
  };
  const bare = (input) => input.value.replace(/[{}|]/g, " ").trim();
  const tag = (box) => {
    const what = $("[data-what]", box);
    if (what.value === "gender") return `{${[...box.querySelectorAll("[data-form]")].map(bare).join("|")}}`;
    const missing = bare($("[data-missing]", box));
    return `{${[what.selectedOptions[0].textContent.trim(), missing].filter(Boolean).join("|")}}`;
  };
  editor.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-mark]");
    if (mark) marks[mark.dataset.mark]($("textarea", mark.closest(".m-field")), mark);
    const insert = event.target.closest("[data-insert]");
    if (insert && target()) put(target(), tag(insert.closest("[data-details]")));
  });
  editor.addEventListener("change", (event) => {
    if (!event.target.matches("[data-what]")) return;
    for (const part of event.target.closest("[data-details]").querySelectorAll("[data-for]")) {
      part.hidden = (part.dataset.for === "gender") !== (event.target.value === "gender");
    }
  });

  /* -- a link leads to one of our own things, or to an address --------------------------------------------------------------- */
  const showAddress = () => {
    for (const choice of document.querySelectorAll("#content-panel select[name$='_target']")) {
      const address = document.getElementsByName(choice.name.replace(/_target$/, "_address"))[0];
      if (address) address.hidden = Boolean(choice.value);
    }
  };
  editor.addEventListener("change", (event) => event.target.matches("select[name$='_target']") && showAddress());

  /* -- panes of a phone -------------------------------------------------------------------------------------------------- */
  const showPane = (name) => {
    editor.dataset.pane = name;
    for (const button of document.querySelectorAll(".c-views__panes [data-pane]")) {
      button.setAttribute("aria-pressed", String(button.dataset.pane === name));
    }
  };
  editor.addEventListener("click", (event) => {
    const button = event.target.closest(".c-views__panes [data-pane]");
    if (button) showPane(button.dataset.pane);
    if (event.target.closest("a.m-block__words")) showPane("panel");
  });

  /* -- nothing written is left behind: publishing waits for the last save ---------------------------------------------------- */
  let saving = 0;
  let isDirty = false;
  editor.addEventListener("input", (event) => (isDirty ||= Boolean(event.target.closest("[data-autosave]"))));
  document.addEventListener("htmx:beforeRequest", () => (saving += 1));
  document.addEventListener("htmx:afterRequest", (event) => {
    saving = Math.max(0, saving - 1);
    if (event.target.matches?.("[data-autosave]")) isDirty = false;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.closest("[data-autosave], #content-conflict") || form.matches("[hx-post]") || (!saving && !isDirty)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const autosave = $("[data-autosave]");
    if (isDirty && autosave) autosave.dispatchEvent(new Event("change"));
    const wait = setInterval(() => {
      if (saving) return;
      clearInterval(wait);
      isDirty = false;
      form.requestSubmit(event.submitter);
    }, 60);
  }, true);

  const settle = () => {
    sync();
    makeSortable();
    showAddress();
    $(".c-views__panes").hidden = false;
    showPane(editor.dataset.pane || (new URLSearchParams(location.search).has("block") ? "panel" : "blocks"));
    if (followed) $(`[data-block="${followed}"] .m-block__words`)?.focus();
    followed = "";
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    settle();
    const { target, requestConfig } = event.detail;
    if (target?.id === "file-picker" && requestConfig?.verb === "post") $("[data-autosave]")?.dispatchEvent(new Event("change"));
  });
  document.addEventListener("htmx:oobAfterSwap", () => setTimeout(settle));
  settle();
})();
