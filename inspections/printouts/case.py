"""案卷 of one problem on paper: every round with measures, proofs and their hashes, decisions, its course.

For whoever must judge it alone, and for the archive (P32). The page /problems/<no>/file/ shows the same with
the files to open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from inspections.case_file import Round, rounds_of
from inspections.models import Extension, Objection, Problem, RectificationTask, Transfer
from inspections.printouts.base import Printable, Subject, moment
from inspections.reports.blocks import NOTHING, Column, Table
from inspections.reports.data import restore
from inspections.selectors import StoryLine, story_of_problem
from shuangjian import clock
from shuangjian.accounts.access import get_visible
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import ANSWER_READERS
from shuangjian.dates import cn_date


@dataclass(frozen=True)
class Section:
    """A part of the case: its lines of text, then its table, if it has any."""

    title: str
    lines: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def table(self) -> Table | None:
        if not self.rows:
            return None
        columns = zip(self.heads, self.widths, strict=True)
        return Table("", tuple(Column(head, width, is_text=True) for head, width in columns), self.rows)


@dataclass(frozen=True)
class CaseData:
    no: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    as_of: datetime


class PrintedCase(Printable):
    key = "case"
    roles = ANSWER_READERS
    template = "case"
    asks = ("problem",)

    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        problem = _problem(user, parameters.get("problem", ""))
        told = (("单位", problem.organisation.name), ("内容", "每次整改、佐证校验值、决定和经过"))
        back = reverse("problem-file", args=[problem.no])
        return Subject(f"问题{problem.no}案卷", problem.organisation, back, told)

    def take(self, user: User, parameters: Mapping[str, str]) -> CaseData:
        return case_data(_problem(user, parameters.get("problem", "")))

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"case": restore(CaseData, data), "as_of": moment(data["as_of"])}


def _problem(user: User, no: str) -> Problem:
    rows = Problem.objects.select_related("organisation", "rule", "item", "prohibition", "found_by")
    problem: Problem = get_visible(rows, user, no=no)
    return problem


def case_data(problem: Problem) -> CaseData:
    """The paper of a case as it stands."""
    sections: list[Section] = []
    for one in rounds_of(problem):
        sections += _round(one)
    story = tuple(reversed(story_of_problem(problem)))
    sections.append(
        Section(
            "经过",
            heads=("时间", "办理人", "事项", "内容"),
            widths=(22, 16, 20, 42),
            rows=tuple(_told(line) for line in story),
        )
    )
    return CaseData(problem.no, _facts(problem), tuple(sections), clock.now())


def _facts(problem: Problem) -> tuple[tuple[str, str], ...]:
    item = f"；检查项{problem.item.short_code} {problem.item.text}" if problem.item else ""
    finder = "" if problem.is_taken_over else f"{problem.found_by.name}，"  # who imported it found nothing
    superior = f"，{problem.superior_no}" if problem.superior_no else ""
    rows = [
        ("单位", f"{problem.organisation.name}（{problem.organisation.code}）"),
        ("条目", f"第{problem.rule.number}条 {problem.rule.title}{item}"),
        ("发现情况", problem.fact),
        (
            "来源",
            f"{problem.origin_told}{superior}；{finder}{cn_date(problem.found_on)}",
        ),
    ]
    if problem.is_taken_over:
        rows.append(("历史台账", f"导入，原编号{problem.old_no}" if problem.old_no else "导入"))
    if problem.prohibition:
        red = "（红线）" if problem.is_red_line else ""
        rows.insert(2, ("禁止事项", f"{problem.prohibition}{red}"))
    return tuple(rows)


def _round(one: Round) -> list[Section]:
    task = one.task
    sections = [Section(f"第{task.ordinal}次整改：{task.get_state_display()}", tuple(_course(task)))]
    measures = task.measures.all()
    if measures:
        sections.append(
            Section(
                "整改措施",
                heads=("计划", "措施", "责任人", "期限", "完成"),
                widths=(12, 44, 14, 15, 15),
                rows=tuple(
                    (
                        f"第{row.plan_version}版",
                        row.text,
                        row.person,
                        row.due_on.isoformat(),
                        row.done_on.isoformat() if row.done_on else NOTHING,
                    )
                    for row in measures
                ),
            )
        )
    if one.evidence:
        sections.append(_evidence(one))
    if task.statement:
        sections.append(Section("整改完成情况", (task.statement,)))
    if task.decisions.all():
        sections.append(_decisions(task))
    sections += [_extension(row) for row in task.extensions.all()]
    sections += [_objection(row) for row in task.objections.all()]
    sections += [_transfer(row) for row in task.transfers.all()]
    sections += [
        Section(
            f"{row.get_kind_display()}：{row.get_state_display()}", (row.words, _by(row.done_by, row.done_at))
        )
        for row in one.rechecks
    ]
    return sections


def _course(task: RectificationTask) -> list[str]:
    lines = [f"整改期限{cn_date(task.due_on)}"]
    if task.acknowledged_at:
        lines.append(f"签收：{_by(task.acknowledged_by, task.acknowledged_at)}")
    if task.state == RectificationTask.State.PAST and task.closed_at:
        lines.append(f"平台启用前已销号，{cn_date(clock.local_day(task.closed_at))}（历史台账导入）")
    elif task.closed_at:
        ended = f"销号{task.close_no}" if task.state == RectificationTask.State.CLOSED else "撤销"
        lines.append(f"{ended}：{_by(task.closed_by, task.closed_at)}")
    return lines


def _evidence(one: Round) -> Section:
    rows = []
    for row in one.evidence:
        whose = row.requirement.title if row.requirement else "其他佐证"
        if row.requirement is None and row.measure is not None:
            whose = f"措施：{row.measure.text}"
        file = row.stored_file
        material = "\n".join(filter(None, [file.original_name if file else "", row.note]))
        rows.append((whose, material, file.sha256 if file else NOTHING, _by(row.added_by, row.added_at)))
    return Section(
        "佐证", heads=("对应要求", "材料", "SHA-256", "提交"), widths=(20, 30, 28, 22), rows=tuple(rows)
    )


def _decisions(task: RectificationTask) -> Section:
    rows = []
    for row in task.decisions.all():
        method = f"（{row.get_method_display()}）" if row.method else ""
        missing = f"还缺：{row.missing}；{_day(row.missing_by)}前补齐" if row.missing else ""
        number = f"文号{row.document_no}" if row.document_no else ""
        words = "\n".join(filter(None, [row.words, missing, number])) or NOTHING
        rows.append((f"{row.get_kind_display()}{method}", words, _by(row.decided_by, row.decided_at)))
    return Section("审核、核查和决定", heads=("事项", "内容", "办理"), widths=(24, 50, 26), rows=tuple(rows))


def _extension(row: Extension) -> Section:
    lines = [
        f"由{cn_date(row.from_on)}延至{cn_date(row.to_on)}（{row.days}天），{row.get_ground_display()}：{row.words}",
        f"{'办理' if row.is_direct else '申请'}：{_by(row.asked_by, row.asked_at)}",
    ]
    if row.decided_at and not row.is_direct:
        lines.append(f"批复：{row.answer}　{_by(row.decided_by, row.decided_at)}")
    return Section(f"延期：{row.get_state_display()}", tuple(lines))


def _objection(row: Objection) -> Section:
    lines = [row.words, f"提出：{_by(row.asked_by, row.asked_at)}"]
    if row.decided_at:
        lines.append(f"答复：{row.answer}　{_by(row.decided_by, row.decided_at)}")
    return Section(f"异议：{row.get_state_display()}", tuple(lines))


def _transfer(row: Transfer) -> Section:
    lines = [
        f"移交给{row.department.name}，移交函{row.letter_no}，{cn_date(row.sent_at)}，{cn_date(row.report_by)}前反馈",
        f"理由：{row.reason}",
    ]
    told = (("不予接收", row.contest_words), ("维持移交", row.insist_words), ("回执", row.receipt_no))
    lines += [f"{label}：{words}" for label, words in told if words]
    if row.result:
        lines.append(f"办理结果：{row.result}{f'（{row.result_no}）' if row.result_no else ''}")
    return Section(f"移交：{row.get_state_display()}", tuple(lines))


def _told(line: StoryLine) -> tuple[str, ...]:
    words: Sequence[str] = [one for one in (line.words, line.new_date) if one]
    return _moment(line.at), line.who, line.what, "　".join(words) or NOTHING


def _by(person: Any, at: datetime | None) -> str:
    return "，".join(filter(None, [person.name if person else "", _moment(at) if at else ""]))


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{cn_date(local)}{local:%H:%M}"


def _day(on: date | None) -> str:
    return cn_date(on) if on else NOTHING
