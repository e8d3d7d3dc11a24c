/* Menus (<details data-menu>), the drawer, local dialogs and the confirm dialog. Keyboard first, the browser's own parts. */
(() => {
  "use strict";

  const openMenus = () => document.querySelectorAll("details[data-menu][open]");
  const closeMenu = (menu, { refocus = false } = {}) => {
    menu.open = false;
    if (refocus) menu.querySelector("summary").focus();
  };
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) {
      if (!menu.contains(event.target) || event.target.closest("a.m-menu__item")) closeMenu(menu);
    }
  });
  document.addEventListener("focusin", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) closeMenu(menu);
  });
  const move = (menu, step) => {
    const items = [...menu.querySelectorAll(".m-menu__item")];
    const next = (items.indexOf(document.activeElement) + step + items.length) % items.length;
    items[items.includes(document.activeElement) ? next : step > 0 ? 0 : items.length - 1]?.focus();
  };
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details[data-menu][open]");
    if (!menu) return;
    if (event.key === "Escape") closeMenu(menu, { refocus: true });
    else if (event.key === "ArrowDown") move(menu, 1);
    else if (event.key === "ArrowUp") move(menu, -1);
    else return;
    event.preventDefault();
  });

  /* Drawer: whatever htmx puts into #m-drawer-body opens it; the header "HX-Trigger: drawer:close" closes it. */
  const drawer = document.getElementById("m-drawer");
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "m-drawer-body" || drawer.open) return;
    drawer.showModal();
    drawer.querySelector("[autofocus], input:not([type=hidden]), h2, button")?.focus();
  });
  document.addEventListener("drawer:close", () => drawer.close());
  drawer?.addEventListener("close", () => document.getElementById("m-drawer-body").replaceChildren());

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
    if (event.target.matches?.("dialog.m-drawer, dialog.m-dialog")) event.target.close();
  });

  /* Confirm: data-confirm on a form, or hx-confirm on anything; data-confirm-word asks to type a word first. */
  const dialog = document.getElementById("m-confirm");
  const part = (name) => document.getElementById(`m-confirm-${name}`);
  let agreed = null;
  const ask = (text, source, then) => {
    const { confirmTitle, confirmButton, confirmWord, confirmLabel } = source.dataset;
    part("title").textContent = confirmTitle || part("title").dataset.default;
    part("text").textContent = text;
    part("yes").textContent = confirmButton || part("yes").dataset.default;
    part("typed").hidden = !confirmWord;
    part("typed").querySelector("label").textContent = confirmLabel || confirmWord || "";
    part("word").value = "";
    part("yes").disabled = Boolean(confirmWord);
    part("word").oninput = () => (part("yes").disabled = part("word").value.trim() !== confirmWord);
    agreed = then;
    dialog.showModal();
    (confirmWord ? part("word") : dialog.querySelector("[data-closes]")).focus();
  };
  part("yes")?.addEventListener("click", () => {
    dialog.close();
    agreed?.();
  });
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const source = event.submitter?.dataset.confirm ? event.submitter : form;
      if (!source.dataset.confirm || form.dataset.agreed) return delete form.dataset.agreed;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(source.dataset.confirm, source, () => {
        form.dataset.agreed = "yes";
        form.requestSubmit(event.submitter);
      });
    },
    true,
  );
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, event.detail.elt, () => event.detail.issueRequest(true));
  });
})();
