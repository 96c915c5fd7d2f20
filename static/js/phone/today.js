/* 今日安排: the visits on this device, and those that can be brought onto it. */
import { day, h, renew, size, tag } from "./dom.js";

const STATES = {
  planned: ["none", "待开始"], ongoing: ["wait", "进行中"], summing_up: ["warn", "待双方确认"], confirmed: ["ok", "已完成"],
};
const WEEK = ["日", "一", "二", "三", "四", "五", "六"];
const NEXT = { planned: "开始督导", ongoing: "继续督导", summing_up: "双方确认", confirmed: "查看" };

export function stateTag(visit) {
  return tag(...(visit.signs_on_paper ? ["wait", "待手签"] : STATES[visit.state]));
}

function planned(date) {
  const [, month, date_] = date.split("-");
  return `${Number(month)}月${Number(date_)}日`;
}

function onDevice(visit) {
  const problems = visit.told.problems.length;
  const leads = visit.state === "summing_up" && !visit.isDone ? `#/${visit.no}/sum` : `#/${visit.no}`;
  return h("section", { class: "panel pad mt16", "aria-label": `${visit.unit} ${visit.no}` },
    h("h2", {}, visit.unit), h("p", { class: "muted" }, `${visit.kind_label} · ${visit.no} · ${planned(visit.planned_on)}`),
    h("p", { class: "mt8 chips" }, stateTag(visit), tag("ok", "已下载，可离线使用")),
    h("p", { class: "hint mt8" }, `清单${visit.items.length}项`, problems ? `，未销号问题${problems}个` : ""),
    h("p", { class: "mt16" }, h("a", { class: "btn p full tall", href: leads }, NEXT[visit.isDone ? "confirmed" : visit.state])));
}

function elsewhere(app, listed) {
  const button = h("button", {
    class: "btn full tall", type: "button",
    onclick: async () => {
      button.disabled = true;
      await app.download(listed.no);
      button.disabled = false;
    },
  }, `下载到手机 ${size(listed.bytes)}`);
  return h("section", { class: "panel pad mt16", "aria-label": `${listed.unit} ${listed.no}` },
    h("h2", {}, listed.unit), h("p", { class: "muted" }, `${listed.kind} · ${listed.no} · ${planned(listed.planned_on)}`),
    h("p", { class: "mt8" }, tag("none", "未下载")), h("p", { class: "mt16" }, button));
}

export function today(app) {
  const now = new Date();
  const cards = h("div", {});
  const element = h("div", { class: "visit" },
    h("div", { class: "title" }, h("h1", { tabindex: "-1" }, "今日安排"),
      h("span", { class: "sub" }, `${day(now)} 星期${WEEK[now.getDay()]}`)),
    cards,
    h("section", { class: "panel pad mt16" }, h("ul", { class: "links" },
      h("li", {}, h("a", { href: "#/outbox" }, "待上传和备份")),
      h("li", {}, h("a", { href: "/field/" }, "网页版今日安排")),
      h("li", {}, h("a", { href: "#/leave" }, "退出登录")))));

  function show() {
    const here = [...app.work.visits.keys()].map((no) => app.work.see(no));
    const { listed } = app.sync.state;
    const others = (listed || []).filter((one) => !app.work.visits.has(one.no));
    const list = [
      ...here.sort((one, other) => one.planned_on.localeCompare(other.planned_on)).map(onDevice),
      ...others.map((one) => elsewhere(app, one)),
    ];
    if (!list.length) {
      const words = listed ? "没有要下载的督导。督导安排好后，在这里下载到手机" : "本机没有下载的督导。请在有网络时下载";
      list.push(h("section", { class: "panel pad mt16" }, h("p", { class: "empty" }, words)));
    }
    renew(cards, ...list);
  }
  show();
  return { element, show, title: "今日安排" };
}
