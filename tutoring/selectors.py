"""What the page of a lead shows besides its facts: its course, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shuangjian.dates import cn_short
from tutoring.models import Lead, LeadStep


@dataclass(frozen=True)
class LeadLine:
    """One line of a lead's course (经过)."""

    at: datetime
    text: str
    note: str = ""


def course_of(lead: Lead) -> list[LeadLine]:
    """The course of a lead, newest first, down to its registration."""
    steps = lead.steps.select_related("by", "office").order_by("-pk")
    lines = [LeadLine(step.at, f"{step.by.name} {_what(step)}", step.words) for step in steps]
    return [*lines, LeadLine(lead.created_at, f"{lead.created_by.name} 登记线索点")]


def _what(step: LeadStep) -> str:
    """移交云溪县市场监督管理局，云教函〔2026〕31号，11月3日"""
    about = step.get_kind_display()
    if step.office is not None and step.kind in (LeadStep.Kind.HANDED_OVER, LeadStep.Kind.TAKEN_BACK):
        about += f"：{step.office.name}"
    parts = [about, step.document_no]
    if step.kind not in LeadStep.ABOUT_THE_RECORD:
        parts.append(cn_short(step.on))
    return "，".join(filter(None, parts))


def next_step_of(lead: Lead) -> str:
    """Who does what next, in one sentence."""
    match lead.state:
        case Lead.State.PENDING:
            who = f"{lead.area.name}责任督学" if lead.area else "双减专班或督导室"
            return f"下一步：{who}到现场核实"
        case Lead.State.VERIFIED:
            return "下一步：双减专班或督导室移交有关部门"
        case Lead.State.HANDED_OVER if lead.replied_on is None:
            return f"下一步：{lead.handed_to}办理并回复结果"
        case Lead.State.HANDED_OVER:
            return "下一步：双减专班或督导室看过部门回复后办结"
        case Lead.State.CLOSED:
            return "已办结"
        case _:
            return "核实不属实，已排除"
