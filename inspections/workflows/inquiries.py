"""情况核实: a unit is asked to look into facts in the office's own words, and answers.

Behind it may stand a matter that somebody reported; nothing of it says so (P22). Whoever asks confirms that
nobody can be guessed from the words.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from inspections import notices
from inspections.complaints.topics import goes_to_unit
from inspections.models import Complaint, ComplaintStep, UnitInquiry
from inspections.workflows import complaints
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Transition, acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.selectors import people_of
from shuangjian.dates import cn_short
from shuangjian.journal import audit, numbers
from shuangjian.journal.errors import Refused

S = UnitInquiry.State


def _t(label: str, target: str, right: str) -> Transition:
    return Transition(
        label=label, source=frozenset({S.ASKED}), target=target, permission=f"inspections.{right}_inquiry"
    )


TRANSITIONS = {
    "reply": _t("说明情况", S.ANSWERED, "reply"),
    "withdraw": _t("撤回核实要求", S.WITHDRAWN, "keep"),
}
MACHINE: Machine[UnitInquiry] = Machine(UnitInquiry, "inspections.inquiry", TRANSITIONS)
audit.name_actions({"inspections.inquiry.asked": "请单位核实情况"})


def ask(
    *, actor: User, organisation: Organisation, words: str, due_on: date, complaint: Complaint | None = None
) -> UnitInquiry:
    """Ask the unit. Raises Refused for a day that is not to come or a unit that no longer works."""
    if due_on <= clock.today():
        raise Refused("说明期限要晚于今天")
    if not organisation.is_unit or not organisation.is_active:
        raise Refused("请选择正常办学的学校或机构")
    year = clock.today().year
    with transaction.atomic():
        row = UnitInquiry.objects.create(
            no=f"{year}-H{numbers.take('inquiry', year):04d}",
            organisation=organisation,
            words=words,
            due_on=due_on,
            complaint=complaint,
            asked_by=actor,
            asked_at=clock.now(),
        )
        audit.record(
            action="inspections.inquiry.asked",
            subject=row,
            actor=actor,
            organisation=organisation,
            role=acting_role(actor),
            after={"state": row.state, "due_on": due_on},
        )
        _tell(row, people_of(organisation), "asked", f"请核实情况并在{cn_short(due_on)}前说明")
    return row


def ask_for(
    *, complaint_id: int, actor: User, version: int | None, words: str, due_on: date, is_safe: bool
) -> Complaint:
    """The move of a matter. Raises Refused where it must not go to its unit, or the words are unchecked."""
    with complaints.moving("ask-unit", complaint_id, actor, version) as step:
        row = step.row
        if row.organisation is None:
            raise Refused("还没有写明是哪个单位，请先更正登记")
        if not goes_to_unit(row):
            raise Refused("涉及红线、收费、教师违纪的，不交被反映的单位自查，请到校核实")
        if not is_safe:
            raise Refused("请确认不能从这段话推断出反映人")
        inquiry = ask(actor=actor, organisation=row.organisation, words=words, due_on=due_on, complaint=row)
        step.after["inquiry"] = inquiry.no
        ComplaintStep.objects.create(
            complaint=row, kind=ComplaintStep.Kind.ASKED_UNIT, words=inquiry.no, by=actor, at=clock.now()
        )
    return row


def reply(*, inquiry_id: int, actor: User, version: int | None, words: str) -> UnitInquiry:
    """说明情况, by the unit's own people."""
    with MACHINE.moving("reply", **_of(inquiry_id, actor, version)) as step:
        row = step.row
        row.reply, row.replied_by, row.replied_at = words, actor, clock.now()
        _tell(row, User.objects.filter(pk=row.asked_by_id), "replied", f"{row.organisation.name}已说明情况")
    return row


def withdraw(*, inquiry_id: int, actor: User, version: int | None) -> UnitInquiry:
    """撤回: the unit need not answer."""
    with MACHINE.moving("withdraw", **_of(inquiry_id, actor, version)) as step:
        _tell(
            step.row,
            people_of(step.row.organisation),
            "withdrawn",
            f"情况核实{step.row.no}已撤回，不用再说明",
        )
    return step.row


def _of(inquiry_id: int, actor: User, version: int | None) -> dict[str, Any]:
    rows = UnitInquiry.objects.select_related("organisation")
    return {"row_id": inquiry_id, "actor": actor, "version": version, "queryset": rows}


def _tell(row: UnitInquiry, people: Any, what: str, title: str) -> None:
    notices.tell(people, f"inquiry.{what}", row, row.get_absolute_url(), title)
