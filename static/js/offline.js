/* Registers the service worker named by data-worker of the body; fetched by fields.js after everything else. Where an
   inspector's phone store is on this device, phone/portal.js follows (data-phone): it says what is not yet sent.
   Browsers have service workers on https and localhost alone; elsewhere, and where they are forbidden or the disk is
   full, nothing changes: a page that does not come shows the browser's own.                                         */
(function () {
  "use strict";
  var data = document.body.dataset;
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  navigator.serviceWorker.register(data.worker, { scope: "/" }).catch(function () { /* as without this file */ });
  try { localStorage.setItem("sj:look", document.documentElement.className); } catch (e) { /* the phone's page looks as the system does */ }

  // Asking must not make the store: a version that would be its first is given up.
  var asked = indexedDB.open("shuangjian-phone");
  asked.onupgradeneeded = function () { asked.transaction.abort(); };
  asked.onerror = function (event) { event.preventDefault(); };
  asked.onsuccess = function () {
    asked.result.close();
    import(data.phone);
  };
})();
