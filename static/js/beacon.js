// Reports a view and what was read of it, to the page's own business and nobody else. Sets no cookie, reads none.
// <html data-beacon="/b/foam/" data-page="7">
(function () {
  "use strict";
  var root = document.documentElement;
  var address = root.dataset.beacon;
  if (!address || !navigator.sendBeacon) return;

  function report(kind, more) {
    var words = { k: kind, p: Number(root.dataset.page) || 0 };
    for (var name in more) words[name] = more[name];
    navigator.sendBeacon(address, JSON.stringify(words));
  }

  var query = new URLSearchParams(location.search);
  var arrival = {};
  ["source", "medium", "campaign"].forEach(function (name) {
    var value = query.get("utm_" + name);
    if (value) arrival[name] = value.slice(0, 100);
  });
  if (!arrival.source && document.referrer) {
    var from = new URL(document.referrer).hostname;
    if (from !== location.hostname) arrival.source = from.slice(0, 100);
  }
  report("page.viewed", arrival);
  var code = query.get("r");
  if (code) report("share.landed", { r: code.slice(0, 20) });

  var seconds = 0;
  var depth = 0;
  var said = false;
  function look() {
    var height = root.scrollHeight || 1;
    depth = Math.max(depth, Math.min(100, Math.round((100 * (scrollY + innerHeight)) / height)));
  }
  addEventListener("scroll", look, { passive: true });
  look();
  setInterval(function () {
    if (document.visibilityState === "visible") seconds += 1;
  }, 1000);
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState !== "hidden" || said || seconds < 2) return;
    said = true;
    report("page.engaged", { seconds: Math.min(seconds, 3600), depth: depth });
  });
})();
