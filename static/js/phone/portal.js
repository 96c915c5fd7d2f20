/* On the portal's other pages, where this browser holds a phone's store: says in the header what is not yet sent, and
   asks before a sign-out would leave it behind. Fetched by offline.js; whoever else signs in takes the key away.    */
import { h } from "./dom.js";
import * as store from "./store.js";

const who = Number(document.body.dataset.who);

async function begin() {
  await store.open();
  for (const row of await store.people()) {
    if (row.user !== who && store.hasKey(row)) await store.leave(row.user);
  }
  const count = await store.countOpen(who);
  const tools = document.querySelector(".top .tools");
  if (count && tools) tools.prepend(h("a", { class: "qb", href: "/field/phone/#/outbox" }, `待上传 ${count}`));
  for (const form of document.querySelectorAll('form[action="/logout/"]')) form.addEventListener("submit", leaveFirst);
}

async function leaveFirst(event) {
  event.preventDefault();
  if (await store.countOpen(who)) {
    location.assign("/field/phone/#/leave");
    return;
  }
  await store.leave(who);
  event.target.submit();
}

begin();
