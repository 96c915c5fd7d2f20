"""For the tests of 举报和反映: a matter in each state, as it comes about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from inspections.models import Complaint, UnitInquiry
from inspections.workflows import complaints, complaints_public, inquiries
from inspections.workflows.complaints_public import Receipt
from shuangjian import clock
from tests.cast import Cast

WORDS = "三年级2班每晚写到10点，我家孩子周二因为没写完被留到7点"


def registered(cast: Cast, **changed: Any) -> Complaint:
    """Taken down today by the task force: too much homework at A1."""
    facts: dict[str, Any] = {
        "actor": cast.task_force,
        "door": "hotline",
        "kind": "request",
        "topic": "homework",
        "words": WORDS,
        "received_on": clock.today(),
        "organisation": cast.a1,
        "external_no": "",
    }
    return complaints.register(**(facts | changed))


def sent_in(cast: Cast, **changed: Any) -> Receipt:
    """Sent in by the public about A1, without a contact."""
    facts: dict[str, Any] = {
        "topic": "homework",
        "words": WORDS,
        "organisation": cast.a1,
        "township": None,
        "name": "",
        "phone": "",
    }
    return complaints_public.submit(**(facts | changed))


def complaint_in(cast: Cast, state: str, **changed: Any) -> Complaint:
    """A matter in ``state``, handled by the task force."""
    row = registered(cast, **changed)
    office: Any = {"complaint_id": row.pk, "actor": cast.task_force, "version": None}
    if state == "refused":
        return complaints.refuse(words="没有写明是哪个单位", **office)
    if state == "returned":
        return complaints.send_back(words="属于市直学校", **office)
    if state == "received":
        return row
    row = complaints.accept(**office)
    if state == "referred":
        return complaints.refer(office=cast.department, words="云教函〔2026〕31号", **office)
    if state == "paused":
        return complaints.pause(words="等检测结果", **office)
    if state == "merged":
        return complaints.merge(into=registered(cast), **office)
    if state in ("answered", "reverifying", "closed"):
        row = complaints.answer(finding="true", words="三年级平均75分钟，已要求改正", **office)
    if state == "reverifying":
        return complaints_public.ask_reverify(complaint_id=row.pk, words="孩子说还是写到10点")
    return complaints.close(**office) if state == "closed" else row


def inquiry_in(cast: Cast, state: str, unit: str = "a1") -> UnitInquiry:
    """情况核实 to a unit, asked by the task force."""
    row = inquiries.ask(
        actor=cast.task_force,
        organisation=cast.units[unit],
        words="请核实三年级最近两周的书面作业时间",
        due_on=clock.today() + timedelta(days=5),
    )
    now: Any = {"inquiry_id": row.pk, "version": None}
    if state == "withdrawn":
        return inquiries.withdraw(actor=cast.task_force, **now)
    if state == "answered":
        return inquiries.reply(actor=cast.people[f"clerk_{unit}"], words="平均58分钟，附公示", **now)
    return row
