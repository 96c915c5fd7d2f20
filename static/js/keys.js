/* Keyboard: single keys for people who work through lists. Never while typing or composing pinyin, and off altogether
   with data-keys="off" on <html> (a setting of the person, /me/).

   /        the portal's search                 f     the box of the list on the page
   j k      next and previous row (a.rowa, tr, .todo .t, [data-row]),
                                                      or the next and previous item of a queue (a[data-step])
   x        tick the row's box                  Enter opens it, as on any link
   1 to 9   that answer of the radio group with the focus
   ?        the list of keys                    Esc   closes what is open
   Ctrl+Enter  submits the form with the focus (works with single keys off, too)                                      */
(function () {
  "use strict";
  var singleKeys = document.documentElement.dataset.keys !== "off";

  function isTyping(target) {
    if (!target || !target.tagName) return false;
    if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
    return target.tagName === "INPUT" && ["radio", "checkbox", "button", "submit", "file"].indexOf(target.type) < 0;
  }

  function rows() {
    var found = document.querySelectorAll("main a.rowa, main .todo .t, main tbody tr, main [data-row]");
    return Array.prototype.filter.call(found, function (row) { return row.offsetParent !== null && handle(row); });
  }

  // What of a row takes the focus: the row itself if it is a link, else its first link or box.
  function handle(row) {
    return row.matches("a[href]") ? row : row.querySelector("a[href], input[type=checkbox], button");
  }

  // On an item of a queue j and k go to the neighbours; on a list they move through its rows.
  function turn(by) {
    var link = document.querySelector("main a[data-step='" + by + "']");
    if (!link) return step(by);
    link.click();
    return true;
  }

  function step(by) {
    var list = rows();
    var at = list.findIndex(function (row) { return row.contains(document.activeElement); });
    var next = list[at < 0 ? (by > 0 ? 0 : list.length - 1) : at + by];
    if (!next) return false;
    handle(next).focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  function tick() {
    var row = document.activeElement && document.activeElement.closest("tr, [data-row], .rowa");
    var box = row && row.querySelector("input[type=checkbox]");
    if (!box) return false;
    box.click();
    return true;
  }

  function answer(number) {
    var group = document.activeElement && document.activeElement.closest(".seg");
    var choices = group ? group.querySelectorAll("input[type=radio]:not(:disabled)") : [];
    if (!choices[number - 1]) return false;
    choices[number - 1].focus();
    choices[number - 1].click();
    return true;
  }

  var WORDS = "input:not([type=hidden]):not([type=checkbox])";

  function goTo(box) {
    if (!box) return false;
    box.focus();
    return true;
  }

  function filter() {
    return goTo(document.querySelector("main [role=search] " + WORDS));
  }

  // The page of the search has its own box; where nobody may search, the list's box is the nearest.
  function search() {
    return goTo(document.querySelector("main #words") || document.querySelector(".top [role=search] " + WORDS)) || filter();
  }

  function help() {
    var list = document.getElementById("keys-help");
    if (!list || !list.showModal || list.open) return false;
    list.showModal();
    return true;
  }

  function close() {
    var open = document.querySelector("details.drop[open]");
    if (!open) return false;
    open.open = false;
    open.querySelector("summary").focus();
    return true;
  }

  document.addEventListener("keydown", function (event) {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    if (event.key === "Escape") {
      close();
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      var form = event.target.closest && event.target.closest("form");
      if (form && form.method === "post" && form.requestSubmit) {
        event.preventDefault();
        form.requestSubmit(form.querySelector("button[type=submit].p, button[type=submit]"));
      }
      return;
    }
    if (!singleKeys || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    var done = false;
    if (event.key === "/") done = search();
    else if (event.key === "f") done = filter();
    else if (event.key === "?") done = help();
    else if (event.key === "j") done = turn(1);
    else if (event.key === "k") done = turn(-1);
    else if (event.key === "x") done = tick();
    else if (/^[1-9]$/.test(event.key)) done = answer(Number(event.key));
    if (done) event.preventDefault();
  });
})();
