/* 结束督导: the opinion and the record's number; then the head of the unit confirms it, refuses, or signs on paper. */
import { field, h, segments, tag } from "./dom.js";
import { pad } from "./stroke.js";

const MODES = [["screen", "当场确认"], ["refused", "拒绝确认"], ["paper", "打印后手签"]];

function found(visit) {
  const line = (item) => h("li", {}, h("div", {}, h("p", { class: "hint" }, `${item.short} ${item.question}`),
    h("p", { class: "b" }, item.finding.text),
    h("p", { class: "hint" }, `${item.finding.due_days}天内整改`, item.finding.at_once ? "，须当场停止" : "",
      item.shots.length + item.elsewhere ? `，照片${item.shots.length + item.elsewhere}张` : "")),
    item.finding.breaks_prohibition ? tag("red", item.prohibition.kind) : null);
  return h("section", { class: "panel mt16", "aria-labelledby": "found" },
    h("div", { class: "hd" }, h("h2", { id: "found" }, "发现的问题"), h("span", { class: "end hint" }, `${visit.problems.length}个`)),
    visit.problems.length ? h("ol", { class: "pad16 proofs" }, visit.problems.map(line))
      : h("p", { class: "pad16 empty" }, "没有发现问题"));
}

function facts(visit) {
  const seen = `已查${visit.seenCount}/${visit.items.length}项`
    + (visit.unseenCount ? `，${visit.unseenCount}项未查，未查的不算符合` : "");
  const fact = (name, words) => (words ? [h("dt", {}, name), h("dd", { class: "pre" }, words)] : null);
  return h("section", { class: "panel pad mt16" }, h("dl", { class: "kv" },
    fact("单位", visit.unit), fact("类别", visit.kind_label), fact("记录编号", visit.record_no), fact("检查项", seen),
    visit.state === "ongoing" ? null : fact("现场意见", visit.summary)));
}

/* What keeps a visit from being ended: [code, words]. The portal asks the same (workflows/visits.py). */
function missing(visit) {
  const gaps = [];
  if (!visit.seenCount) gaps.push(["", "还没有查任何一项，请先填写检查结果"]);
  for (const item of visit.items) {
    if (item.isUndescribed) gaps.push([item.code, `${item.short}选了“有问题”，还没有写明问题，请先补上`]);
    const isRed = item.finding.breaks_prohibition && item.prohibition.red_line;
    if (isRed && !item.shots.length && !item.elsewhere) gaps.push([item.code, `${item.short}是红线问题，请至少拍1张照片`]);
  }
  return gaps;
}

/* The sum of what is wrong, above a form; gets the focus. */
function summaryOf(mistakes) {
  const box = h("div", { class: "esum mt16", role: "alert", tabindex: "-1" }, h("h2", {}, `有${mistakes.length}处需要修改`),
    h("ul", { class: "mt8" }, mistakes.map(([address, words]) => h("li", {}, address ? h("a", { href: address }, words) : words))));
  setTimeout(() => box.focus());
  return box;
}

// --- The opinion ------------------------------------------------------------------------------------------------
function ending(app, visit) {
  const { no } = visit;
  const mistakes = h("div", {});
  const summary = field("现场意见", {
    hint: "向单位负责人当面宣读", rows: 4, most: visit.told.limits.summary,
    value: app.work.draftOf(no, "#summary") || visit.summary, oninput: (words) => app.save(app.work.draft(no, "#summary", words)),
  });
  async function end() {
    const words = summary.input.value.trim();
    const gaps = missing(app.work.see(no)).map(([code, said]) => [code ? `#/${no}/${code}` : "", said]);
    summary.say(words ? "" : "请写明现场意见");
    if (!words) gaps.push(["", "请写明现场意见"]);
    mistakes.replaceChildren(...(gaps.length ? [summaryOf(gaps)] : []));
    if (!gaps.length) await app.save(app.work.end(no, words));
  }
  return h("div", {}, mistakes, facts(visit), found(visit),
    h("section", { class: "panel pad mt16" }, summary.element,
      h("div", { class: "field" }, h("button", { class: "btn p full tall", type: "button", onclick: end }, "结束督导，生成现场检查记录"))),
    h("p", { class: "mt16 row" }, h("a", { class: "btn", href: `#/${no}` }, "返回清单")));
}

// --- Both sides -------------------------------------------------------------------------------------------------
function confirming(app, visit) {
  const { no } = visit;
  const kept = (name) => ({ value: app.work.draftOf(no, name), oninput: (words) => app.save(app.work.draft(no, name, words)) });
  const person = field("单位确认人", { hint: "单位负责人或在场代表", ...kept("#unit_person") });
  const post = field("职务", kept("#unit_person_post"));
  const remark = field("单位意见", { hint: "选填，对记录的说明或申辩", rows: 3, most: 500, ...kept("#unit_remark") });
  const reason = field("拒绝确认的理由", { most: 200, ...kept("#refused_reason") });
  const witness = field("见证人", kept("#witness"));
  const hand = pad();
  const mistakes = h("div", {});
  const parts = {
    screen: h("div", { class: "mt24" }, person.element, post.element, remark.element, hand.element),
    refused: h("div", { class: "mt24" }, reason.element, witness.element),
    paper: h("p", { class: "note mt24" }, "记录先带编号存好，回到有网络的地方打印，双方手签后上传扫描件"),
  };
  let mode = app.work.draftOf(no, "#mode") || "screen";
  const choice = segments("确认方式", MODES, (value) => app.save(app.work.draft(no, "#mode", value), () => {
    mode = value;
    mistakes.replaceChildren();
    showMode();
  }), { columns: 1 });
  function showMode() {
    choice.show(mode);
    for (const [name, part] of Object.entries(parts)) part.hidden = name !== mode;
  }
  const needed = { screen: [[person, "请填写单位确认人"]], refused: [[reason, "请写明拒绝确认的理由"], [witness, "请填写见证人"]], paper: [] };
  async function confirm() {
    const open = [];
    for (const [one, words] of needed[mode]) {
      const isThere = Boolean(one.input.value.trim());
      one.say(isThere ? "" : words);
      if (!isThere) open.push(["", words]);
    }
    mistakes.replaceChildren(...(open.length ? [summaryOf(open)] : []));
    if (open.length) return;
    const words = (one, ...modes) => (modes.includes(mode) ? one.input.value.trim() : "");
    await app.save(app.work.confirm(no, {
      mode, unit_person: words(person, "screen"), unit_person_post: words(post, "screen"), unit_remark: words(remark, "screen"),
      refused_reason: words(reason, "refused"), witness: words(witness, "refused"),
      stroke: mode === "screen" ? hand.strokes() : null,
    }));
  }
  showMode();
  return h("div", {}, mistakes, facts(visit), found(visit),
    h("p", { class: "note mt16" }, "请向单位负责人宣读以上内容。屏幕确认不是电子签名，也可打印后手签。"),
    h("section", { class: "panel pad mt16" }, h("p", { class: "lab" }, "确认方式"), choice.element, Object.values(parts),
      h("div", { class: "field" }, h("button", { class: "btn p full tall", type: "button", onclick: confirm }, "完成确认"))),
    h("p", { class: "mt16 row" }, h("button", { class: "btn", type: "button", onclick: () => app.save(app.work.reopen(no)) }, "返回清单修改")));
}

// --- Done -------------------------------------------------------------------------------------------------------
function done(app, visit) {
  const how = visit.confirmation;
  let words = "双方已确认";
  if (how && how.mode === "refused") words = `单位拒绝确认，理由：${how.refused_reason}；见证人：${how.witness}`;
  if (visit.signs_on_paper) words = "待打印后手签";
  if (how && how.mode === "screen") words = `${how.unit_person}${how.unit_person_post}已确认`;
  return h("div", {},
    h("section", { class: "panel pad mt16" }, h("h2", {}, `现场检查记录 ${visit.record_no}`), h("p", { class: "mt8" }, words),
      h("p", { class: "hint mt8" }, "已存本机，联网后自动上传；上传完成后从本机清除")),
    facts(visit), found(visit),
    h("p", { class: "mt16 row wrap" }, h("a", { class: "btn p", href: "#/outbox" }, "查看上传"), h("a", { class: "btn", href: "#/" }, "今日安排")));
}

export function sum(app, no) {
  const first = app.work.see(no);
  const heading = h("h1", { tabindex: "-1" });
  const place = h("div", {});
  const element = h("div", { class: "visit" },
    h("div", { class: "crumb" }, h("a", { href: "#/" }, "今日安排"), h("span", { "aria-hidden": "true" }, "/"), first.unit), heading, place);
  let drawn = "";
  function show() {
    const visit = app.work.see(no);
    if (!visit || visit.state === "planned") {
      app.go(visit ? `#/${no}` : "#/outbox"); // it has arrived and left the device: there is its receipt
      return;
    }
    const step = visit.isDone ? "done" : visit.state;
    if (step === drawn) return; // a form that is being filled in is not drawn anew
    const isNext = Boolean(drawn);
    drawn = step;
    heading.textContent = { ongoing: "结束督导", summing_up: "双方确认", done: "督导完成" }[step];
    place.replaceChildren({ ongoing: ending, summing_up: confirming, done }[step](app, visit));
    if (isNext) app.goUp();
  }
  show();
  return { element, show, title: `结束督导 ${first.unit}` };
}
