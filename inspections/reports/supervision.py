"""The county's 督导报告 of a term as blocks: sentences, chart, tables, annexes, all counted from the frozen
rows.

Pure: no query, no clock. Sections follow documents.md §3 as far as there are figures; the office's own texts
stand between the counted ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from inspections.reports import tables
from inspections.reports.blocks import (
    Annex,
    Bar,
    Chart,
    Column,
    Table,
    Text,
    joined,
    paragraphs_of,
)
from inspections.reports.counting import aside, by_rule, rectification
from inspections.reports.data import (
    GROUP_TITLES,
    EarlierTerm,
    ProblemLine,
    Share,
    SupervisionData,
)
from inspections.reports.selections import (
    complaints,
    counted_by,
    coverage,
    fully_met,
    group_shares,
    look_backs,
    main_figures,
    red_lines,
    reported_leads,
    self_checked,
    supervised,
    visited,
)
from inspections.standing import Standing
from shuangjian.dates import cn_date, cn_short

SECTIONS = [
    ("absent", "未实地督导单位的原因", "未实地督导单位的原因和补查安排；没有可不写"),
    ("practice", "主要做法和成效", "三至四条，一段一条；每条写一个单位的做法和它的数字，第一句概括"),
    ("complaints", "举报办理", "受理、查实、按时答复的件数和比例；没有可不写"),
    ("accountability", "问责情况", "约谈、通报、建议问责的次数和单位；没有可不写"),
    (
        "advice",
        "意见建议和下一步",
        "分别向县人民政府、县教育局、学校和机构提出；一段一条，写明由谁、何时完成",
    ),
]
REQUIRED = ("practice", "advice")
# The report as it is written: counted parts (figures.py) and the office's texts, in their order.
OUTLINE = (
    ("figures", "situation"),
    ("text", "absent"),
    ("text", "practice"),
    ("figures", "problems"),
    ("figures", "rectification"),
    ("figures", "institutions"),
    ("figures", "parents"),
    ("figures", "voice"),
    ("text", "complaints"),
    ("figures", "accountability"),
    ("text", "accountability"),
    ("text", "advice"),
)


def text_of(
    data: SupervisionData, sections: Mapping[str, str], standing: Mapping[str, str] | None = None
) -> Text:
    """The report's text from the opening to the closing. ``standing``: the report's own standing texts, where
    it has some."""
    text = Text()
    always = Standing("county_report", standing or {}, _values(data))
    text.plain(_opening(data, always))
    _situation(text, data, sections)
    text.heading("主要做法和成效")
    text.written(sections.get("practice", ""))
    _problems(text, data)
    _rectified(text, data)
    _institutions(text, data)
    _parents(text, data)
    counted = (
        ("complaints", "举报办理", "voice", _complaints(data)),
        ("accountability", "问责情况", "accountability", _accountability(data)),
    )
    for key, title, source, words in counted:
        if words or sections.get(key, "").strip():
            text.heading(title, source if words else "")
            if words:
                text.plain(words)
            text.written(sections.get(key, ""))
    text.heading("意见建议和下一步")
    text.written(sections.get("advice", ""))
    text.plains((*always.paragraphs("demands"), *always.paragraphs("closing")))
    return text


def annexes_of(data: SupervisionData) -> list[Annex]:
    """The annexes in the order of the list under the text."""
    on = data.until_on
    return [
        Annex("被督导单位减负三十条落实情况表", (tables.matrix(data),), is_wide=True),
        Annex("问题清单", (tables.ledger(data.problems, on),)),
        Annex("问题单位整改情况表", (tables.rectification_by_unit(data.problems, _names(data), on),)),
        Annex("实地督导单位和日期", (_visits(data),)),
        Annex("数据缺口和原因", (tables.missing(data.missing),)),
        Annex("指标和计算口径", tables.definitions()),
    ]


def _names(data: SupervisionData) -> list[str]:
    return [unit.name for unit in data.units]


def _values(data: SupervisionData) -> dict[str, str]:
    """What the placeholders of the standing texts stand for."""
    return {
        "县": data.county_name,
        "学期": data.term_title,
        "督导机构": data.office_name,
        "开始日期": cn_date(data.from_on),
        "截止日期": cn_date(data.until_on),
        "联系电话": data.hotline,
    }


def _opening(data: SupervisionData, always: Standing) -> str:
    methods = f"采取{'、'.join(data.methods)}等方式，" if data.methods else ""
    people = f"派出督导人员{data.inspectors}人，" if data.inspectors else ""
    return (
        f"{always.phrase('basis')}，{''.join(always.paragraphs('opening'))}"
        f"{people}{methods}应督导单位{len(supervised(data))}家，"
        f"实地督导{len(visited(data))}家（{coverage(data)}）。"
        f"数据截至{cn_date(data.as_of)}。现将有关情况报告如下。"
    )


# --- 总体情况 -----------------------------------------------------------------------------------------------
def _situation(text: Text, data: SupervisionData, sections: Mapping[str, str]) -> None:
    text.heading("总体情况", "situation")
    shares = group_shares(data)
    counted = [key for key in GROUP_TITLES if shares[key].of]
    words = "；".join(
        _group_sentence(GROUP_TITLES[key], shares[key], data.before.get(key)) for key in counted
    )
    silent = [GROUP_TITLES[key] for key in GROUP_TITLES if not shares[key].of]
    if silent:
        words += f"{'；' if words else ''}{'、'.join(silent)}没有可以汇总的数据，不计算比例"
    met = fully_met(data)
    text.point(
        "四组规则落实情况。", f"{words}。涉及条目全部查清并符合的单位{met.count}家（{met}）。对比见图1。"
    )
    text.put(
        Chart(
            title=f"图1　四组规则落实情况（截至{cn_date(data.as_of)}）",
            bars=tuple(_bar(GROUP_TITLES[key], shares[key], data.before.get(key)) for key in GROUP_TITLES),
            note="注：比例＝符合的项次÷查清的项次，一家单位的一条规则为一个项次；没有查清的不计入，见附件5。",
        )
    )
    text.point("单位自查情况。", _self_check_sentence(data))
    _not_visited(text, data, sections)
    if data.earlier is not None:
        taken = f"取自{data.earlier.document_no}" if data.earlier.document_no else "按现有记录统计"
        text.point("与上学期比较。", f"见表1，上学期数字{taken}。")
        text.put(_comparison(data, data.earlier))


def _group_sentence(title: str, share: Share, before: Share | None) -> str:
    change = ""
    if before is not None and before.percent is not None and share.percent is not None:
        points = round(share.percent, 1) - round(before.percent, 1)
        change = f"，比上学期{'提高' if points > 0 else '下降'}{abs(points):.1f}个百分点"
        if abs(points) < 0.05:
            change = "，与上学期持平"
    return f"{title}查清{share.of}项次，符合{share.count}项次，占{share.percent_text}{change}"


def _bar(label: str, share: Share, before: Share | None) -> Bar:
    return Bar(
        label=label,
        now=share.percent,
        before=before.percent if before is not None else None,
        now_words=f"{share.counts}　{share.percent_text}" if share.of else share.counts,
        before_words=f"{before.counts}　{before.percent_text}" if before is not None and before.of else "—",
    )


def _self_check_sentence(data: SupervisionData) -> str:
    share = self_checked(data)
    if not share.of:
        return "本学期没有发布自查批次。"
    late = [unit.name for unit in supervised(data) if unit.self_check == "missing"]
    words = f"应提交自查的单位{share.of}家，已提交{share.count}家（{share}）。"
    return words + (f"没有提交的{len(late)}家：{joined(late)}，列入附件5，不计入上述比例。" if late else "")


def _not_visited(text: Text, data: SupervisionData, sections: Mapping[str, str]) -> None:
    absent = [unit for unit in supervised(data) if not unit.visits]
    if not absent:
        text.point("实地督导覆盖情况。", f"{len(supervised(data))}家单位全部实地督导（{coverage(data)}）。")
        return
    names = joined(f"{unit.name}{f'（{unit.remark}）' if unit.remark else ''}" for unit in absent)
    reasons = "".join(paragraphs_of(sections.get("absent", "")))
    share = Share(len(absent), len(supervised(data)))
    text.point("未实地督导的单位。", f"{len(absent)}家（{share}）：{names}。{reasons}")


def _comparison(data: SupervisionData, earlier: EarlierTerm) -> Table:
    before, now = (dict(main_figures(rows)) for rows in (earlier, data))
    return Table(
        title="表1　与上学期比较",
        columns=(
            Column("项目", 34, is_text=True),
            Column(earlier.term_title, 33),
            Column(data.term_title, 33),
        ),
        rows=tuple((label, before[label], value) for label, value in now.items()),
    )


# --- 存在问题 -----------------------------------------------------------------------------------------------
def _problems(text: Text, data: SupervisionData) -> None:
    text.heading("存在问题", "problems")
    problems = data.problems
    if not problems:
        text.plain("本学期没有登记问题。没有查清的项次见附件5，不等于没有问题。")
        return
    strict = [problem for problem in problems if problem.prohibition == "严禁"]
    must_not = [problem for problem in problems if problem.prohibition == "不得"]
    others = [problem for problem in problems if not problem.prohibition]
    red = sum(problem.red_line for problem in problems)
    origins = Counter(problem.origin for problem in problems)
    sources = "、".join(f"{origin}{count}个" for origin, count in origins.most_common())
    text.plain(
        f"共发现问题{len(problems)}个，涉及单位{len({problem.unit for problem in problems})}家。"
        f"其中“严禁”事项{len(strict)}个、“不得”事项{len(must_not)}个、其他{len(others)}个；"
        f"属于红线的{red}个。按来源分：{sources}。按条目分见表{_rules_place(data)}，逐项见附件2。"
    )
    text.put(_rules_table(data))
    for title, rows in (("“严禁”事项。", strict), ("“不得”事项。", must_not)):
        if rows:
            text.point(title)
            for problem in rows:
                text.item(_case(problem))
        else:
            text.point(title, "没有发现。")
    if others:
        text.point("其他问题。")
        for row in by_rule(others):
            typical = row.problems[0]
            lead = f"如{typical.unit}：" if row.count > 1 else f"{typical.unit}："
            text.item(
                f"第{row.number}条 {row.title}：{row.count}个，涉及{row.units}家单位。"
                f"{lead}{_sentence(typical.fact)}"
            )


def _rules_place(data: SupervisionData) -> int:
    """The number of the table of rules: the comparison with last term stands before it."""
    return 1 if data.earlier is None else 2


def _rules_table(data: SupervisionData) -> Table:
    rows = by_rule(data.problems)
    return Table(
        title=f"表{_rules_place(data)}　问题按条目分布（截至{cn_date(data.as_of)}，单位：个）",
        columns=(
            Column("条目", 11),
            Column("名称", 34, is_text=True),
            Column("问题", 10),
            Column("涉及单位", 14),
            Column("严禁和不得", 16),
            Column("已销号", 15),
        ),
        rows=tuple(
            (
                f"第{row.number}条",
                row.title,
                str(row.count),
                str(row.units),
                str(row.forbidden),
                str(row.closed),
            )
            for row in rows
        ),
        total=(
            "",
            "合计",
            str(sum(row.count for row in rows)),
            str(len({problem.unit for problem in data.problems})),
            str(sum(row.forbidden for row in rows)),
            str(sum(row.closed for row in rows)),
        ),
    )


def _case(problem: ProblemLine) -> str:
    kind = "（红线）" if problem.red_line else ""
    return f"{problem.unit}{kind}：{_sentence(problem.fact)}触碰“{problem.phrase}”，第{problem.rule}条。"


def _sentence(words: str) -> str:
    stripped = words.strip()
    return stripped if stripped.endswith(("。", "？", "…")) else f"{stripped.rstrip('；，、,;.')}。"


# --- 整改、校外培训 -----------------------------------------------------------------------------------------
def _rectified(text: Text, data: SupervisionData) -> None:
    text.heading("整改情况", "rectification")
    done = rectification(data.problems, data.until_on)
    aside_words = aside(data.problems, done, data.withdrawn)
    text.plain(
        f"到期应整改{done.due}个，凭佐证销号{done.rate.count}个（{done.rate}），"
        f"其中按期{done.closed_in_time}个、逾期后{done.closed_late}个；逾期未销号{done.overdue}个。"
        f"未到期{done.closed_early + done.running}个，其中提前销号{done.closed_early}个。"
        f"{aside_words + '，' if aside_words else ''}回头看{len(look_backs(data))}次。按单位分见附件3。"
    )
    if data.rechecks:
        results = _counted((row.result for row in data.rechecks), "个")
        text.plain(f"销号后核查{len(data.rechecks)}个（回头看和材料抽查）：{results}。")
    if data.carried:
        carried = rectification(data.carried, data.until_on)
        text.plain(
            f"上学期结转的未销号问题{carried.found}个，本学期销号{carried.closed}个"
            f"（{Share(carried.closed, carried.found)}）。"
        )
    red = red_lines(data)
    still = [problem for problem in red if problem.closed_on is None]
    if not red:
        text.plain("没有红线问题。")
    elif not still:
        text.plain(f"红线问题{len(red)}个，全部销号（{Share(len(red), len(red))}）。")
    else:
        text.plain(f"红线问题{len(red)}个，未销号{len(still)}个：")
        for problem in still:
            due = f"整改期限{cn_short(problem.due_on)}，目前{problem.state}"
            text.item(f"{problem.unit}：{_sentence(problem.fact)}{due}。")


def _institutions(text: Text, data: SupervisionData) -> None:
    units = [unit for unit in data.units if unit.group == "institution"]
    text.heading("校外培训专项情况", "institutions")
    if not units:
        text.plain("本学期没有登记在册的校外培训机构。")
        _leads(text, data)
        return
    names = {unit.name for unit in units}
    problems = [problem for problem in data.problems if problem.unit in names]
    seen = [unit for unit in units if unit.visits]
    done = rectification(problems, data.until_on)
    text.plain(
        f"登记在册的校外培训机构{len(units)}家，其中{_counted(unit.category for unit in units)}；"
        f"按办学状态分：{_counted(unit.status for unit in units)}。"
        f"实地督导{len(seen)}家（{Share(len(seen), len(units))}）。"
        f"发现问题{done.found}个，涉及{len({problem.unit for problem in problems})}家；"
        f"到期应整改{done.due}个，已销号{done.rate.count}个（{done.rate}）。"
    )
    _leads(text, data)


def _leads(text: Text, data: SupervisionData) -> None:
    """隐形变异培训: what was found outside the registered institutions."""
    if data.leads is None:
        return
    if not data.leads:
        text.plain("本学期没有登记隐形变异培训的线索点。")
        return
    kinds = _counted((row.kind for row in data.leads), "个")
    text.plain(
        f"登记隐形变异培训的线索点{len(data.leads)}个，其中{kinds}；"
        f"按办理情况分：{_counted((row.state for row in data.leads), '个')}。"
    )


def _parents(text: Text, data: SupervisionData) -> None:
    """家长问卷: only what was published, ten answers at least; no heading where there is none."""
    if not data.voices:
        return
    text.heading("家长和社会评价", "parents")
    most = max(row.good.of for row in data.voices)
    text.plain(
        f"家长问卷自愿、匿名填写，汇总到{most}份；不足10份的学校不计入，小规模学校与中心校合并。"
        f"各题回答见表{_rules_place(data) + 1}，是家长的感受，不作为认定事实的依据。"
    )
    title = f"表{_rules_place(data) + 1}　家长问卷（截至{cn_date(data.as_of)}）"
    text.put(tables.voices(data.voices, title))


def _complaints(data: SupervisionData) -> str:
    """What came in from parents and the public, as far as it was registered; empty where nothing did."""
    problems, leads = complaints(data), reported_leads(data)
    if not problems and not leads:
        return ""
    done = rectification(problems, data.until_on)
    told = f"群众反映的线索点{len(leads)}个。" if leads else ""
    return (
        f"经举报核查登记问题{done.found}个，已销号{done.closed}个（{Share(done.closed, done.found)}）。{told}"
    )


def _accountability(data: SupervisionData) -> str:
    """约谈, 通报, 建议问责 with how many units; empty where there was none."""
    if not data.sanctions:
        return ""
    units = len({row.unit for row in data.sanctions})
    return f"本学期{_counted((row.kind for row in data.sanctions), '次')}，涉及单位{units}家。"


def _counted(labels: Iterable[str], measure: str = "家") -> str:
    return "、".join(f"{label}{count}{measure}" for label, count in counted_by(labels))


def _visits(data: SupervisionData) -> Table:
    rows: list[tuple[str, ...]] = []
    for unit in supervised(data):
        when = "；".join(f"{cn_short(visit.on)}{visit.kind}" for visit in unit.visits)
        checked = {"submitted": "已提交", "missing": "未提交", "not_due": "—"}[unit.self_check]
        rows.append(
            (str(len(rows) + 1), unit.name, checked, str(len(unit.visits)), when or unit.remark or "—")
        )
    total = sum(len(unit.visits) for unit in supervised(data))
    return Table(
        title="",
        columns=(
            Column("序号", 8),
            Column("单位", 33, is_text=True),
            Column("自查", 11),
            Column("实地督导次数", 12),
            Column("日期和类别", 36, is_text=True),
        ),
        rows=tuple(rows),
        total=("", f"合计{len(rows)}家", self_checked(data).counts, str(total), f"实地督导{coverage(data)}"),
    )


def summary(data: SupervisionData) -> list[tuple[str, str]]:
    """The main figures for the report's page."""
    done = rectification(data.problems, data.until_on)
    shares = group_shares(data)
    red = red_lines(data)
    return [
        ("实地督导单位", str(coverage(data))),
        ("提交自查单位", str(self_checked(data))),
        *[(GROUP_TITLES[key], str(shares[key])) for key in ("school", "institution")],
        ("问题", f"{len(data.problems)}个"),
        ("其中严禁和不得", f"{sum(bool(problem.prohibition) for problem in data.problems)}个"),
        ("到期整改销号", str(done.rate)),
        ("逾期未销号", f"{done.overdue}个"),
        ("未销号红线", f"{sum(problem.closed_on is None for problem in red)}个"),
    ]
