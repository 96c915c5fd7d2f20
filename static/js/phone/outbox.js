/* 待上传: where each thing is, why it is still here, and the way out by hand. */
import { clock, h, moment, renew, tag } from "./dom.js";
import { backup } from "./exporting.js";
import { openPhoto } from "./shots.js";

const KINDS = { start: "开始督导", end: "结束督导", reopen: "返回清单修改", confirm: "确认记录" };
const HELD = { applied: ["ok", "已上传"], waiting: ["ok", "已上传"], conflict: ["warn", "两边都改过"], refused: ["bad", "没有采纳"] };

function nameOf(work, { value }) {
  const visit = work.see(value.visit);
  const item = visit && value.item ? visit.items.find((one) => one.code === value.item) : null;
  const where = item ? `${item.short} ` : "";
  return value.kind === "finding" ? `${where}检查结果` : `${where}${KINDS[value.kind]}`;
}

function operationLine(app, step) {
  const { answer } = step.value;
  const [kind, words] = answer ? HELD[answer.status] : ["none", app.sync.state.busy ? "正在上传" : "在手机上"];
  return h("li", {}, h("div", {}, h("p", {}, nameOf(app.work, step)),
    answer && answer.reason ? h("p", { class: "hint" }, answer.reason) : null,
    h("p", { class: "hint" }, answer ? `${moment(answer.at)}　回执 ${answer.receipt}` : `${moment(step.value.at)}记录`)), tag(kind, words));
}

function photoLine(app, photo) {
  const { value } = photo;
  const { sending } = app.sync.state;
  let state = ["none", value.released ? "在手机上" : "结束督导后上传"];
  if (!photo.open) state = ["ok", "已上传"];
  else if (value.refused) state = ["bad", "没有采纳"];
  else if (sending && sending.id === photo.id) state = ["wait", `正在上传 ${Math.round((sending.offset / sending.length) * 100)}%`];
  return h("li", {}, h("div", {}, h("p", {}, `照片：${value.name}`),
    value.refused && photo.open ? [h("p", { class: "hint danger" }, `${value.refused}。照片留在本机，可导出备份文件交督导室`),
      h("button", { class: "btn s", type: "button", onclick: () => openPhoto(app, photo) }, "查看照片")] : null,
    photo.open ? null : h("p", { class: "hint" }, `${moment(value.arrived)}　回执 ${value.sha256.slice(0, 12)}`)), tag(...state));
}

function visitPart(app, no) {
  const { work } = app;
  const steps = work.operations.filter((one) => one.value.visit === no);
  const photos = work.photos.filter((one) => one.value.visit === no);
  if (!steps.length && !photos.length) return null;
  const arrived = (all) => all.filter((one) => !one.open).length;
  const clashes = steps.filter((one) => one.value.answer && one.value.answer.status === "conflict").length;
  const refused = steps.filter((one) => one.value.answer && one.value.answer.status === "refused").length;
  const visit = work.see(no);
  const line = (words, all) => (all.length ? h("div", { class: "mt8" }, h("p", {}, `${words} ${arrived(all)}/${all.length}`),
    h("progress", { class: "bar", max: all.length, value: arrived(all), "aria-label": `${words}已上传` })) : null);
  return h("section", { class: "panel pad mt16", "aria-label": visit ? `${visit.unit} ${no}` : no },
    h("h2", {}, visit ? visit.unit : no), h("p", { class: "muted" }, visit ? `${visit.kind_label} · ${no}` : ""),
    line("文字", steps), line("照片", photos),
    clashes ? h("p", { class: "mt8" }, `有${clashes}条内容两边都改过　`, h("a", { href: "/sync/conflicts/" }, "对比后选择")) : null,
    refused ? h("p", { class: "mt8" }, `有${refused}条没有采纳　`, h("a", { href: "/sync/refused/" }, "查看原因")) : null,
    h("details", { class: "mt8" }, h("summary", {}, "逐条查看"),
      h("ul", { class: "proofs" }, steps.map((one) => operationLine(app, one)), photos.map((one) => photoLine(app, one)))));
}

function receiptLine({ value }) {
  return h("li", {}, h("div", {}, h("p", { class: "b" }, value.unit),
    h("p", { class: "hint" }, `${value.no}　文字${value.words}项，照片${value.photos}张　${moment(value.at)}上传完成`),
    value.receipt ? h("p", { class: "hint" }, `回执 ${value.receipt}`) : null,
    value.refused || value.conflicts ? h("p", {}, value.conflicts ? h("a", { href: "/sync/conflicts/" }, `两边都改过${value.conflicts}条`) : null, "　",
      value.refused ? h("a", { href: "/sync/refused/" }, `没有采纳${value.refused}条`) : null) : null), tag("ok", "已上传"));
}

export function outbox(app) {
  const heading = h("h1", { tabindex: "-1" });
  const parts = h("div", {});
  const said = h("p", { class: "mt16", role: "status" });
  const again = h("button", {
    class: "btn p full tall", type: "button",
    onclick: () => app.save(app.work.tryAll(), () => app.sync.now()),
  }, "全部重试");
  const out = h("button", {
    class: "btn full tall", type: "button",
    onclick: () => app.save(backup(app.work), (file) => {
      const address = URL.createObjectURL(file);
      const name = `现场督导备份-${new Date().toISOString().slice(0, 10)}.json`;
      const link = h("a", { href: address, download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 60000);
      said.textContent = `已导出“${name}”，可交督导室导入。文件含督导内容，请妥善保管`;
    }),
  }, "导出备份文件");
  const element = h("div", { class: "visit" }, h("div", { class: "crumb" }, h("a", { href: "#/" }, "今日安排")), heading, parts,
    h("p", { class: "note mt16" }, "上传成功前内容一直留在本机。请勿清除浏览器数据。"), said,
    h("div", { class: "two-tall mt16" }, again, out));

  function show() {
    const { work, sync } = app;
    const count = work.waiting.length;
    heading.textContent = count ? `待上传 ${count}` : "待上传";
    const open = parts.querySelectorAll("details[open]");
    const opened = Array.from(open, (one) => one.closest("section").getAttribute("aria-label"));
    const list = [...work.numbers].map((no) => visitPart(app, no)).filter(Boolean);
    for (const part of list) part.querySelector("details").open = opened.includes(part.getAttribute("aria-label"));
    if (!count) {
      const last = sync.state.last ? `，最近一次 ${clock(sync.state.last)}` : "";
      list.unshift(h("section", { class: "panel pad mt16" }, h("p", { class: "empty" }, `都已上传${last}`)));
    }
    if (work.closed) {
      list.unshift(h("p", { class: "note mt16" }, `本机有${work.closed}项内容打不开，仍留在本机，请联系督导室`));
    }
    if (work.receipts.length) {
      list.push(h("section", { class: "panel mt16", "aria-label": "已上传" }, h("div", { class: "hd" }, h("h2", {}, "已上传")),
        h("ul", { class: "proofs pad16" }, [...work.receipts].reverse().map(receiptLine))));
    }
    renew(parts, ...list);
    out.hidden = !count;
    again.hidden = !count;
  }
  show();
  return { element, show, title: "待上传" };
}
