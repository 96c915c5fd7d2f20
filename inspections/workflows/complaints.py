"""举报和反映 on their way: registered from every door, accepted, looked into, answered, closed.

Each step is one move by one person, kept as a ``ComplaintStep``. The earliest running clock is the row's
``due_on`` and named. What a unit is asked is an inquiry of its own (``workflows.inquiries``); what the public
does is in ``workflows.complaints_public``. Source: practice.md P22; workflow.md §9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from inspections import notices
from inspections.complaints import alerts, limits, routing, sealing
from inspections.models import Complaint, ComplaintContact, ComplaintPhoto, ComplaintStep, Problem, Visit
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Move, Transition, acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import holders
from shuangjian.accounts.units import ChangeLog
from shuangjian.dates import cn_short
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, numbers
from shuangjian.journal.errors import Refused
from shuangjian.policy import calendar
from shuangjian.policy.workflows import counting

S, K = Complaint.State, ComplaintStep.Kind
_OPEN = {S.RECEIVED, S.ACCEPTED, S.PAUSED, S.REVERIFYING}
_HANDLED = {S.ACCEPTED, S.REVERIFYING}
_ENDED = {S.ANSWERED, S.CLOSED}


def _t(label: str, source: Iterable[str], target: str | None, right: str) -> Transition:
    return Transition(
        label=label, source=frozenset(source), target=target, permission=f"inspections.{right}_complaint"
    )


TRANSITIONS = {
    "accept": _t("受理", {S.RECEIVED}, S.ACCEPTED, "handle"),
    "answer": _t("答复", _HANDLED, S.ANSWERED, "handle"),
    "close": _t("办结反映", {S.ANSWERED}, S.CLOSED, "handle"),
    "resume": _t("恢复计时", {S.PAUSED}, S.ACCEPTED, "handle"),
    "ask-unit": _t("请单位核实情况", _HANDLED, None, "handle"),
    "to-problem": _t("登记为问题", _HANDLED | {S.ANSWERED}, None, "handle"),
    "to-visit": _t("转入督导", _HANDLED | {S.ANSWERED}, None, "handle"),
    "call-back": _t("登记回访", _ENDED, None, "handle"),
    "record-result": _t("登记办理结果", {S.REFERRED}, None, "handle"),
    "assign": _t("交经办人", _OPEN, None, "dispatch"),
    "refer": _t("转其他部门", {S.RECEIVED, S.ACCEPTED}, S.REFERRED, "handle"),
    "merge": _t("并案", {S.RECEIVED, S.ACCEPTED}, S.MERGED, "handle"),
    "pause": _t("暂停计时", {S.ACCEPTED}, S.PAUSED, "handle"),
    "extend": _t("延长期限", {S.ACCEPTED}, None, "extend"),
    "return": _t("退单", {S.RECEIVED, S.ACCEPTED}, S.RETURNED, "handle"),
    "refuse": _t("不予受理", {S.RECEIVED}, S.REFUSED, "handle"),
    "reverify": _t("申请重新核实", {S.ANSWERED, S.CLOSED}, S.REVERIFYING, "handle"),
    "correct": _t("更正登记", _OPEN, None, "handle"),
}
# Asked for by who reported it, under his number and code (``complaints_public``): no button of the staff's.
BY_THE_PUBLIC = frozenset({"reverify"})
MACHINE: Machine[Complaint] = Machine(Complaint, "inspections.complaint", TRANSITIONS)
audit.name_actions(
    {
        "inspections.complaint.registered": "登记反映",
        "inspections.complaint.contact_shown": "查看反映人联系方式",
        "inspections.complaint.recounted": "按公布的放假安排重算办理期限",
    }
)


# --- Registering ------------------------------------------------------------------------------------------
def register(
    *,
    actor: User | None,
    door: str,
    kind: str,
    topic: str,
    words: str,
    received_on: date,
    organisation: Organisation | None = None,
    township: Organisation | None = None,
    name: str = "",
    phone: str = "",
    external_no: str = "",
    handed_on: date | None = None,
    sign_by: date | None = None,
    finish_by: date | None = None,
    files: Iterable[StoredFile] = (),
    code: str = "",
) -> Complaint:
    """Take down a matter; ``actor`` None: the public itself, which then holds ``code``.

    The officer of its kind and place gets it, else the task force decides. Raises Refused for an order taken
    down before, a day to come, dates in the wrong order.
    """
    today = clock.today()
    if received_on > today or (handed_on and handed_on > received_on):
        raise Refused("收到日期不能晚于今天，交办日期不能晚于收到日期")
    if external_no and (old := Complaint.objects.filter(door=door, external_no=external_no).first()):
        raise Refused(f"来件{external_no}已登记为{old.no}")
    with transaction.atomic():
        no = f"{today.year}-F{numbers.take('complaint', today.year):04d}"
        row = Complaint(
            no=no,
            door=door,
            kind=kind,
            topic=topic,
            organisation=organisation,
            township=township or (organisation.township if organisation else None),
            words=words,
            is_anonymous=not phone,
            external_no=external_no,
            received_on=received_on,
            handed_on=handed_on,
            sign_by=sign_by,
            finish_by=finish_by,
            code_digest=sealing.digest_of(no, code) if code else "",
            created_by=actor,
            created_at=clock.now(),
        )
        row.officer = routing.officer_of(row)
        row.save()
        if phone:
            ComplaintContact.objects.create(complaint=row, sealed=sealing.seal(name, phone))
        ComplaintPhoto.objects.bulk_create(ComplaintPhoto(complaint=row, stored_file=file) for file in files)
        set_clock(row)
        row.save(update_fields=["due_on", "due_by"])
        _write(row, K.RECEIVED, actor, is_public=True)
        audit.record(
            action="inspections.complaint.registered",
            subject=row,
            actor=actor,
            role=acting_role(actor),
            after={"state": row.state, "door": door, "kind": kind, "topic": topic, "due_on": row.due_on},
        )
        tell_officer(row, "registered", f"{row.get_door_display()}{row.no}待受理，请在{_by(row)}前受理")
        alerts.raise_for(row)
    return row


# --- Taking it up ------------------------------------------------------------------------------------------
def accept(*, complaint_id: int, actor: User, version: int | None, words: str = "") -> Complaint:
    """受理. Raises Refused for what concerns a teacher's conduct: 人事 or 纪检 handle it (P22)."""
    with moving("accept", complaint_id, actor, version) as step:
        if step.row.kind == Complaint.Kind.DISCIPLINE:
            raise Refused("涉教师违纪的转人事或纪检部门办理，请选“转其他部门”")
        _enter(step, S.ACCEPTED)
        _add(step, K.ACCEPTED, words, is_public=True)
        if step.row.officer is None:
            step.row.officer = actor
    return step.row


def refuse(*, complaint_id: int, actor: User, version: int | None, words: str) -> Complaint:
    """不予受理, with the reason that who reported it reads."""
    return _end("refuse", S.REFUSED, K.REFUSED, complaint_id, actor, version, words, is_public=True)


def send_back(*, complaint_id: int, actor: User, version: int | None, words: str) -> Complaint:
    """退单 to who sent the order. Raises Refused for what is no order."""
    with moving("return", complaint_id, actor, version) as step:
        if step.row.door not in Complaint.ORDERED:
            raise Refused("只有12345工单、上级交办和领导信箱的来件可以退单")
        _enter(step, S.RETURNED)
        _add(step, K.RETURNED, words)
    return step.row


def refer(
    *, complaint_id: int, actor: User, version: int | None, office: Organisation, words: str
) -> Complaint:
    """转其他部门: who reported it reads to which; the matter ends here, its result is written down later."""
    with moving("refer", complaint_id, actor, version) as step:
        if office.kind != Organisation.Kind.OFFICE or not office.is_active:
            raise Refused("请选择在用的部门")
        step.row.referred_to = office
        step.after["referred_to"] = office.pk
        _enter(step, S.REFERRED)
        _add(step, K.REFERRED, f"转{office.name}办理", is_public=True)
        _write(step.row, K.REFERRED, actor, words)
    return step.row


def record_result(
    *, complaint_id: int, actor: User, version: int | None, finding: str, words: str
) -> Complaint:
    """What the other department found: for the counts; it answered itself."""
    with moving("record-result", complaint_id, actor, version) as step:
        step.row.finding = finding
        step.after["finding"] = finding
        _add(step, K.ANSWERED, words)
    return step.row


def merge(
    *, complaint_id: int, actor: User, version: int | None, into: Complaint, words: str = ""
) -> Complaint:
    """并案: the same matter again. Nothing is deleted; who reported it follows the other one's course."""
    with moving("merge", complaint_id, actor, version) as step:
        if into.pk == step.row.pk or into.state not in (*_OPEN, S.ANSWERED, S.CLOSED):
            raise Refused("请选择另一件正在办理或已办结的反映")
        step.row.merged_into = into
        step.after["merged_into"] = into.no
        _enter(step, S.MERGED)
        _add(step, K.MERGED, f"并入{into.no}" + (f"\n{words}" if words else ""))
        _write(into, K.MERGED, actor, f"{step.row.no}并入本件")
    return step.row


def assign(*, complaint_id: int, actor: User, version: int | None, officer: User) -> Complaint:
    """Give it to an officer. Raises Refused where a second look would come to who answered first."""
    with moving("assign", complaint_id, actor, version) as step:
        row = step.row
        if not routing.officers().filter(pk=officer.pk).exists():
            raise Refused("请选择双减专班或科室的人员")
        if row.state == S.REVERIFYING and officer.pk == row.answered_by_id:
            raise Refused("重新核实由另一人办理，请改选")
        step.before["officer"], step.after["officer"] = row.officer_id, officer.pk
        row.officer = officer
        _add(step, K.ASSIGNED, officer.name)
        tell_officer(row, "assigned", f"反映{row.no}交由您办理，请在{_by(row)}前{_next(row)}")
    return row


# --- Clocks -----------------------------------------------------------------------------------------------
def pause(*, complaint_id: int, actor: User, version: int | None, words: str) -> Complaint:
    """暂停计时: an appraisal, a court, the reporter's own wish. Orders and 信访 keep their dates."""
    with moving("pause", complaint_id, actor, version) as step:
        step.row.paused_on = clock.today()
        _enter(step, S.PAUSED)
        _add(step, K.PAUSED, words, is_public=True)
    return step.row


def resume(*, complaint_id: int, actor: User, version: int | None, words: str = "") -> Complaint:
    """恢复计时: the county's own limit moves by the working days that the pause took."""
    with moving("resume", complaint_id, actor, version) as step:
        row = step.row
        assert row.paused_on is not None  # noqa: S101  (the database's own constraint)
        row.paused_days += calendar.working_days_between(row.paused_on, clock.today())
        row.paused_on = None
        _enter(step, S.ACCEPTED)
        _add(step, K.RESUMED, words, is_public=True)
    return row


def extend(*, complaint_id: int, actor: User, version: int | None, words: str) -> Complaint:
    """延长期限, once, by the leader (信访工作条例 allows at most 30 days with his approval)."""
    with moving("extend", complaint_id, actor, version) as step:
        row = step.row
        if row.extended_days:
            raise Refused("已延长过一次，不能再延长")
        step.before["due_on"] = row.due_on
        row.extended_days = limits.days_of(row.kind).extend
        set_clock(row)
        step.after |= {"due_on": row.due_on, "days": row.extended_days}
        _add(step, K.EXTENDED, f"延长{row.extended_days}个工作日。{words}", is_public=True)
        tell_officer(row, "extended", f"反映{row.no}延长至{_by(row)}")
    return row


# --- Answering --------------------------------------------------------------------------------------------
def answer(*, complaint_id: int, actor: User, version: int | None, finding: str, words: str) -> Complaint:
    """答复: the finding, and the words that who reported it reads. Raises Refused while a unit owes facts."""
    with moving("answer", complaint_id, actor, version) as step:
        row = step.row
        if row.inquiries.filter(state="asked").exists():
            raise Refused("单位还没有说明情况，请等说明或先撤回核实要求")
        row.finding, row.answer, row.answered_on, row.answered_by = finding, words, clock.today(), actor
        step.after |= {"finding": finding, "answered_on": row.answered_on}
        _enter(step, S.ANSWERED)
        _add(step, K.ANSWERED, words, is_public=True)
    return row


def call_back(
    *, complaint_id: int, actor: User, version: int | None, satisfied: str, words: str = ""
) -> Complaint:
    """登记回访."""
    with moving("call-back", complaint_id, actor, version) as step:
        if step.row.is_anonymous and satisfied != Complaint.Satisfied.UNREACHED:
            raise Refused("没有留联系方式，回访结果只能登记“联系不上”")
        step.row.satisfied = satisfied
        step.after["satisfied"] = satisfied
        _add(step, K.CALLED_BACK, words)
    return step.row


def close(*, complaint_id: int, actor: User, version: int | None, words: str = "") -> Complaint:
    """办结: it stays reachable by number and code, and may still be asked to be looked into again, once."""
    return _end("close", S.CLOSED, K.CLOSED, complaint_id, actor, version, words)


def to_problem(
    *, complaint_id: int, actor: User, version: int | None, make: Callable[[], Problem]
) -> Complaint:
    """The problem that ``make`` registers for it, both or neither; its fact is in the office's words."""
    with moving("to-problem", complaint_id, actor, version) as step:
        if step.row.problem_id is not None:
            raise Refused("已登记过问题")
        step.row.problem = problem = make()
        step.after["problem"] = problem.no
        _add(step, K.LINKED, f"登记问题{problem.no}")
    return step.row


def to_visit(*, complaint_id: int, actor: User, version: int | None, visit: Visit) -> Complaint:
    """转入督导: a visit at the unit looks into it; the inspectors get no words of the matter."""
    with moving("to-visit", complaint_id, actor, version) as step:
        if visit.organisation_id != step.row.organisation_id:
            raise Refused("请选择对这个单位的督导")
        step.row.visit = visit
        step.after["visit"] = visit.no
        _add(step, K.LINKED, f"转入督导{visit.no}")
    return step.row


def correct(*, complaint_id: int, actor: User, version: int | None, values: dict[str, Any]) -> Complaint:
    """更正登记: unit, kind, topic and dates as they should have been; the words stay as they came."""
    with moving("correct", complaint_id, actor, version) as step:
        row, log = step.row, ChangeLog()
        log.apply(row, values)
        if not log:
            raise Refused("没有改动，请修改后再提交")
        if row.organisation is not None:
            row.township = row.organisation.township
        set_clock(row)
        step.before |= log.before
        step.after |= log.after
        _add(step, K.CORRECTED, "\n".join(log.lines))
    return row


def show_contact(*, complaint_id: int, actor: User) -> tuple[str, str]:
    """(name, phone), each look on record. Raises Refused where there is none."""
    with transaction.atomic():
        contact = ComplaintContact.objects.select_related("complaint").filter(complaint=complaint_id).first()
        if contact is None:
            raise Refused("没有留联系方式")
        found = sealing.unseal(contact.sealed)
        audit.record(
            action="inspections.complaint.contact_shown",
            subject=contact.complaint,
            actor=actor,
            role=acting_role(actor),
        )
    return found


# --- What every move does ---------------------------------------------------------------------------------
def moving(
    key: str, complaint_id: int, actor: User | None, version: int | None, *, is_granted: bool = False
) -> AbstractContextManager[Move[Complaint]]:
    rows = Complaint.objects.select_related("organisation", "township", "officer")
    return MACHINE.moving(
        key,
        row_id=complaint_id,
        actor=actor,  # type: ignore[arg-type]  # None is the public
        version=version,
        queryset=rows,
        is_granted=is_granted,
    )


def set_clock(row: Complaint) -> None:
    """Write the earliest running clock into the row, with how the county's own was counted."""
    clocks = limits.clocks_of(row)
    row.due_on, row.due_by = (clocks[0].on, clocks[0].name) if clocks else (None, "")
    for one in clocks:
        if one.counted is not None and row.due_on is not None:
            counting.keep(row, "due_on", one.counted, on=row.due_on)


def _enter(step: Move[Complaint], state: str) -> None:
    """The state as the move will leave it, and the clock that runs in it."""
    step.row.state = state
    set_clock(step.row)
    step.after |= {"state": state, "due_on": step.row.due_on}


def _end(
    key: str,
    state: str,
    kind: ComplaintStep.Kind,
    complaint_id: int,
    actor: User,
    version: int | None,
    words: str,
    *,
    is_public: bool = False,
) -> Complaint:
    with moving(key, complaint_id, actor, version) as step:
        _enter(step, state)
        _add(step, kind, words, is_public=is_public)
    return step.row


def _add(
    step: Move[Complaint], kind: ComplaintStep.Kind, words: str = "", *, is_public: bool = False
) -> None:
    _write(step.row, kind, step.actor, words, is_public=is_public)
    step.note = words


def _write(
    row: Complaint, kind: ComplaintStep.Kind, actor: User | None, words: str = "", *, is_public: bool = False
) -> None:
    ComplaintStep.objects.create(
        complaint=row, kind=kind, words=words, is_public=is_public, by=actor, at=clock.now()
    )


def _by(row: Complaint) -> str:
    return cn_short(row.due_on) if row.due_on else "期限"


def _next(row: Complaint) -> str:
    return "受理" if row.state == S.RECEIVED else "答复"


def tell(row: Complaint, people: QuerySet[User], what: str, title: str) -> None:
    """A notice without a word of the matter itself: it may leave the county's network."""
    notices.tell(people, f"complaint.{what}", row, row.get_absolute_url(), title)


def tell_officer(row: Complaint, what: str, title: str) -> None:
    tell(row, officers_of(row), what, title)


def officers_of(row: Complaint) -> QuerySet[User]:
    """Its officer; while nobody has it, the task force."""
    return User.objects.filter(pk=row.officer_id) if row.officer_id else holders(Role.TASK_FORCE)
