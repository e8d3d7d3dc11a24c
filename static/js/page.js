// A public page: says that it was seen, keeps a form from being sent twice. Works without; stores nothing in the browser.
(() => {
  const { collector, page, own } = document.body.dataset;
  const started = performance.now();

  // A reload and a step back are not new visits.
  const arrival = performance.getEntriesByType("navigation")[0];
  const report = (facts) => collector && navigator.sendBeacon(collector, JSON.stringify({ ...facts, p: Number(page) }));
  if (!arrival || arrival.type === "navigate") {
    report({ k: "page.viewed", u: (location.pathname + location.search).slice(0, 300), f: document.referrer.slice(0, 300), ...(own ? { own: 1 } : {}) });
  }

  let seen = document.hidden ? 0 : started;
  let stayed = 0;
  let depth = 0;
  let told = false;
  const scrolled = () => {
    const whole = document.documentElement.scrollHeight;
    depth = Math.max(depth, whole ? Math.round((100 * (scrollY + innerHeight)) / whole) : 0);
  };
  addEventListener("scroll", scrolled, { passive: true });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      seen = performance.now();
      return;
    }
    stayed += performance.now() - seen;
    scrolled();
    if (!told && stayed >= 10000) {
      told = true;
      report({ k: "page.engaged", s: Math.round(stayed / 1000), d: Math.min(depth, 100) });
    }
  });

  // A form sent twice counts once: the nonce says that it is the same sending. `elapsed` tells a person from a script.
  const LEAST = 800;
  for (const form of document.querySelectorAll("form[data-lead]")) {
    const nonce = form.elements.namedItem("nonce");
    if (nonce) nonce.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    form.addEventListener("submit", (event) => {
      const wait = LEAST - (performance.now() - started);
      if (form.dataset.sent || wait > 0) event.preventDefault();
      if (form.dataset.sent) return;
      if (wait > 0) {
        setTimeout(() => form.requestSubmit(), wait);
        return;
      }
      form.dataset.sent = "1";
      const elapsed = form.elements.namedItem("elapsed");
      if (elapsed) elapsed.value = String(Math.round(performance.now() - started));
      form.querySelector("[type=submit]")?.setAttribute("aria-disabled", "true");
    });
  }
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.querySelector("[type=submit]")?.removeAttribute("aria-disabled");
    }
  });
  document.querySelector("[data-first-error]")?.focus();
})();
