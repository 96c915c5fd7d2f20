/* The service worker: where a page does not come because the network is gone, it shows the one that says so.

   It keeps that page and nothing else, asked for without the person's cookies: none of his data is on the device, so
   sign-out leaves nothing behind. Every other request (scripts, pictures, saving as one goes) passes it by, and so
   does a form that was sent: the browser's own page offers to send it again, and the form's key lets it count once.
   VERSION stands on a line before this file (shuangjian/offline.py): another page, another worker.                  */
(function () {
  "use strict";
  var PAGE = "/offline/";
  var PREFIX = "sj:offline:";
  var NAME = PREFIX + VERSION;

  self.addEventListener("install", function (event) {
    event.waitUntil(caches.open(NAME).then(function (kept) {
      return kept.add(new Request(PAGE, { cache: "reload", credentials: "omit" }));
    }).then(function () { return self.skipWaiting(); }));
  });

  self.addEventListener("activate", function (event) {
    event.waitUntil(caches.keys().then(function (names) {
      return Promise.all(names.filter(function (name) {
        return name.indexOf(PREFIX) === 0 && name !== NAME;
      }).map(function (name) { return caches.delete(name); }));
    }));
  });

  self.addEventListener("fetch", function (event) {
    if (event.request.mode !== "navigate" || event.request.method !== "GET") return;
    event.respondWith(fetch(event.request).catch(function () {
      return caches.match(PAGE, { cacheName: NAME }).then(function (page) { return page || Response.error(); });
    }));
  });
})();
