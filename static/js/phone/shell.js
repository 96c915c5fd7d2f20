/* The phone's one page: who works here, which screen the address names, and the line above it that says how things
   stand. Screens are functions of (app, number) → {element, show, title}; show() brings one up to date.          */
import { checklist } from "./checklist.js";
import { clock, h, renew } from "./dom.js";
import { leave } from "./leave.js";
import { outbox } from "./outbox.js";
import * as server from "./server.js";
import * as store from "./store.js";
import { sum } from "./sum.js";
import { Sync } from "./sync.js";
import { today } from "./today.js";
import { advice } from "./where.js";
import { Work } from "./work.js";

const LOCK = "shuangjian-phone"; // one window at a time writes to the device
const VISIT = /^#\/(\d{4}-V\d{4,})(?:\/([\w-]+))?$/; // then sum, or the code of an item
const place = document.getElementById("main");
const line = document.getElementById("line");
const badge = document.getElementById("badge");

function name() { // under which the person finds this phone among his
  const system = /Android|iPhone|iPad|HarmonyOS|Windows|Mac OS X|Linux/.exec(navigator.userAgent);
  const browser = /MicroMessenger|DingTalk|Edg|Chrom(?:e|ium)|Firefox|Safari/.exec(navigator.userAgent);
  return [browser, system].map((found) => (found ? found[0] : "")).filter(Boolean).join(" · ");
}

/* A screen without work: a heading, what to know, and ways on. */
function message(heading, words, ...ways) {
  place.replaceChildren(h("section", { class: "panel pad mt16" }, h("h1", { tabindex: "-1" }, heading),
    h("p", { class: "mt16" }, words), ways.length ? h("p", { class: "row wrap mt24" }, ways) : null));
  document.title = `${heading} - 双减工作平台`;
}

const link = (words, href, kind = "btn") => h("a", { class: kind, href }, words);
const again = () => h("button", { class: "btn p", type: "button", onclick: () => location.reload() }, "重试");
const toSignIn = () => `/login/?next=${encodeURIComponent(location.pathname + location.hash)}`;

class App {
  constructor(work) {
    this.work = work;
    this.sync = new Sync(work);
    this.screen = null;
  }

  begin() {
    window.addEventListener("hashchange", () => this.open());
    this.work.addEventListener("change", () => this.show());
    this.sync.addEventListener("change", () => this.show());
    this.sync.addEventListener("other-person", () => store.leave(this.work.person.user).then(() => location.reload()));
    window.addEventListener("online", () => this.show());
    this.sync.begin();
    this.open();
  }

  // --- Screens ----------------------------------------------------------------------------------------------------
  async open() {
    const asked = location.hash;
    const [, no, part] = VISIT.exec(asked) || [];
    let screen;
    if (no && !this.work.visits.has(no) && !(await this.download(no))) return;
    if (no) screen = part === "sum" ? sum(this, no) : checklist(this, no);
    else screen = ({ "#/outbox": outbox, "#/leave": leave }[asked] || today)(this);
    if (location.hash !== asked) return; // the screen has sent us on
    this.screen = screen;
    place.replaceChildren(screen.element);
    document.title = `${screen.title} - 双减工作平台`;
    this.show();
    if (!no) this.sync.now();
    const item = part && part !== "sum" && document.getElementById(part);
    if (item) item.scrollIntoView();
    else this.goUp();
  }

  goUp() {
    window.scrollTo(0, 0);
    const heading = place.querySelector("h1");
    if (heading) heading.focus({ preventScroll: true });
  }

  go(address) {
    location.replace(address);
  }

  show() {
    const count = this.work.waiting.length;
    badge.hidden = !count;
    badge.textContent = `待上传 ${count}`;
    renew(line, ...this.standing());
    line.hidden = !line.childNodes.length;
    if (this.screen) this.screen.show();
  }

  /* One line on how things stand, nothing where all is as it should be. */
  standing() {
    const { signedOut, problem, failures, busy } = this.sync.state;
    const kept = this.lastKept ? `，内容已存本机 ${clock(this.lastKept)}` : "，内容存在本机";
    if (this.trouble) return [this.trouble];
    if (signedOut) return [`登录已超时${kept}　`, link("登录后继续上传", toSignIn(), "")];
    if (!navigator.onLine) return [`离线${kept}`];
    if (problem) return [problem];
    if (failures) return [`连不上平台${kept}，自动重试`];
    return busy && this.work.isReady ? ["正在上传"] : advice(this.work.waiting);
  }

  // --- What screens ask for -----------------------------------------------------------------------------------------
  /* Wait until the device has it, then go on; says so where it took nothing. */
  async save(writing, then = () => {}) {
    let result;
    try {
      result = await writing;
    } catch (error) {
      const isFull = error && error.name === "QuotaExceededError";
      this.trouble = isFull ? "没存到本机：手机存储空间不足，请先清理空间" : "没存到本机，请重试";
      this.show();
      if (!isFull) throw error;
      return;
    }
    this.trouble = "";
    this.lastKept = Date.now();
    await then(result);
    this.sync.soon();
    this.show();
  }

  /* Bring a visit onto the device; true if it is there. */
  async download(no) {
    try {
      const [told] = await Promise.all([server.get(`/sync/visits/${no}/`), keepPage()]);
      await this.work.keep(told);
      if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
      return true;
    } catch (error) {
      this.screen = null;
      if (error instanceof server.SignedOut) message("登录已超时", "登录后继续下载。", link("登录", toSignIn(), "btn p"));
      else if (error instanceof server.Unreached) message("现在连不上网络", "这次督导没有下载到这部手机，请在有网络时下载。", again(), link("今日安排", "#/"));
      else if (error instanceof server.Refused) message("没有这次督导", "编号不对，或者督导已经完成、已取消。", link("今日安排", "#/", "btn p"));
      else throw error;
      return false;
    }
  }

  async leave() {
    try {
      await server.session();
    } catch (_) {
      this.trouble = "现在连不上平台，退出登录要等网络恢复";
      this.show();
      return;
    }
    await store.leave(this.work.person.user);
    server.signOut();
  }
}

// --- Who works here ---------------------------------------------------------------------------------------------
/* The person signed in, with his key on the device; else the one whose key is here, when there is no line. */
async function person() {
  const rows = await store.people();
  const here = rows.find(store.hasKey);
  try {
    const { who } = await server.session();
    if (here && here.user !== who) await store.leave(here.user);
    return await register(who);
  } catch (error) {
    const isHis = (await store.people()).some(store.hasKey);
    if (isHis && !(error instanceof server.Refused)) return here;
    throw error;
  }
}

/* Tell the portal of this device; it gives the key, and the block of record numbers of this year. */
async function register(who) {
  const { device } = await store.changePerson(who, () => {});
  let told;
  try {
    told = await server.post("/sync/devices/", { device, name: name() });
  } catch (error) {
    if (error instanceof server.Refused) await store.leave(who); // stopped by its owner, or no inspector any more
    throw error;
  }
  await store.setKey(who, told.key_id, told.key);
  return store.changePerson(who, (row) => {
    const isSame = row.year === told.year && row.block === told.block;
    row.nextRecord = isSame ? Math.max(row.nextRecord, told.next_record) : told.next_record;
    row.nextSeq = Math.max(row.nextSeq, told.expected);
    row.year = told.year;
    row.block = told.block;
  });
}

/* The worker keeps this page on the phone: without it what was downloaded could not be opened where there is no line.
   Other pages of the portal register it too, but who comes here at once may have left them before they did.        */
async function keepPage() {
  const unreached = () => { throw new server.Unreached(); };
  const kept = await navigator.serviceWorker.register(document.body.dataset.worker, { scope: "/" }).catch(unreached);
  if (kept.active) return;
  const worker = kept.installing || kept.waiting;
  await new Promise((done, failed) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") done();
      else if (worker.state === "redundant") failed(new server.Unreached());
    });
  });
}

async function begin() {
  if (!window.isSecureContext || !window.indexedDB || !window.crypto.subtle || !navigator.serviceWorker) {
    message("不能离线填写", "当前网址不支持离线填写，请改用https开头的网址，或打印纸质清单。",
      link("网页版今日安排", "/field/", "btn p"));
    return;
  }
  // The address may be that of a page that did not come.
  const asked = /^\/visits\/(\d{4}-V\d{4,})\//.exec(location.pathname);
  if (asked) history.replaceState(null, "", `/field/phone/#/${asked[1]}`);
  else if (location.pathname === "/outbox/") history.replaceState(null, "", "/field/phone/#/outbox");
  else if (location.pathname !== "/field/phone/") history.replaceState(null, "", "/field/phone/#/");
  try {
    await store.open();
    const app = new App(await Work.of(await person()));
    app.begin();
  } catch (error) {
    if (error instanceof server.SignedOut) message("请先登录", "登录后可以下载督导、继续上传。", link("登录", toSignIn(), "btn p"));
    else if (error instanceof server.Unreached) message("现在连不上网络", "这部手机上没有您下载的督导，请在有网络时下载。", again());
    else if (error instanceof server.Refused) message("不能使用", error.message, link("回到待办", "/desk/"));
    else {
      message("打不开本机的内容", "浏览器没有打开本机存储。请不要用无痕模式，关闭后重试。", again(), link("网页版今日安排", "/field/"));
      throw error;
    }
  }
}

/* Only one window works; another one takes over when it is asked to, and the first says so. */
function alone(options) {
  if (!navigator.locks) return begin();
  return navigator.locks.request(LOCK, options, (lock) => {
    if (lock) {
      begin();
      return new Promise(() => {}); // until the window closes
    }
    message("已在另一个窗口打开", "督导清单一次只在一个窗口填写。",
      h("button", { class: "btn p", type: "button", onclick: () => alone({ steal: true }) }, "改在这里填写"));
    return undefined;
  }).catch((error) => {
    if (error.name !== "AbortError") throw error;
    location.reload();
  });
}

alone({ ifAvailable: true });
