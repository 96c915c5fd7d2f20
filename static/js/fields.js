/* What form fields do by themselves. Every form works without this file; it only saves people trips.

   - [data-count="<id>"] data-limit="200"    says how many characters are left: 「还可输入154字」
   - #error-summary                          gets the focus, the page's title begins with 「需修改：」
   - [data-pick]                             names the chosen files under their buttons
   - [data-show-when="<name>=<a>|<b>"]       is shown while that radio or select of the same form has one of the values
   - a form without data-many                is sent once: a second click does nothing
   - .tabs that don't fit a phone            begin with the chosen one in view
   - details.drop                            one open at a time, closed by a click elsewhere
   - #session-end                            gets its script two minutes before the sign-in ends
   - body[data-offline]                      names the script for days without network; it comes after everything else */
(function () {
  "use strict";

  function each(selector, root, act) {
    Array.prototype.forEach.call((root || document).querySelectorAll(selector), act);
  }

  // Counts as the server does: characters, with a line break as two.
  function lengthOf(text) {
    return Array.from(text.replace(/\r?\n/g, "\r\n").trim()).length;
  }

  function count(line) {
    var input = document.getElementById(line.dataset.count);
    if (!input) return;
    var limit = Number(line.dataset.limit);
    var timer = 0;
    var spoken = document.createElement("span");
    spoken.className = "vh";
    spoken.setAttribute("role", "status");
    line.setAttribute("aria-hidden", "true");
    line.after(spoken);
    function say() {
      var left = limit - lengthOf(input.value);
      line.textContent = left >= 0 ? "还可输入" + left + "字" : "超出" + -left + "字，请删去" + -left + "字";
      line.classList.toggle("over", left < 0);
      clearTimeout(timer);
      if (left < limit / 5) timer = setTimeout(function () { spoken.textContent = line.textContent; }, 1500);
    }
    input.addEventListener("input", say);
    say();
  }

  function size(bytes) {
    return bytes < 1048576 ? Math.max(Math.ceil(bytes / 1024), 1) + "KB" : (bytes / 1048576).toFixed(1) + "MB";
  }

  function pick(box) {
    var list = box.querySelector("[data-picked]");
    if (!list) return;
    box.classList.add("on");
    box.addEventListener("change", function () {
      list.textContent = "";
      each("input[type=file]", box, function (input) {
        Array.prototype.forEach.call(input.files, function (file) {
          var row = document.createElement("li");
          var hint = document.createElement("span");
          row.textContent = file.name;
          hint.className = "hint";
          hint.textContent = size(file.size) + (file.size > 10485760 ? "，超过10MB，请压缩后再选" : "");
          if (file.size > 10485760) hint.classList.add("danger");
          row.appendChild(hint);
          list.appendChild(row);
        });
      });
    });
  }

  function showWhen(part) {
    var rule = part.dataset.showWhen.split("=");
    var wanted = rule[1].split("|");
    var form = part.closest("form");
    if (!form) return;
    function decide() {
      var chosen = form.elements[rule[0]];
      var value = chosen ? chosen.value : "";
      part.hidden = wanted.indexOf(value) < 0;
    }
    form.addEventListener("change", function (event) { if (event.target.name === rule[0]) decide(); });
    decide();
  }

  function ready(root) {
    each("[data-count]", root, count);
    each("[data-pick]", root, pick);
    each("[data-show-when]", root, showWhen);
    each(".tabs .on", root, function (tab) {
      var bar = tab.parentNode;
      if (bar.scrollWidth > bar.clientWidth) bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - 16;
    });
    var summary = (root || document).querySelector("#error-summary");
    if (summary) {
      if (document.title.indexOf("需修改：") !== 0) document.title = "需修改：" + document.title;
      summary.focus();
    }
  }

  // A link of the summary goes to the control itself, not only to where it stands.
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest(".esum a[href^='#']");
    if (link) {
      var target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (target) {
        event.preventDefault();
        (target.closest(".field") || target).scrollIntoView();
        target.focus();
      }
    }
    each("details.drop[open]", document, function (open) {
      if (!open.contains(event.target)) open.open = false;
    });
  });

  var sent = new WeakSet();
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post" || "many" in form.dataset) return;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    setTimeout(function () { sent.delete(form); }, 8000); // a lost connection must not lock the form for good
  });
  window.addEventListener("pageshow", function () { sent = new WeakSet(); });

  function addScript(address) {
    var script = document.createElement("script");
    script.src = address;
    document.head.appendChild(script);
  }

  // Most pages are left long before: session.js is no part of their weight.
  function watch(box) {
    var at = Date.now() + (Math.min(Number(box.dataset.idle), Number(box.dataset.inAll)) - 120) * 1000;
    var timer = setTimeout(fetchScript, Math.max(at - Date.now(), 0));
    function fetchScript() {
      document.removeEventListener("visibilitychange", woken);
      clearTimeout(timer);
      addScript(box.dataset.script);
    }
    function woken() { if (!document.hidden && Date.now() >= at) fetchScript(); } // a timer sleeps with its machine
    document.addEventListener("visibilitychange", woken);
  }
  var end = document.getElementById("session-end");
  if (end && window.fetch) watch(end);
  var offline = document.body.dataset.offline;
  if (offline) window.addEventListener("load", function () { addScript(offline); });

  document.addEventListener("htmx:load", function (event) { if (event.target !== document.body) ready(event.target); });
  ready(null);
})();
