"""Printouts for the tests: orders that are in no database, with what was frozen for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from inspections.conclusions import Conclusion
from inspections.models import Printout
from inspections.printouts import (
    archive,
    brief,
    case,
    ledger,
    model_notice,
    period,
    publicity,
    results,
    self_check,
    upward_return,
    visit,
)
from inspections.printouts.base import Made
from inspections.printouts.kinds import KINDS
from inspections.reports.data import Share, dump
from inspections.returns.sheets import grids_of

MORNING = datetime(2026, 11, 16, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def order(kind: str, data: Any, title: str = "云溪县问题整改台账") -> Printout:
    """An order as its job reads it."""
    return Printout(
        no="2026-Y0012",
        kind=kind,
        title=title,
        data=dump(data),
        digest="2b608e17" * 8,
        template_version="0123456789ab",
    )


def made(kind: str, data: Any, title: str = "云溪县问题整改台账") -> Made:
    return KINDS[kind].make(order(kind, data, title), lambda *said: None)


# --- 台账 ---------------------------------------------------------------------------------------------------
ROW = ledger.Row(
    no="2026-0131",
    unit="城关镇第一小学",
    rule=4,
    ban="",
    fact="五年级2个班书面作业平均71分钟，超过60分钟",
    origin="县级检查",
    found_on=date(2026, 9, 21),
    rectifying="限期整改",
    measures="作业统筹表上墙，年级组每周会商（10月20日）",
    person="张敏",
    overseer="王建国",
    due_on=date(2026, 10, 30),
    proofs=2,
    state="已销号",
    closed_on=date(2026, 10, 28),
)


def ledger_data(count: int = 15, *, is_a3: bool = False, **changed: Any) -> ledger.LedgerData:
    """A ledger of so many problems; ``changed`` is said of each row."""
    rows = tuple(replace(ROW, no=f"2026-{place:04}", **changed) for place in range(1, count + 1))
    return ledger.LedgerData(
        county="云溪县",
        reporter="云溪县教育局",
        words="全部",
        total=count,
        is_a3=is_a3,
        as_of=MORNING,
        rows=rows,
    )


# --- 一页纸 -------------------------------------------------------------------------------------------------
def brief_data(words: str = "三年级数学日均书面作业约75分钟", rows: int = 5) -> brief.BriefData:
    """A brief with as much as it ever holds."""
    measures = ("个问题", "个问题", "个问题", "份", "份")
    labels = ("逾期未销号", "7天内到期", "红线未销号", "自查待审核", "自查未提交")
    return brief.BriefData(
        county="云溪县",
        term="2026年秋季学期",
        as_of=MORNING,
        numbers=tuple(
            brief.Number(label, 12, measure) for label, measure in zip(labels, measures, strict=True)
        ),
        since=date(2026, 11, 9),
        found=8,
        closed=5,
        became_overdue=2,
        urgent=tuple(
            brief.Urgent(
                f"2026-{place:04}",
                words[: brief.LONGEST_NAME],
                "第7条\n红线",
                words[: brief.LONGEST_FACT],
                date(2026, 10, 9),
                38,
                "待上级同意",
            )
            for place in range(1, rows + 1)
        ),
        rules=tuple(brief.RuleLine(f"第4条 {words}"[: brief.LONGEST_RULE], 12, 18, 1, 7) for _ in range(3)),
        progress=(
            brief.Progress("自查提交", "88/100，88%", "已提交÷应提交的单位"),
            brief.Progress("实地督导", "60/100，60%", "去过的÷本学期全部学校和机构"),
            brief.Progress("整改完成率", "—", "到期的问题中已销号的；本学期登记0个，已销号0个"),
        ),
    )


# --- 自查表 -------------------------------------------------------------------------------------------------
def check_data(words: str = "五年级超时", items: int = 24) -> self_check.CheckData:
    """A check of six rules, every second item answered."""
    values = ("符合", "部分符合", "不符合", "不适用")

    def item(place: int) -> self_check.Item:
        chosen = "部分符合" if place % 2 else ""
        said = (
            (words, "措施：作业统筹", "李老师　2026年12月1日") if chosen else ("书面作业时间：三年级＿＿＿",)
        )
        return self_check.Item(
            f"4-{place}", "一、二年级不布置书面家庭作业，其他年级不超过60分钟。", values, chosen, said
        )

    per_rule = max(1, items // 6)
    rules = tuple(
        self_check.RuleBlock(number, "严控书面作业总量", tuple(item(place) for place in range(per_rule)))
        for number in range(1, 7)
    )
    return self_check.CheckData(
        title="2026年秋季学期自查表",
        unit="城关镇第一小学",
        code="3152000001",
        no="2026-C0031",
        due_on=date(2026, 11, 30),
        head="王芳",
        head_post="校长",
        keyed_in_by="",
        rules=rules,
        as_of=MORNING,
    )


# --- 现场检查 -----------------------------------------------------------------------------------------------
def visit_data(
    words: str = "三年级数学日均约75分钟", *, record_no: str = "", items: int = 30
) -> visit.VisitData:
    """The blank checklist, or with ``record_no`` the record, of so many items."""

    def line(place: int) -> visit.Line:
        bad = bool(record_no) and place % 10 == 3
        return visit.Line(
            code=f"4-{place}",
            text="一、二年级不布置书面家庭作业，其他年级不超过60分钟。",
            ban="严禁" if place % 7 == 0 else "",
            own="符合",
            seen=("有问题" if bad else "符合") if record_no and place % 4 else "",
            is_problem=bad,
            fact=words if bad else "",
            due="15天" if bad else "",
            photos=f"照片{place}—{place + 1}" if bad else "照片9" if record_no and place == 5 else "",
        )

    return visit.VisitData(
        issuer="云溪县人民政府教育督导委员会办公室",
        no="2026-V0007",
        record_no=record_no,
        unit="城关镇第一小学",
        code="3152000001",
        kind="经常性督导",
        times="2026年11月16日09:00至11:20",
        people="周立（云督0012）",
        basis="2026年督导计划（云教督〔2026〕3号）",
        lines=tuple(line(place) for place in range(1, items + 1)),
        summary=words,
        remark="",
        is_confirmed=bool(record_no),
        refused="",
        unit_person="网上确认人：王芳（校长）" if record_no else "",
        inspector="网上确认人：周立，2026年11月16日11:30" if record_no else "",
        as_of=MORNING,
    )


# --- 案卷 ---------------------------------------------------------------------------------------------------
def case_data(words: str = "三年级数学日均约75分钟") -> case.CaseData:
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    return case.CaseData(
        no="2026-0147",
        facts=(("单位", "城关镇第一小学（3152000001）"), ("发现情况", words)),
        sections=(
            case.Section("第1次整改：已销号", ("整改期限2026年10月9日", "销号销2026-0147：李强")),
            case.Section(
                "佐证",
                heads=("对应要求", "材料", "SHA-256", "提交"),
                widths=(20, 30, 28, 22),
                rows=tuple(("整改后照片", words, digest, "张敏，2026年10月1日09:00") for _ in range(3)),
            ),
        ),
        as_of=MORNING,
    )


# --- 通报、简报 ---------------------------------------------------------------------------------------------
def period_data(words: str = "严控书面作业总量", *, is_full: bool = True) -> period.PeriodData:
    """A circular with as much as it ever holds, or of a period in which nothing happened."""
    labels = [label for label, _ in period._COUNTED] + ["校外培训违规广告处理", "举报办结"]
    count = period.MOST_RULES if is_full else 0
    return period.PeriodData(
        name="半月通报",
        county="云溪县",
        bureau="云溪县教育局",
        words_of_period="2026年11月1日至15日",
        from_on=date(2026, 11, 1),
        until_on=date(2026, 11, 15),
        as_of=MORNING,
        indicators=tuple(
            period.Indicator(label, "16/18，88.9%" if is_full else "—", "—") for label in labels
        ),
        rules=tuple(period.RuleRow(place, words, 8, 6, 2, 3) for place in range(1, count + 1)),
        late=tuple(period.LateUnit(words, 2, 38) for _ in range(count)),
        late_units=9 if is_full else 0,
        found=31 if is_full else 0,
        red=2 if is_full else 0,
        closed=12 if is_full else 0,
        said=("逐校核查到位。" * 4,) * 4 if is_full else (),
    )


# --- 公示 ---------------------------------------------------------------------------------------------------
def publicity_data(words: str = "城关镇第一小学", lines: int = 7) -> publicity.PublicityData:
    return publicity.PublicityData(
        signed=words,
        lines=tuple(f"作业每天不超过{place}0分钟" for place in range(1, lines + 1)),
        hotline="0000-6120012",
        hotline_hours="工作日8:30—17:30",
        on=date(2026, 11, 16),
        as_of=MORNING,
    )


def model_notice_data(count: int = 3, words: str = "城关镇第一小学") -> model_notice.ModelNoticeData:
    kinds = ("学校", "校外培训机构", "家庭")
    return model_notice.ModelNoticeData(
        issuer="云溪县教育局",
        work="减负典型案例",
        permit="",
        cases=tuple(
            model_notice.NoticedCase(
                f"{words}{place}",
                kinds[place % 3],
                "作业总量每周统筹",
                "教师先做一遍再布置，年级组每周会商。",
            )
            for place in range(1, count + 1)
        ),
        has_institution=True,
        has_family=True,
        first_on=date(2026, 11, 16),
        last_on=date(2026, 11, 23),
        days=5,
        hotline="0000-6120012",
        hotline_hours="工作日8:30—17:30",
        address="云溪县文教路1号",
        as_of=MORNING,
    )


def results_data(units: int = 24, name: str = "城关镇第一小学") -> results.ResultsData:
    words = Conclusion.labels
    return results.ResultsData(
        office="云溪县人民政府教育督导委员会办公室",
        term="2026年秋季学期",
        document_no="云教督〔2026〕7号",
        from_on=date(2026, 9, 1),
        until_on=date(2026, 12, 20),
        units=tuple(
            results.UnitResult(f"{name}{place}", "学校", words[place % 4]) for place in range(1, units + 1)
        ),
        rules=(
            results.RuleResult(4, "严控书面作业总量", 12, 0),
            results.RuleResult(17, "规范培训服务行为", 0, 3),
        ),
        coverage=Share(22, units),
        self_checked=Share(24, units),
        methods=("单位自查", "经常性督导"),
        found=15,
        closed=Share(11, 15),
        published_on=date(2026, 12, 28),
        objections_until=date(2027, 1, 5),
        hotline="0000-6120000",
        hotline_hours="工作日8:30至17:30",
        address="云溪县城关镇文教路1号",
        as_of=MORNING,
    )


# --- 归档 ---------------------------------------------------------------------------------------------------
def box_data(pieces: int = 30, name: str = "城关镇第一小学") -> archive.ArchiveData:
    """A box of pieces without files: for its list and its spine."""
    return archive.ArchiveData(
        keeper="云溪县教育局",
        unit=name,
        code="3152000001",
        year=2026,
        pieces=tuple(
            archive.Piece(
                f"现2026-00-{place:04}", "经常性督导现场检查记录", date(2026, 11, 16), "30年", "", {}, ()
            )
            for place in range(1, pieces + 1)
        ),
        as_of=MORNING,
    )


# --- 上报表 -------------------------------------------------------------------------------------------------
def return_data(words: str = "县市场监督管理局补报", notes: tuple[str, ...] | None = None) -> Any:
    """The half-monthly table, one figure of it changed by hand."""
    names = ("书面作业总量达标学校占比", "课后服务达标学校占比", "压减学科类培训机构", words)
    rows = [[at, name, "家", 3 * at, ""] for at, name in enumerate(names, start=1)]
    sheet = {
        "name": "报表",
        "rows": [
            ["双减工作半月报表"],
            [f"填报单位：{words}"],
            ["序号", "指标", "计量单位", "本期数", "备注"],
            *rows,
        ],
        "merged": ["A1:E1", "A2:E2"],
        "formulas": [],
    }
    return upward_return.ReturnData(
        no="2026-B0003",
        title="双减工作半月报表",
        unit="云溪县教育局",
        demanded_by="市教育局双减工作专班",
        document_no="市教函〔2026〕9号",
        period="2026年11月1日至15日",
        figures_on="2026年11月15日",
        state="已上报",
        corrects="2026-B0001",
        is_zero=False,
        filled_by="何敏",
        checked_by="王建国",
        sent_by="陈志远",
        sent_on="2026年11月20日",
        grids=tuple(grids_of([sheet])),
        notes=notes or (f"处理违规培训广告：自动取数2，改为3。{words}",),
        as_of=MORNING,
    )
