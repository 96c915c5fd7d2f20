"""For the tests of leads: one in each state, as it comes about."""

from __future__ import annotations

from typing import Any

from shuangjian import clock
from tests.cast import Cast
from tutoring.models import Lead
from tutoring.workflows import leads


def registered(cast: Cast, **changed: Any) -> Lead:
    """Registered today by the task force in area A."""
    facts: dict[str, Any] = {
        "actor": cast.task_force,
        "township": cast.town,
        "area": cast.area_a,
        "address": "文教路12号2楼",
        "kind": "daycare",
        "noticed": "门口贴着课程表",
        "source": "patrol",
        "found_on": clock.today(),
    }
    return leads.register(**(facts | changed))


def lead_in(cast: Cast, state: str, **changed: Any) -> Lead:
    """A lead in ``state``; what is handed over is with the department of the cast's partner."""
    lead = registered(cast, **changed)
    today = {"lead_id": lead.pk, "version": None, "on": clock.today()}
    office: Any = cast.task_force
    if state == "ruled_out":
        return leads.rule_out(actor=office, words="是农家书屋", **today)
    if state != "pending":
        lead = leads.verify(actor=office, words="正在上课", **today)
    if state in ("handed_over", "closed"):
        department: Any = cast.department
        lead = leads.hand_over(actor=office, office=department, document_no="云教函〔2026〕18号", **today)
    if state == "closed":
        lead = leads.close(actor=office, words="已停办", **today)
    return lead
