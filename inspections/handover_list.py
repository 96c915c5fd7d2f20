"""The list of a 交接书: what carries the giver's name, and what waits for whoever holds the post."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from inspections import recusal
from inspections.desk import desk_of
from inspections.desk_union import CONFIRM_HANDOVER
from inspections.models import Handover, HandoverItem, Visit
from inspections.named_duties import authorities_of, cases_of, visits_of
from inspections.workflows import oversight
from shuangjian.dates import cn_short

Kind = HandoverItem.Kind


@dataclass(frozen=True)
class Line:
    """One thing that passes over: what becomes of it, or why it cannot pass (``fault``)."""

    kind: str
    no: str
    words: str
    outcome: str
    fault: str = ""


@dataclass(frozen=True)
class HandoverList:
    """All lines of one handover in its order: visits, cases, authority, then what follows the post itself."""

    lines: list[Line]

    @property
    def faults(self) -> list[str]:
        return [line.fault for line in self.lines if line.fault]

    def of(self, kind: str) -> list[Line]:
        return [line for line in self.lines if line.kind == kind]

    @property
    def groups(self) -> list[tuple[str, list[Line]]]:
        return [(kind.label, lines) for kind in Kind if (lines := self.of(kind))]


def list_of(row: Handover) -> HandoverList:
    """The live list, judged for the taker of today."""
    return HandoverList([*_visit_lines(row), *_case_lines(row), *_authority_lines(row), *_waiting_lines(row)])


def _visit_lines(row: Handover) -> list[Line]:
    visits = list(visits_of(row.giver, row.organisation, row.role))
    barred = recusal.barred_units([row.taker]) if visits else {}
    lines = []
    for visit in visits:
        planned = visit.state == Visit.State.PLANNED
        why = recusal.why_not(row.taker, visit.organisation, barred)
        lines.append(
            Line(
                Kind.VISIT,
                visit.no,
                f"{visit.organisation.name}，{cn_short(visit.planned_on)}，{visit.get_state_display()}",
                f"改由{row.taker.name}前往" if planned else f"{row.taker.name}加入，移交人已查的照旧署名",
                f"{visit.no}：{why}，请先取消这次督导另行安排" if why else "",
            )
        )
    return lines


def _case_lines(row: Handover) -> list[Line]:
    lines = []
    for task in cases_of(row.giver, row.organisation, row.role):
        problem = task.problem
        why = oversight.why_not(task, row.taker)
        outcome = f"改由{row.taker.name}督办" if not why else "督办人空缺，由专班另行指定"
        about = f"{problem.organisation.name}，第{problem.rule.number}条，{cn_short(task.due_on)}到期"
        lines.append(Line(Kind.CASE, problem.no, about, outcome))
    return lines


def _authority_lines(row: Handover) -> list[Line]:
    return [
        Line(Kind.AUTHORITY, held.document_no, f"至{cn_short(held.until_on)}", "随离岗终止，接手人另行授权")
        for held in authorities_of(row.giver, row.organisation, row.role)
    ]


def _waiting_lines(row: Handover) -> list[Line]:
    """What waits on the giver's desk by his posts. It needs no passing on: the post's next holder has it."""
    if not row.giver.is_active:
        return []
    known = {visit.no for visit in visits_of(row.giver, row.organisation, row.role)}
    rows = [found for group in desk_of(row.giver).groups for found in group.rows]
    return [
        Line(Kind.WAITING, found.about[:80], f"{found.what}，{_by(found.due_on)}", "随岗位转到接手人的待办")
        for found in rows
        if found.about.split(" ")[0] not in known and found.what != CONFIRM_HANDOVER
    ]


def _by(due_on: date | None) -> str:
    return f"{cn_short(due_on)}前" if due_on else "没有期限"
