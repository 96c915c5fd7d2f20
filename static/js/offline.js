/* Registers the service worker named by data-worker of the body; fetched by fields.js after everything else.
   Browsers have service workers on https and localhost alone; elsewhere, and where they are forbidden or the disk is
   full, nothing changes: a page that does not come shows the browser's own.                                         */
(function () {
  "use strict";
  var worker = document.body.dataset.worker;
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  navigator.serviceWorker.register(worker, { scope: "/" }).catch(function () { /* as without this file */ });
})();
