/* Warns two minutes before the sign-in ends (#session-end), with one button that renews it. Fetched by fields.js when
   it is time. Without this file nothing changes: the sign-in ends, and what is sent then comes back as words on a page.
   The server is asked before anything is said: other windows and saving as one goes keep the sign-in alive, too.    */
(function () {
  "use strict";
  var AHEAD = 120;
  var box = document.getElementById("session-end");
  var form = box.querySelector("form");
  var timer = 0, from = null, at = 0;

  function isTyping(target) {
    return Boolean(target && target.matches && target.matches("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])"));
  }

  function toggle(attribute, name) {
    Array.prototype.forEach.call(box.querySelectorAll("[" + attribute + "]"), function (part) {
      part.hidden = part.getAttribute(attribute).split(" ").indexOf(name) < 0;
    });
  }

  function show(name) {
    if (!box.hidden && box.dataset.shows === name) return;
    box.dataset.shows = name;
    toggle("data-when", name);
    toggle("data-for", name);
    box.querySelector("h2").textContent = box.querySelector("[data-when]:not([hidden])").dataset.title;
    var wasHidden = box.hidden;
    box.hidden = false;
    // Never out of a field: a letter typed on, or pinyin not yet chosen, would be lost. The key of the button works there.
    if (wasHidden && !isTyping(document.activeElement)) {
      from = document.activeElement;
      box.querySelector("[data-for]:not([hidden])").focus();
    }
  }

  function hide() {
    if (box.hidden) return;
    var had = box.contains(document.activeElement);
    box.hidden = true;
    if (had && from && from.focus) from.focus();
    from = null;
  }

  function later(seconds, then) {
    clearTimeout(timer);
    at = Date.now() + seconds * 1000;
    timer = setTimeout(then, seconds * 1000);
  }

  function look() { ask("GET"); }

  function take(left) {
    var seconds = Math.min(left.idle, left.in_all);
    if (seconds > AHEAD) {
      hide();
      later(seconds - AHEAD, look);
      return;
    }
    Array.prototype.forEach.call(box.querySelectorAll("[data-minutes]"), function (part) {
      part.textContent = seconds > 60 ? "不到2分钟" : "不到1分钟";
    });
    show(left.in_all <= left.idle ? "in_all" : "idle");
    later(seconds + 2, look);
  }

  function ask(method) {
    fetch(form.action, {
      method: method,
      body: method === "POST" ? new FormData(form) : undefined,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      redirect: "manual"
    }).then(function (response) {
      if (response.type === "opaqueredirect" || response.status === 403) {
        clearTimeout(timer);
        show("over");
        return null;
      }
      if (!response.ok) throw new Error(String(response.status));
      return response.json().then(function (left) {
        if (String(left.who) !== box.dataset.who) {
          show("other");
          return;
        }
        Array.prototype.forEach.call(document.querySelectorAll("input[name=csrfmiddlewaretoken]"), function (token) {
          token.value = left.token;
        });
        take(left);
      });
    }).catch(function () {
      if (method === "POST") show("offline");
      later(15, look);
    });
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    ask("POST");
  });
  box.querySelector("[data-close]").addEventListener("click", hide);
  // A page that comes back (from sleep, from another window) may have missed its time, or been helped meanwhile.
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && (!box.hidden || Date.now() >= at)) look();
  });

  look();
})();
