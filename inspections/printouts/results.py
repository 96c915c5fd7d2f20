"""公示 of a term's results, from the frozen figures of a signed county report alone.

Source: documents.md §6, workflow.md §5, practice.md P29: conclusions in words with their definition on the
same page, units in the order of the report's list and never ranked, no case, no name of a person, no count
below five. The issuer is the supervision office.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from inspections.conclusions import DEFINITION, Case, Conclusion, conclude
from inspections.forms.printouts import ResultsForm
from inspections.models import SupervisionReport
from inspections.printouts.base import TEXT_SHEETS, Printable, Subject, composed, moment
from inspections.reports.blocks import NOTHING, Annex, Column, Table, Text
from inspections.reports.counting import by_rule, rectification
from inspections.reports.data import Share, SupervisionData, UnitLine, restore
from inspections.reports.rendering import signature_lines, title_size
from inspections.reports.selections import coverage, self_checked, supervised
from shuangjian.accounts.access import get_visible
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_date
from shuangjian.journal.errors import Refused
from shuangjian.policy import calendar

OBJECTION_DAYS = 5  # working days for objections (documents.md §6)
FEWEST = 5  # a smaller count could point to one unit or person and is printed 「少于5」
KINDS = {"school": "学校", "institution": "校外培训机构"}


@dataclass(frozen=True)
class UnitResult:
    name: str
    kind: str
    conclusion: str


@dataclass(frozen=True)
class RuleResult:
    number: int
    title: str
    school: int
    institution: int


@dataclass(frozen=True)
class ResultsData:
    office: str
    term: str
    document_no: str
    from_on: date
    until_on: date
    units: tuple[UnitResult, ...]
    rules: tuple[RuleResult, ...]
    coverage: Share
    self_checked: Share
    methods: tuple[str, ...]
    found: int
    closed: Share
    published_on: date
    objections_until: date
    hotline: str
    hotline_hours: str
    address: str
    as_of: datetime


class PrintedResults(Printable):
    key = "results"
    roles = COUNTY_ROLES
    template = "text"
    asks = ("report",)
    form = ResultsForm
    sheets = TEXT_SHEETS

    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        report = _report(user, parameters.get("report", ""))
        told = (
            ("依据", f"{report.document_no}，{cn_date(report.signed_on)}签发" if report.signed_on else "—"),
            ("内容", "各单位结论（达标、基本达标、未达标，不排名）和问题分布；不含案例、人员和小于5的数"),
        )
        title = f"关于{report.term.short_title}“双减”工作督导结果的公示"
        return Subject(title, None, reverse("report", args=[report.no]), told)

    def take(self, user: User, parameters: Mapping[str, str]) -> ResultsData:
        report = _report(user, parameters.get("report", ""))
        published_on = date.fromisoformat(parameters["published_on"])
        names = the_county()
        frozen = restore(SupervisionData, report.data)
        done = rectification(frozen.problems, frozen.until_on)
        return ResultsData(
            office=frozen.office_name,
            term=frozen.term_title,
            document_no=report.document_no,
            from_on=frozen.from_on,
            until_on=frozen.until_on,
            units=tuple(
                UnitResult(unit.name, KINDS[unit.group], conclusion_of(unit, frozen))
                for unit in supervised(frozen)
            ),
            rules=tuple(_rules(frozen)),
            coverage=coverage(frozen),
            self_checked=self_checked(frozen),
            methods=frozen.methods,
            found=len(frozen.problems),
            closed=Share(done.closed, done.found),
            published_on=published_on,
            objections_until=calendar.add_working_days(published_on, OBJECTION_DAYS).on,
            hotline=names.hotline,
            hotline_hours=names.hotline_hours,
            address=parameters.get("address", ""),
            as_of=frozen.as_of,
        )

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        taken = restore(ResultsData, data)
        title_lines = (f"关于{taken.term}", "“双减”工作督导结果的公示")
        return {
            "title_lines": title_lines,
            "title_size": title_size(title_lines),
            "office": taken.office,
            "blocks": composed(_text(taken).blocks),
            "annexes": [{"title": one.title, "blocks": composed(one.blocks)} for one in _annexes(taken)],
            "signature": signature_lines(taken.office, taken.published_on),
            "date_words": cn_date(taken.published_on),
            "remark": "此件公开发布",
            "as_of": moment(data["as_of"]),
        }


def _report(user: User, no: str) -> SupervisionReport:
    """A county report that stands as signed: a draft, a corrected or withdrawn one is no basis."""
    rows = SupervisionReport.objects.filter(kind=SupervisionReport.Kind.COUNTY).select_related("term")
    report: SupervisionReport = get_visible(rows, user, no=no)
    if report.state != SupervisionReport.State.ISSUED:
        raise Refused("结果公示以已签发的全县督导报告为依据，请先签发")
    return report


def conclusion_of(unit: UnitLine, data: SupervisionData) -> str:
    """达标, 基本达标 or 未达标 by the frozen marks and problems; 没有查清 where nothing is known (P29)."""
    own = [problem for problem in (*data.carried, *data.problems) if problem.unit == unit.name]
    marks = {rule.number: mark for rule, mark in zip(data.rules, unit.marks, strict=True)}
    cases = (Case(problem.rule, problem.closed_on is not None, problem.red_line) for problem in own)
    return str(conclude(marks, cases).label)


def _rules(data: SupervisionData) -> list[RuleResult]:
    groups = {unit.name: unit.group for unit in supervised(data)}
    counted = []
    for row in sorted(by_rule(data.problems), key=lambda row: row.number):
        kinds = [groups.get(problem.unit) for problem in row.problems]
        school, institution = kinds.count("school"), kinds.count("institution")
        if school or institution:
            counted.append(RuleResult(row.number, row.title, school, institution))
    return counted


def masked(count: int) -> str:
    """A count as the public reads it: small ones hidden, nought a dash."""
    if count == 0:
        return NOTHING
    return str(count) if count >= FEWEST else f"少于{FEWEST}"


def _text(data: ResultsData) -> Text:
    methods = f"，采取{'、'.join(data.methods)}等方式" if data.methods else ""
    closed = f"已整改销号{data.closed.count}个（{data.closed}）。" if data.found >= FEWEST else ""
    text = Text()
    text.plain(
        f"根据《教育督导条例》和《中小学生减负措施》（减负三十条），{data.office}于{cn_date(data.from_on)}至"
        f"{cn_date(data.until_on)}{methods}，开展{data.term}“双减”工作督导。现将督导结果公示如下。"
    )
    text.heading("督导范围")
    text.plain(
        f"学校和校外培训机构{len(data.units)}家，实地督导{data.coverage.count}家（{data.coverage}）；"
        f"提交自查{data.self_checked.count}家（{data.self_checked}）。"
    )
    text.heading("督导结论")
    counts = [(word, sum(unit.conclusion == word for unit in data.units)) for word in Conclusion.labels]
    summary = "，".join(f"{word}{count}家" for word, count in counts)
    text.plain(f"{summary}。各单位结论见附件，按名单顺序排列，不分先后。")
    text.plain(DEFINITION)
    text.heading("问题和整改")
    text.plain(f"发现问题{masked(data.found) if data.found else 0}个。{closed}按条目分布如下。")
    if data.rules:
        text.put(_rules_table(data))
    text.heading("公示期限和反映方式")
    text.plain(
        f"公示期{OBJECTION_DAYS}个工作日，自{cn_date(data.published_on)}起至{cn_date(data.objections_until)}止。"
        f"对公示内容有异议的，请在公示期内反映，写明事实；单位反映的加盖公章，个人反映的请留真实姓名和联系方式。"
    )
    hours = f"（{data.hotline_hours}）" if data.hotline_hours else ""
    phone = f"联系电话：{data.hotline}{hours}" if data.hotline else ""
    address = f"地址：{data.address}" if data.address else ""
    if phone or address:
        text.plain(f"{'；'.join(one for one in (phone, address) if one)}。")
    return text


def _rules_table(data: ResultsData) -> Table:
    return Table(
        title="",
        columns=(
            Column("条目", 14),
            Column("名称", 46, is_text=True),
            Column("学校（个）", 20),
            Column("培训机构（个）", 20),
        ),
        rows=tuple(
            (f"第{row.number}条", row.title, masked(row.school), masked(row.institution))
            for row in data.rules
        ),
        note=f"少于{FEWEST}个的不列具体数；“—”为没有。",
    )


def _annexes(data: ResultsData) -> list[Annex]:
    table = Table(
        title="",
        columns=(
            Column("序号", 10),
            Column("单位", 50, is_text=True),
            Column("类别", 22),
            Column("结论", 18),
        ),
        rows=tuple(
            (str(place), unit.name, unit.kind, unit.conclusion) for place, unit in enumerate(data.units, 1)
        ),
        note=DEFINITION,
    )
    return [Annex("各单位督导结论", (table,))]
