// The form of a public page: keeps it from being sent twice, tells a person from a script. Works without; stores nothing.
(function () {
  "use strict";
  var LEAST = 800; // milliseconds nobody can fill a form in
  var started = performance.now();

  function nonce() {
    var bytes = Array.from(crypto.getRandomValues(new Uint8Array(16)));
    return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function fill(form, name, value) {
    var input = form.elements.namedItem(name) || form.appendChild(document.createElement("input"));
    input.type = "hidden";
    input.name = name;
    input.value = value;
  }

  function ready(form) {
    fill(form, "nonce", nonce());
    form.addEventListener("submit", function (event) {
      var elapsed = performance.now() - started;
      if (form.dataset.sent || elapsed < LEAST) event.preventDefault();
      if (form.dataset.sent) return;
      if (elapsed < LEAST) {
        setTimeout(() => form.requestSubmit(), LEAST - elapsed + 10);
        return;
      }
      form.dataset.sent = "1";
      fill(form, "elapsed", String(Math.round(elapsed)));
    });
  }

  document.querySelectorAll("form:has([name=stamp])").forEach(ready);
  var faulty = document.querySelector('[aria-invalid="true"]');
  if (faulty) faulty.focus();
  addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });
})();
