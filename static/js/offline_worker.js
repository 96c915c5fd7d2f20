/* The service worker: where a page does not come because the network is gone, it shows one that is kept here.

   It keeps the page that says so, and the inspector's phone page with its scripts and styles, all asked for without the
   person's cookies: none of his data is in them (what is his, the phone page itself keeps, encrypted). The phone page is
   shown from here at once and stands in for the inspector's pages that do not come. Every other request passes it by,
   and so does a form that was sent: the browser's own page offers to send it again, and its key lets it count once.
   VERSION, PAGE, SHELL and PARTS stand on a line before this file (shuangjian/offline.py): other ones, another worker. */
(function () {
  "use strict";
  var PREFIX = "sj:offline:";
  var NAME = PREFIX + VERSION;
  var HIS = /^\/(field|visits|outbox)\//; // addresses whose visits may be on the phone

  self.addEventListener("install", function (event) {
    event.waitUntil(caches.open(NAME).then(function (kept) {
      return kept.addAll([PAGE, SHELL].concat(PARTS).map(function (address) {
        return new Request(address, { cache: "reload", credentials: "omit" });
      }));
    }).then(function () { return self.skipWaiting(); }));
  });

  self.addEventListener("activate", function (event) {
    event.waitUntil(caches.keys().then(function (names) {
      return Promise.all(names.filter(function (name) {
        return name.indexOf(PREFIX) === 0 && name !== NAME;
      }).map(function (name) { return caches.delete(name); }));
    }));
  });

  function kept(address) {
    return caches.match(address, { cacheName: NAME });
  }

  self.addEventListener("fetch", function (event) {
    var request = event.request;
    var path = new URL(request.url).pathname;
    if (request.method !== "GET") return;
    if (path === SHELL || PARTS.indexOf(path) >= 0) {
      event.respondWith(kept(path).then(function (found) { return found || fetch(request); }));
    } else if (request.mode === "navigate") {
      event.respondWith(fetch(request).catch(function () {
        return kept(HIS.test(path) ? SHELL : PAGE).then(function (page) { return page || Response.error(); });
      }));
    }
  });
})();
