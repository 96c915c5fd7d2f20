/* Elements from words, and the words of dates and sizes that several screens say. */

/* h("a", {class: "btn", href: "#/", onclick: act}, "文字", child): attributes by name, on… as listeners, true and
   false as present and absent; children are elements, texts, lists of these; null and false are passed over. */
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat(3).filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

/* Put the children into the box, unless it looks just so already: nothing is taken from under a finger for nothing. */
export function renew(box, ...children) {
  const fresh = box.cloneNode(false);
  fresh.append(...children);
  if (!fresh.isEqualNode(box)) box.replaceChildren(...fresh.childNodes);
}

/* The portal's tag: a glyph and a word, never colour alone. The page holds one of each kind (templates/phone.html). */
export function tag(kind, word) {
  const made = document.getElementById("tags").content.querySelector(`.t-${kind}`).cloneNode(true);
  made.append(word);
  return made;
}

export function clock(time) { // 14:05
  const at = new Date(time);
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

export function day(time) { // 11月16日
  const at = new Date(time);
  return `${at.getMonth() + 1}月${at.getDate()}日`;
}

export function moment(time) { // 14:05 of today, else 11月16日 14:05
  return new Date(time).toDateString() === new Date().toDateString() ? clock(time) : `${day(time)} ${clock(time)}`;
}

export function size(bytes) {
  return bytes < 104858 ? `${Math.max(Math.ceil(bytes / 1024), 1)}KB` : `${(bytes / 1048576).toFixed(1)}MB`;
}

let serial = 0;

/* A labelled text field: {element, input, say}. say(words) puts a mistake to it, say("") takes it away. */
export function field(label, { hint = "", rows = 0, value = "", most = 30, oninput = () => {} } = {}) {
  serial += 1;
  const id = `field-${serial}`;
  const input = h(rows ? "textarea" : "input", {
    class: rows ? "inp area" : "inp", id, maxlength: most, autocomplete: "off", ...(rows ? { rows } : { type: "text" }),
    oninput: () => oninput(input.value),
  });
  input.value = value;
  const mistake = h("p", { class: "emsg", id: `${id}-error`, hidden: true });
  const element = h("div", { class: "field" },
    h("label", { class: "lab", for: id }, label, hint ? h("small", {}, hint) : null), mistake, input);
  function say(words) {
    mistake.textContent = words;
    mistake.hidden = !words;
    element.classList.toggle("err", Boolean(words));
    if (words) input.setAttribute("aria-describedby", mistake.id);
    else input.removeAttribute("aria-describedby");
  }
  return { element, input, say };
}

/* Choices side by side, one of which holds: {element, show}. choose(value) is asked before anything is shown: what
   the screen says, the device has. */
export function segments(label, choices, choose, { columns = 3, bad = "" } = {}) {
  serial += 1;
  const name = `segments-${serial}`;
  const inputs = choices.map(([value]) => h("input", {
    type: "radio", name, value,
    onclick: (event) => {
      event.preventDefault();
      choose(value);
    },
  }));
  const options = choices.map(([value, words], index) => (
    h("label", { class: value === bad ? "opt bad" : "opt" }, inputs[index], h("span", {}, words))));
  const element = h("div", { class: `seg c${columns}`, role: "radiogroup", "aria-label": label }, options);
  function show(chosen) {
    inputs.forEach((input) => { input.checked = input.value === String(chosen); });
  }
  return { element, show };
}

/* A box to tick, of the same kind: {element, show}. */
export function tick(words, choose) {
  const input = h("input", {
    type: "checkbox",
    onclick: (event) => {
      event.preventDefault();
      choose(input.checked);
    },
  });
  return { element: h("label", { class: "tick" }, input, h("span", {}, words)), show: (on) => { input.checked = on; } };
}
