/* Saves a form as one goes, and loses nothing that was typed.

   The form
     <form method="post" action="…" data-autosave="/checks/2026-C0031/4/save/" data-store="17:check:2026-C0031:4">
       hidden inputs _version (of the row) and csrfmiddlewaretoken, as {% form_guard row %} prints them
     data-autosave   where changes are posted; the form's own action remains the way without this script
     data-store      names the unsaved text on this device: person, then form. Unique per person and row
     data-row        optional. Other forms of the page with the same data-row carry the same row's _version
                     and are given the new one after each save
   The page
     [data-save-state]   one line (role="status") that says 「正在保存」, 「已保存 14:05」, 「没保存上…」
                         (a form with a line of its own inside uses that one: a checklist has a form for each item)

   What is posted
     All fields of the form except files, by fetch, with header X-Requested-With: fetch and Accept: application/json.
     _version is the row's version as last known; _key is new for each state of the form. A state that was sent and
     not answered is sent again with its own _key before anything newer, so a lost answer is never saved twice and
     never taken for somebody else's change.
   What the server answers
     2xx  JSON {"version": 8, "saved_at": "14:05"}   saved. Optional "text": {"id of an element": "its new text"}
     409  somebody else was faster. JSON {"error" or "message": "…", "version": 9} or the portal's 409.html. The words stay in
          the form; the person keeps his own ({version} is taken over and saved) or opens the newest.
     400, 422  JSON {"errors": {"field name": "sentence"}} or {"error": "…"}: said at the fields, not repeated until changed
     403, 404  said, not repeated; a redirect to the sign-in page says that the words are kept on this device
     others, or no answer: repeated after 2, 4, 8 … 30 seconds, on `online`, and when the page is shown again

   On the device
     Every change is first written to localStorage. When the page opens again (the browser was closed, the server was
     killed) words that were not saved are put back and saved, if the row is still the one they were typed for;
     otherwise the person chooses. After seven days they are dropped. What was saved stays for a minute more, because a
     page that was asked for in the same instant may have been written before the save arrived: it shows an older
     version than the one this device was told, and is brought up to it. The keys are the person's own, so another
     person on the same device never sees them.                                                                      */
(function () {
  "use strict";
  var PREFIX = "sj:draft:";
  var KEEP_UNSAVED = 7 * 864e5;
  var KEEP_SAVED = 60000;
  var TYPING_PAUSE = 800;
  var LONGEST_WAIT = 30000;

  // --- Device ------------------------------------------------------------------------------------------------------
  var device = {
    read: function (name) {
      try { return JSON.parse(localStorage.getItem(PREFIX + name)); } catch (e) { return null; }
    },
    write: function (name, value) {
      try { localStorage.setItem(PREFIX + name, JSON.stringify(value)); return true; } catch (e) { return false; }
    },
    drop: function (name) {
      try { localStorage.removeItem(PREFIX + name); } catch (e) { /* nothing to drop */ }
    },
    sweep: function () {
      try {
        Object.keys(localStorage).forEach(function (key) {
          if (key.indexOf(PREFIX) !== 0) return;
          var draft = JSON.parse(localStorage.getItem(key));
          if (!draft || Date.now() - draft.at > (draft.saved ? KEEP_SAVED : KEEP_UNSAVED)) localStorage.removeItem(key);
        });
      } catch (e) { /* storage is off: the page still saves to the server */ }
    },
  };

  function freshKey() { // 32 hexadecimal digits of a random UUID; randomUUID itself is absent on plain http
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return Array.from(bytes, function (byte) { return ("0" + byte.toString(16)).slice(-2); }).join("");
  }

  // --- The form as a list of [name, value], without files and without what only the request needs --------------------
  var OF_THE_REQUEST = ["csrfmiddlewaretoken", "_key", "_version"];

  function contentOf(form) {
    var pairs = [];
    new FormData(form).forEach(function (value, name) {
      if (typeof value === "string" && OF_THE_REQUEST.indexOf(name) < 0) pairs.push([name, value.replace(/\r\n?/g, "\n")]);
    });
    return pairs;
  }

  function putBack(form, pairs) {
    var values = {};
    pairs.forEach(function (pair) { (values[pair[0]] = values[pair[0]] || []).push(pair[1]); });
    Array.prototype.forEach.call(form.elements, function (control) {
      if (!control.name || OF_THE_REQUEST.indexOf(control.name) >= 0 || control.type === "file" || control.disabled) return;
      var mine = values[control.name];
      if (control.type === "radio" || control.type === "checkbox") {
        control.checked = Boolean(mine) && mine.indexOf(control.value) >= 0;
      } else if (control.tagName === "SELECT" && control.multiple) {
        Array.prototype.forEach.call(control.options, function (o) { o.selected = Boolean(mine) && mine.indexOf(o.value) >= 0; });
      } else if (mine && control.type !== "hidden" && control.type !== "submit") {
        control.value = mine.shift();
      }
      control.dispatchEvent(new Event("input", { bubbles: true }));
    });
    form.dispatchEvent(new Event("change", { bubbles: true }));
    Array.prototype.forEach.call(form.querySelectorAll("input:checked, select"), function (control) {
      control.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  // --- One form --------------------------------------------------------------------------------------------------------
  function Autosave(form) {
    var url = form.dataset.autosave;
    var store = form.dataset.store;
    var line = form.querySelector("[data-save-state]") || document.querySelector("[data-save-state]");
    var versionInput = form.elements._version;
    var shown = version(); // the row's version when the page was written
    var saved = JSON.stringify(contentOf(form)); // what the server has, as far as we know
    var inFlight = null; // the state being sent, or sent and not yet answered: {key, version, content}
    var sending = false;
    var waiting = []; // whoever waits for the end of saving: function (ok)
    var timer = 0;
    var failures = 0;
    var stopped = ""; // why saving rests until the person acts
    var restoring = false;

    function say(kind, text) {
      if (!line) return;
      line.className = "save " + kind;
      if (line.textContent !== text) line.textContent = text;
    }

    function now() { return JSON.stringify(contentOf(form)); }
    function isDirty() { return Boolean(inFlight) || now() !== saved; }
    function version() { return versionInput ? versionInput.value : ""; }

    function setVersion(value) {
      if (value === undefined || value === null) return;
      var forms = form.dataset.row
        ? document.querySelectorAll('form[data-row="' + CSS.escape(form.dataset.row) + '"]') : [form];
      Array.prototype.forEach.call(forms, function (one) { if (one.elements._version) one.elements._version.value = value; });
    }

    function keepOnDevice(extra) {
      if (!store) return;
      var draft = { at: Date.now(), version: version(), content: JSON.parse(now()), pending: inFlight };
      device.write(store, Object.assign(draft, extra));
    }

    function later(pause) {
      clearTimeout(timer);
      timer = setTimeout(save, pause);
    }

    function settle(ok) {
      var callers = waiting;
      waiting = [];
      callers.forEach(function (call) { call(ok); });
    }

    function save() {
      clearTimeout(timer);
      if (sending || stopped) return;
      if (!inFlight) {
        var content = now();
        if (content === saved) { // typed and taken back
          if (store) device.drop(store);
          settle(true);
          return;
        }
        inFlight = { key: freshKey(), version: version(), content: content };
        keepOnDevice();
      }
      sending = true;
      if (!failures) say("busy", "正在保存");
      post(inFlight);
    }

    function post(state) {
      var body = new URLSearchParams();
      JSON.parse(state.content).forEach(function (pair) { body.append(pair[0], pair[1]); });
      body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken ? form.elements.csrfmiddlewaretoken.value : "");
      body.append("_key", state.key);
      if (versionInput) body.append("_version", state.version);
      var text = body.toString();
      fetch(url, {
        method: "POST",
        credentials: "same-origin",
        keepalive: text.length < 60000, // a save begun before leaving the page still arrives
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          "X-Requested-With": "fetch",
          Accept: "application/json",
        },
        body: text,
      }).then(function (response) {
        return response.text().then(function (answer) { answered(state, response, answer); });
      }).catch(function () { failed(); });
    }

    function answered(state, response, answer) {
      var data = null;
      try { data = JSON.parse(answer); } catch (e) { /* a page */ }
      if (response.redirected && /\/login\//.test(response.url)) return refused("登录已超时，内容已存在本机，登录后回到本页", loginLink());
      if (response.ok && data) return accepted(state, data);
      if (response.status === 409) return clash(data || fromPage(answer));
      if (response.status === 400 || response.status === 422) return faulty(data);
      if (response.status === 403) return refused(sentence(data) || "没有保存：登录已变化或没有权限，内容已存在本机", loginLink());
      if (response.status === 404) return refused("没有保存：此页已不在原处，内容已存在本机");
      return failed();
    }

    function sentence(data) { return (data && (data.error || data.message)) || ""; }

    function accepted(state, data) {
      sending = false;
      inFlight = null;
      failures = 0;
      saved = state.content;
      setVersion(data.version);
      showErrors({});
      if (now() !== saved) {
        showWords(data);
        keepOnDevice();
        save();
        return;
      }
      keepOnDevice({ saved: data });
      setTimeout(function () {
        var draft = store && device.read(store);
        if (draft && draft.saved) device.drop(store);
      }, KEEP_SAVED);
      showSaved(data);
      settle(true);
    }

    function showWords(data) {
      Object.keys(data.text || {}).forEach(function (id) {
        var target = document.getElementById(id);
        if (target) target.textContent = data.text[id];
      });
    }

    function showSaved(data) {
      showWords(data);
      say("", data.saved_at ? "已保存 " + data.saved_at : "已保存");
      form.dispatchEvent(new CustomEvent("autosaved", { bubbles: true, detail: data }));
    }

    function failed() {
      sending = false;
      failures += 1;
      keepOnDevice();
      say("late", "没保存上，网络恢复后自动重试");
      later(Math.min(1000 * Math.pow(2, failures), LONGEST_WAIT));
      settle(false);
    }

    function refused(text, link) {
      sending = false;
      inFlight = null;
      stopped = text;
      keepOnDevice();
      say("late", text);
      if (line && link) {
        line.appendChild(document.createTextNode(" "));
        line.appendChild(link);
      }
      settle(false);
    }

    function loginLink() {
      var link = document.createElement("a");
      link.href = "/login/?next=" + encodeURIComponent(location.pathname + location.search);
      link.textContent = "登录";
      return link;
    }

    function faulty(data) {
      sending = false;
      inFlight = null;
      var errors = (data && data.errors) || {};
      showErrors(errors);
      keepOnDevice();
      say("late", sentence(data) || Object.values(errors)[0] || "没保存上，请核对填写的内容");
      stopped = "faulty"; // until the next change
      settle(false);
    }

    function showErrors(errors) {
      Array.prototype.forEach.call(form.querySelectorAll("[data-autosave-error]"), function (old) { old.remove(); });
      Object.keys(errors).forEach(function (name) {
        var control = form.elements[name];
        var place = control && (control.closest ? control : control[0]);
        if (!place) return;
        var text = document.createElement("p");
        text.className = "emsg";
        text.dataset.autosaveError = "";
        text.textContent = [].concat(errors[name]).join("；");
        var field = place.closest(".field, .choices, .item") || place.parentNode;
        field.insertBefore(text, field.firstChild.nextSibling);
      });
    }

    // --- Somebody else was faster --------------------------------------------------------------------------------------
    function fromPage(answer) {
      var notice = new DOMParser().parseFromString(answer, "text/html").querySelector("[data-conflict]");
      return notice ? { error: notice.textContent.trim(), version: notice.dataset.version } : {};
    }

    function box(message, choices) {
      var old = document.getElementById("autosave-clash");
      if (old) old.remove();
      var notice = document.createElement("div");
      notice.className = "clashbox";
      notice.id = "autosave-clash";
      notice.tabIndex = -1;
      notice.setAttribute("role", "alert");
      var text = document.createElement("p");
      text.className = "b";
      text.textContent = message;
      var buttons = document.createElement("p");
      buttons.className = "row wrap mt16";
      choices.forEach(function (choice) {
        var button = document.createElement("button");
        button.type = "button";
        button.className = "btn";
        button.textContent = choice[0];
        button.addEventListener("click", function () {
          notice.remove();
          choice[1]();
        });
        buttons.appendChild(button);
      });
      notice.append(text, buttons);
      form.parentNode.insertBefore(notice, form);
      notice.focus();
    }

    function clash(data) {
      sending = false;
      inFlight = null;
      stopped = "clash";
      keepOnDevice();
      say("clash", "有人同时改过，请选择保留哪一版");
      box(sentence(data) || "其他人改过这一条，请对比后选择保留哪一版", [
        ["保留我填写的", function () {
          stopped = "";
          if (data.version) {
            setVersion(data.version);
            saved = "";
            save();
          } else {
            keepOnDevice({ mine: true });
            location.reload();
          }
        }],
        ["打开对方改后的内容", function () {
          if (store) device.drop(store);
          saved = now();
          location.reload();
        }],
      ]);
      settle(false);
    }

    // --- What was typed before the page was lost -------------------------------------------------------------------------
    function restore() {
      var draft = store && device.read(store);
      if (!draft || !Array.isArray(draft.content)) return;
      var mine = JSON.stringify(draft.content);
      // This device was told of a newer version than the page shows: the page was written before that save arrived.
      var older = Number(shown) < Number(draft.version);
      if (older && Number(version()) < Number(draft.version)) setVersion(draft.version);
      if (mine === saved || (draft.submitted && draft.version !== version())) {
        device.drop(store); // it had arrived after all
        return;
      }
      function show() {
        restoring = true;
        putBack(form, draft.content);
        restoring = false;
      }
      if (draft.saved) {
        if (older) {
          show();
          saved = now();
          showSaved(draft.saved);
        }
        device.drop(store);
        return;
      }
      function take() {
        show();
        say("busy", "已恢复本机上没保存的内容，正在保存");
        // The lost state may have arrived without its answer: it goes first, under its own key.
        if (draft.pending && draft.pending.version === version() && draft.pending.content) inFlight = draft.pending;
        keepOnDevice();
        save();
      }
      var landed = draft.pending && draft.pending.content === saved; // our own last save came through, its answer did not
      if (draft.version === shown || older || draft.mine || landed) {
        take();
        return;
      }
      var at = new Date(draft.at);
      var clock = ("0" + at.getHours()).slice(-2) + ":" + ("0" + at.getMinutes()).slice(-2);
      box("本机还有" + clock + "填写、没有保存的内容，而这一条后来又改过。请选择保留哪一版", [
        ["用本机填写的", take],
        ["用现在页面上的", function () { device.drop(store); }],
      ]);
    }

    // --- Events ------------------------------------------------------------------------------------------------------------
    function changed(event) {
      if (restoring || (event.target && event.target.type === "file")) return;
      if (stopped === "faulty") stopped = "";
      keepOnDevice();
      if (stopped || failures) return;
      var typing = event.type === "input" && /^(text|search|number|tel|url|email|textarea)$/.test(event.target.type || "");
      later(typing ? TYPING_PAUSE : 100);
    }
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);

    function tryAgain() {
      if (failures && !stopped) save();
    }
    window.addEventListener("online", tryAgain);
    document.addEventListener("visibilitychange", function () {
      if (document.visibilityState === "hidden" && isDirty() && !failures) save();
      else tryAgain();
    });

    // Sending the form by its button: what is under way is finished first, so that the version is the newest.
    form.addEventListener("submit", function (event) {
      if (event.defaultPrevented) return;
      if (stopped) {
        keepOnDevice({ submitted: true });
        return;
      }
      if (!isDirty()) {
        if (store) device.drop(store);
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      var submitter = event.submitter;
      waiting.push(function (ok) {
        if (!ok) return; // the words stay in the page, the line says so, saving goes on by itself
        if (submitter) form.requestSubmit(submitter);
        else form.requestSubmit();
      });
      save();
    }, true);

    window.addEventListener("beforeunload", function (event) {
      if (isDirty() && (!store || !device.read(store))) { // nothing on the device: leaving would lose it
        event.preventDefault();
        event.returnValue = "";
      }
    });

    form.autocomplete = "off"; // the browser's own restoring would hide what the server has
    return restore;
  }

  device.sweep();
  Array.prototype.map.call(document.querySelectorAll("form[data-autosave]"), Autosave)
    .forEach(function (restore) { restore(); }); // after all have noted the version that the page shows
})();
