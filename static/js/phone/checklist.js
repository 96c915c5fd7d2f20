/* One visit: before it, what there is to know; then its checklist, one tap per item. */
import { clock, day, field, h, segments, tag, tick } from "./dom.js";
import { shots } from "./shots.js";
import { stateTag } from "./today.js";

const VALUES = [["meets", "符合"], ["problem", "有问题"], ["na", "不适用"]];
const MOST_WORDS = 300;
const DAY = 86400000;

// --- What stands above ------------------------------------------------------------------------------------------
function known(visit) {
  const { problems, rechecks } = visit.told;
  const line = (one) => h("li", {}, h("p", { class: "b" }, `${one.no}　第${one.rule}条`), h("p", { class: "mt8" }, one.fact),
    one.due_on ? h("p", { class: one.overdue ? "hint danger" : "hint" }, `${one.overdue ? "已逾期，" : ""}应于${one.due_on}完成`) : null);
  const part = (words, rows) => (rows.length
    ? h("details", { class: "panel pad16 mt16" }, h("summary", {}, `${words}${rows.length}个`), h("ul", { class: "opens" }, rows.map(line)))
    : null);
  const { notes } = visit;
  return [
    notes.length ? h("section", { class: "panel pad mt16" }, h("h2", {}, "要查的事"),
      notes.map((one) => h("p", { class: "mt8" }, one.text, h("span", { class: "hint" }, `　${one.by}`)))) : null,
    part("未销号的问题", problems), part("要回头看的问题", rechecks),
  ];
}

function asked(item) { // what the item wants, for who has to explain it on the spot
  return h("details", { class: "wants" }, h("summary", { class: "hint" }, "要求和佐证"),
    h("p", { class: "hint mt8" }, `第${item.rule}条 ${item.rule_title}：${item.rule_text}`),
    item.proof.length ? h("ul", { class: "points hint mt8" }, item.proof.map((words) => h("li", {}, words))) : null);
}

function question(item) {
  return h("h3", { class: "q", id: `q-${item.code}` }, h("b", {}, item.short), h("span", {}, item.question),
    item.prohibition ? tag("red", item.prohibition.kind) : null);
}

function selfCheck(item) {
  const { answer } = item;
  return `自查：${answer ? answer.label + (answer.text ? `，${answer.text}` : "") : "未填"}`;
}

// --- Before it begins -------------------------------------------------------------------------------------------
function before(app, visit) {
  const fact = (name, words) => (words ? [h("dt", {}, name), h("dd", {}, words)] : null);
  const start = h("button", { class: "btn p full", type: "button", onclick: () => app.save(app.work.start(visit.no)) }, "开始督导");
  return h("div", {},
    h("section", { class: "panel pad mt16" }, h("dl", { class: "kv" },
      fact("计划", visit.plan_name), fact("批准文号", visit.approval_no), fact("计划日期", visit.planned_on),
      fact("地址", visit.address), fact("督导人员", visit.members.join("、")))),
    visit.gaps.length ? h("p", { class: "note mt16" }, `开始前还缺少：${visit.gaps.join("；")}`) : null,
    known(visit),
    h("details", { class: "panel pad16 mt16" }, h("summary", {}, `检查清单${visit.items.length}项`),
      h("h2", { class: "vh" }, "检查清单"), h("ul", {}, visit.items.map((item) => h("li", { class: "vi" }, question(item), h("p", { class: "hint" }, selfCheck(item)), asked(item))))),
    h("div", { class: "endbar" }, start));
}

// --- One item ---------------------------------------------------------------------------------------------------
function itemOf(app, no, first, told) {
  const { code, prohibition } = first;
  const set = (change) => app.save(app.work.find(no, code, change), () => { saved.textContent = `已存本机 ${clock(Date.now())}`; });
  const saved = h("span", { class: "save", role: "status" });
  const choice = segments(`${first.short}检查结果`, VALUES, (value) => set({ value }), { bad: "problem" });
  const note = h("p", { class: "hint warnc" });
  const words = field("问题说明", { hint: `必填，${MOST_WORDS}字以内`, rows: 3, most: MOST_WORDS, oninput: (text) => set({ text }) });
  words.element.insertBefore(note, words.input);
  const due = segments("整改期限", told.due_choices.map((days) => [String(days), `${days}天`]), (days) => set({ due_days: Number(days) }));
  const dueOn = h("p", { class: "hint mt8" });
  const atOnce = tick("须当场停止", (at_once) => set({ at_once }));
  const breach = prohibition
    && tick(`触碰${prohibition.kind}：${prohibition.title}`, (breaks_prohibition) => set({ breaks_prohibition }));
  const limit = h("p", { class: "note", role: "status" });
  let chosen = [];
  const methods = told.methods.map(({ code: method, label }) => [method, tick(label, (on) => (
    set({ methods: on ? [...chosen, method] : chosen.filter((one) => one !== method) })))]);
  const photos = shots(app, no, code);
  const unfolded = h("div", { class: "vx" }, words.element,
    breach ? h("div", { class: "mt8" }, breach.element, limit) : null,
    h("div", { class: "field" }, h("p", { class: "lab" }, "整改期限"), due.element, dueOn, atOnce.element),
    h("fieldset", { class: "field ticks" }, h("legend", { class: "lab" }, "检查方式", h("small", {}, "可选几种")),
      methods.map(([, one]) => one.element)),
    photos.element);
  const element = h("section", { class: "vi", id: code, "aria-labelledby": `q-${code}` }, question(first),
    h("p", { class: "said hint mb8" }, h("span", {}, selfCheck(first)), saved),
    first.notes.map((one) => h("p", { class: "hint mb8" }, `要查的事：${one.text}（${one.by}）`)),
    choice.element, unfolded, asked(first));

  function show(item) {
    const { finding } = item;
    element.dataset.value = finding.value;
    choice.show(finding.value);
    unfolded.hidden = finding.value !== "problem";
    note.textContent = item.isUndescribed ? "还没写明问题，暂按未查计" : "";
    if (document.activeElement !== words.input) words.input.value = finding.text;
    due.show(finding.due_days);
    dueOn.textContent = finding.due_days ? `应于${day(Date.now() + finding.due_days * DAY)}完成` : "";
    atOnce.show(finding.at_once);
    if (breach) {
      breach.show(finding.breaks_prohibition);
      limit.hidden = !finding.breaks_prohibition;
      limit.textContent = `${prohibition.kind}：须当场停止，${prohibition.days}天内整改`
        + `${prohibition.red_line ? "；红线问题至少拍1张照片" : ""}`;
    }
    chosen = finding.methods;
    methods.forEach(([method, one]) => one.show(chosen.includes(method)));
    photos.show(item);
  }
  return { element, show };
}

// --- The checklist ----------------------------------------------------------------------------------------------
const CHIPS = [["all", "全部", () => true], ["unseen", "未查", (item) => !item.isSeen], ["problem", "有问题", (item) => item.finding.value === "problem"]];

function during(app, visit) {
  const items = new Map(visit.items.map((item) => [item.code, itemOf(app, visit.no, item, visit.told)]));
  const bar = h("progress", { class: "bar", max: visit.items.length || 1, "aria-label": "已查的检查项" });
  const left = h("p", { class: "hint" });
  const nothing = h("p", { class: "empty pad", hidden: true });
  let shown = "all";
  let kept = null; // which items the chip shows: an item stays in view while one works on it
  const chips = CHIPS.map(([name]) => h("button", {
    class: "chip", type: "button",
    onclick: () => {
      shown = name;
      kept = null;
      show(app.work.see(visit.no));
    },
  }));
  const element = h("div", {}, h("div", { class: "vbar" }, bar), known(visit),
    h("div", { class: "chips sorts", role: "group", "aria-label": "清单分类" }, chips),
    h("div", { class: "panel" }, h("h2", { class: "vh" }, "检查清单"), [...items.values()].map((one) => one.element), nothing),
    h("div", { class: "endbar" }, h("a", { class: "btn p full", href: `#/${visit.no}/sum` }, "结束督导"), left));

  function show(seen) {
    bar.value = seen.seenCount;
    left.textContent = seen.unseenCount ? `还有${seen.unseenCount}项未查，未查的不算符合` : "全部查完了";
    CHIPS.forEach(([name, words, belongs], index) => {
      chips[index].textContent = `${words} ${seen.items.filter(belongs).length}`;
      chips[index].setAttribute("aria-pressed", String(name === shown));
    });
    if (!kept) kept = seen.items.filter(CHIPS.find(([name]) => name === shown)[2]).map((item) => item.code);
    nothing.hidden = kept.length > 0;
    nothing.textContent = shown === "unseen" ? "全部查完了" : "还没有发现问题";
    for (const item of seen.items) {
      items.get(item.code).show(item);
      items.get(item.code).element.hidden = !kept.includes(item.code);
    }
  }
  return { element, show };
}

/* The screen of a visit: whichever of its parts the state asks for. */
export function checklist(app, no) {
  const progress = h("span", {});
  const place = h("div", {});
  const first = app.work.see(no);
  const state = h("p", { class: "mt8" });
  const element = h("div", { class: "visit" },
    h("div", { class: "crumb" }, h("a", { href: "#/" }, "今日安排")),
    h("h1", { tabindex: "-1" }, first.unit),
    h("p", { class: "muted" }, `${first.kind_label} · ${no}`, progress), state, place);
  let part = null;
  let drawn = "";

  function show() {
    const visit = app.work.see(no);
    if (!visit) {
      app.go("#/"); // over, and no longer on the device
      return;
    }
    if (visit.state !== "planned" && visit.state !== "ongoing") {
      app.go(`#/${no}/sum`);
      return;
    }
    state.replaceChildren(...(visit.state === "planned" ? [stateTag(visit)] : []));
    if (drawn !== visit.state) {
      drawn = visit.state;
      part = visit.state === "planned" ? { element: before(app, visit), show: () => {} } : during(app, visit);
      place.replaceChildren(part.element);
    }
    progress.textContent = visit.state === "ongoing" ? ` · 已查${visit.seenCount}/${visit.items.length}项` : "";
    part.show(visit);
  }
  show();
  return { element, show, title: first.unit };
}
