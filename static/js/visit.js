/* The checklist on the phone, beside autosave.js: shows an item's pictures with its problem, moves the bar, and says
   when a picture did not go up. Every form works without this file.

   [data-show-for="R04-2"]   stands beside the form of that item and is shown while it says 有问题
   #seen-bar                 the bar of items looked at; the server tells the number after each save
   form.photos               goes up by htmx as soon as a picture is chosen; [data-photo-state] says what went wrong
   [data-print]              a button that prints the page                                                          */
(function () {
  "use strict";

  function showPictures(part) {
    var item = document.getElementById(part.dataset.showFor);
    var form = item && item.querySelector("form[data-autosave]");
    if (!form) return;
    function decide() { part.hidden = form.elements.value.value !== "problem"; }
    form.addEventListener("change", decide);
    decide();
  }

  function hideResend(root) {
    Array.prototype.forEach.call(root.querySelectorAll(".photos .resend"), function (line) { line.hidden = true; });
  }

  function say(form, text) {
    var line = form.querySelector("[data-photo-state]");
    var resend = form.querySelector(".resend");
    if (line) line.textContent = text;
    if (resend) resend.hidden = !text;
  }

  function ofPhotos(event) {
    var form = event.target.closest && event.target.closest("form.photos");
    return form || null;
  }

  document.addEventListener("autosaved", function (event) {
    var bar = document.getElementById("seen-bar");
    if (bar && event.detail && typeof event.detail.seen === "number") bar.value = event.detail.seen;
  });
  document.addEventListener("htmx:beforeRequest", function (event) {
    var form = ofPhotos(event);
    if (form) say(form, "");
  });
  document.addEventListener("htmx:sendError", function (event) {
    var form = ofPhotos(event);
    if (form) say(form, "照片没传上，网络恢复后请点“上传照片”");
  });
  document.addEventListener("htmx:responseError", function (event) {
    var form = ofPhotos(event);
    if (form) say(form, "照片没传上，请刷新页面后再选");
  });
  document.addEventListener("htmx:load", function (event) { hideResend(event.target.parentNode || document); });
  document.addEventListener("click", function (event) {
    if (event.target.closest && event.target.closest("[data-print]")) window.print();
  });

  Array.prototype.forEach.call(document.querySelectorAll("[data-show-for]"), showPictures);
  Array.prototype.forEach.call(document.querySelectorAll("[data-print]"), function (button) { button.hidden = false; });
  hideResend(document);
})();
