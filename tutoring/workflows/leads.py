"""线索点 on their way: registered, checked, handed over to a department and closed by it, or ruled out.

Each step is one move by one person, kept as a ``LeadStep``; what was registered changes only by a correction
that names the old words. Source: practice.md P14 (the register), P10 (handing over to other departments, on
paper where they have no account), P22 (whoever reported it is not passed on).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from shuangjian import clock
from shuangjian.accounts.machine import Machine, Move, Transition, acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.permissions import holders_of
from shuangjian.accounts.roles import OFFICE_ROLES, Role
from shuangjian.accounts.selectors import holders, people_of
from shuangjian.accounts.units import ChangeLog
from shuangjian.dates import cn_date
from shuangjian.journal import audit, numbers, outbox
from shuangjian.journal.errors import NotAllowed, Refused
from tutoring.models import Lead, LeadStep

S, K = Lead.State, LeadStep.Kind


def _t(label: str, source: set[str], target: str | None, right: str) -> Transition:
    return Transition(
        label=label, source=frozenset(source), target=target, permission=f"tutoring.{right}_lead"
    )


TRANSITIONS = {
    "verify": _t("核实属实", {S.PENDING}, S.VERIFIED, "check"),
    "rule-out": _t("核实不属实", {S.PENDING}, S.RULED_OUT, "check"),
    "hand-over": _t("移交部门", {S.VERIFIED}, S.HANDED_OVER, "handle"),
    "reply": _t("回复办理结果", {S.HANDED_OVER}, None, "answer"),
    "close": _t("办结线索点", {S.HANDED_OVER}, S.CLOSED, "handle"),
    "take-back": _t("收回移交", {S.HANDED_OVER}, S.VERIFIED, "handle"),
    "link": _t("关联机构", {S.PENDING, S.VERIFIED, S.HANDED_OVER, S.CLOSED}, None, "handle"),
    "correct": _t("更正线索点", {S.PENDING, S.VERIFIED, S.HANDED_OVER}, None, "correct"),
}
MACHINE: Machine[Lead] = Machine(Lead, "tutoring.lead", TRANSITIONS)
audit.name_actions({"tutoring.lead.registered": "登记线索点"})


# --- Where and when ------------------------------------------------------------


def townships_for(user: User) -> QuerySet[Organisation]:
    """Where the person registers leads: the office anywhere, an inspector where his areas have a unit."""
    towns = Organisation.objects.filter(kind=Organisation.Kind.TOWNSHIP)
    if user.has_role(*OFFICE_ROLES):
        return towns
    units = Organisation.objects.units().filter(area__in=user.unit_ids([Role.AREA_INSPECTOR]))
    return towns.filter(pk__in=units.values("township"))


def areas_for(user: User) -> QuerySet[Organisation]:
    """The areas that the person may put a lead into."""
    areas = Organisation.objects.areas()
    if user.has_role(*OFFICE_ROLES):
        return areas
    return areas.filter(pk__in=user.unit_ids([Role.AREA_INSPECTOR]))


def area_of(township: Organisation) -> Organisation | None:
    """The one area in which the township's units lie, None where there is none yet.

    Raises Refused where the township belongs to several (they cross, decisions.md "Units"): then whoever
    registers says which.
    """
    units = Organisation.objects.units().active().filter(township=township)
    areas = list(Organisation.objects.filter(pk__in=units.values("area")).order_by("code"))
    if len(areas) > 1:
        raise Refused(f"{township.name}跨{'、'.join(area.name for area in areas)}，请选定一个")
    return areas[0] if areas else None


def fault_of_day(lead: Lead, on: date) -> str:
    """Why the lead's next step cannot have been on this day; empty where it can."""
    if on > clock.today():
        return "日期不能晚于今天"
    steps = lead.steps.exclude(kind__in=LeadStep.ABOUT_THE_RECORD)
    last = steps.order_by("-on", "-pk").first()
    since, what = (last.on, last.get_kind_display()) if last else (lead.found_on, "发现")
    if on < since:
        return f"日期不能早于{what}的日期（{cn_date(since)}）"
    return ""


# --- Registering -----------------------------------------------------------------


def register(
    *,
    actor: User,
    township: Organisation,
    address: str,
    kind: str,
    noticed: str,
    source: str,
    found_on: date,
    area: Organisation | None = None,
    found_by: User | None = None,
) -> Lead:
    """Take down a lead with its number; ``found_by`` None: the actor. Tells whoever checks it.

    Raises NotAllowed, Refused (which area, a day to come).
    """
    area = area or area_of(township)
    if not actor.has_perm("tutoring.register_lead", Lead(area=area)):
        raise NotAllowed("线索点由双减专班、督导室和本责任区的责任督学登记")
    if not townships_for(actor).filter(pk=township.pk).exists():
        raise NotAllowed(f"{township.name}不在您的督学责任区")
    if found_on > clock.today():
        raise Refused("发现日期不能晚于今天")
    year = clock.today().year
    with transaction.atomic():
        row = Lead.objects.create(
            no=f"{year}-L{numbers.take('lead', year):04d}",
            township=township,
            area=area,
            address=address,
            kind=kind,
            noticed=noticed,
            source=source,
            found_by=found_by or actor,
            found_on=found_on,
            created_by=actor,
            created_at=clock.now(),
        )
        audit.record(
            action="tutoring.lead.registered",
            subject=row,
            actor=actor,
            organisation=area,
            role=acting_role(actor),
            after={
                "state": row.state,
                "kind": kind,
                "source": source,
                "township": township.pk,
                "area": row.area_id,
                "found_on": found_on,
            },
            note=noticed,
        )
        _tell(row, _checkers(row), actor, "registered", f"新登记线索点{row.no}，请核实")
    return row


# --- Checking ------------------------------------------------------------------------


def verify(*, lead_id: int, actor: User, version: int | None, on: date, words: str) -> Lead:
    """核实属实: somebody went there and it is so. Tells the office, which hands it over."""
    with _moving("verify", lead_id, actor, version) as step:
        _add(step, K.VERIFIED, on=on, words=words)
        _tell(step.row, _office(), actor, "verified", f"线索点{step.row.no}核实属实，请移交有关部门")
    return step.row


def rule_out(*, lead_id: int, actor: User, version: int | None, on: date, words: str) -> Lead:
    """核实不属实: the lead ends here, with what was seen."""
    with _moving("rule-out", lead_id, actor, version) as step:
        _add(step, K.RULED_OUT, on=on, words=words)
    return step.row


# --- Handing over ----------------------------------------------------------------------


def hand_over(
    *,
    lead_id: int,
    actor: User,
    version: int | None,
    on: date,
    office: Organisation,
    document_no: str,
    words: str = "",
) -> Lead:
    """移交: to one department under a document number. Its 联络员, if it has one, is told and sees it."""
    with _moving("hand-over", lead_id, actor, version) as step:
        if office.kind != Organisation.Kind.OFFICE or not office.is_active:
            raise Refused("请选择在用的部门")
        step.row.handed_to = office
        step.after |= {"handed_to": office.pk, "document_no": document_no}
        _add(step, K.HANDED_OVER, on=on, words=words, office=office, document_no=document_no)
        told = people_of(office, [Role.PARTNER])
        _tell(step.row, told, actor, "handed_over", f"收到移交的线索点{step.row.no}，请办理并回复结果", words)
    return step.row


def take_back(*, lead_id: int, actor: User, version: int | None, words: str) -> Lead:
    """收回移交: it went to the wrong department, or comes back from it; the department no longer sees it."""
    with _moving("take-back", lead_id, actor, version) as step:
        row, office = step.row, step.row.handed_to
        assert office is not None  # noqa: S101  (the database's own constraint)
        step.before["handed_to"], step.after["handed_to"] = office.pk, None
        row.handed_to = row.replied_on = None
        _add(step, K.TAKEN_BACK, on=clock.today(), words=words, office=office)
        _tell(row, people_of(office, [Role.PARTNER]), actor, "taken_back", f"线索点{row.no}已收回", words, "")
    return step.row


def reply(
    *, lead_id: int, actor: User, version: int | None, on: date, words: str, document_no: str = ""
) -> Lead:
    """回复: the department says what it did. It may add to what it said until the office closes the lead."""
    with _moving("reply", lead_id, actor, version) as step:
        step.row.replied_on = on
        step.after |= {"replied_on": on, "document_no": document_no}
        _add(step, K.REPLIED, on=on, words=words, office=step.row.handed_to, document_no=document_no)
        _tell(step.row, _office(), actor, "replied", f"线索点{step.row.no}有了部门回复，请办结")
    return step.row


def close(
    *, lead_id: int, actor: User, version: int | None, on: date, words: str = "", document_no: str = ""
) -> Lead:
    """办结. Where the department did not reply here, ``words`` are the result of its paper (P10)."""
    with _moving("close", lead_id, actor, version) as step:
        if step.row.replied_on is None and not words:
            raise Refused("部门没有在平台回复，请照录部门的办理结果")
        if document_no:
            step.after["document_no"] = document_no
        _add(step, K.CLOSED, on=on, words=words, office=step.row.handed_to, document_no=document_no)
    return step.row


# --- What the record says -----------------------------------------------------------------


def link(
    *, lead_id: int, actor: User, version: int | None, institution: Organisation | None, words: str = ""
) -> Lead:
    """关联机构: the institution that the place turned out to belong to; None takes the link away."""
    with _moving("link", lead_id, actor, version) as step:
        row, before = step.row, step.row.institution
        if institution == before:
            raise Refused("没有改动，请选择另一家机构")
        if institution is not None and institution.kind != Organisation.Kind.INSTITUTION:
            raise Refused("只能关联校外培训机构")
        row.institution = institution
        step.before["institution"] = before.pk if before else None
        step.after["institution"] = institution.pk if institution else None
        said = f"属于{institution.name}" if institution else f"不属于{before.name}，解除关联"  # type: ignore[union-attr]
        _add(step, K.LINKED, on=clock.today(), words="\n".join(filter(None, [said, words])))
    return step.row


def correct(*, lead_id: int, actor: User, version: int | None, words: str, values: Mapping[str, Any]) -> Lead:
    """更正: the facts as they should have been taken down, with the reason; the old ones stay in the course.

    ``values``: township, area, address, kind, noticed, source, found_on. Raises Refused where nothing
    changes, NotAllowed where an inspector would put it out of his own areas.
    """
    with _moving("correct", lead_id, actor, version) as step:
        row, log, values = step.row, ChangeLog(), dict(values)
        values["area"] = values["area"] or area_of(values["township"])
        first = row.steps.exclude(kind__in=LeadStep.ABOUT_THE_RECORD).order_by("on").first()
        if values["found_on"] > (first.on if first else clock.today()):
            raise Refused("发现日期不能晚于今天，也不能晚于核实日期")
        log.apply(row, values)
        if not log:
            raise Refused("没有改动，请修改后再提交")
        if not actor.has_perm("tutoring.correct_lead", row):
            raise NotAllowed("不能把线索点改到其他督学责任区，请告知双减专班")
        step.before |= log.before
        step.after |= log.after
        _add(step, K.CORRECTED, on=clock.today(), words="\n".join([words, *log.lines]))
    return step.row


# --- What every move does --------------------------------------------------------------------


def _moving(key: str, lead_id: int, actor: User, version: int | None) -> AbstractContextManager[Move[Lead]]:
    rows = Lead.objects.select_related("township", "area", "handed_to", "institution")
    return MACHINE.moving(key, row_id=lead_id, actor=actor, version=version, queryset=rows)


def _add(
    step: Move[Lead],
    kind: LeadStep.Kind,
    *,
    on: date,
    words: str,
    office: Organisation | None = None,
    document_no: str = "",
) -> None:
    """Add the step to the lead's course and say it in the audit entry. Raises Refused for a wrong day."""
    fault = fault_of_day(step.row, on) if kind not in LeadStep.ABOUT_THE_RECORD else ""
    if fault:
        raise Refused(fault)
    LeadStep.objects.create(
        lead=step.row,
        kind=kind,
        on=on,
        words=words,
        office=office,
        document_no=document_no,
        by=step.actor,
        at=clock.now(),
    )
    step.after["on"] = on
    step.note = words


def _office() -> QuerySet[User]:
    return holders(*holders_of("tutoring.handle_lead"))


def _checkers(row: Lead) -> QuerySet[User]:
    """The inspectors of the place's area; where it has none the office."""
    found = people_of(row.area, [Role.AREA_INSPECTOR]) if row.area else User.objects.none()
    return found if found.exists() else _office()


def _tell(
    row: Lead,
    people: QuerySet[User],
    actor: User,
    what: str,
    title: str,
    body: str = "",
    url: str | None = None,
) -> None:
    """One notice for this version of the row to each but the one who made the move."""
    outbox.notify(
        recipients=people.exclude(pk=actor.pk),
        kind=f"lead.{what}",
        title=title,
        body=body or row.place,
        url=row.get_absolute_url() if url is None else url,
        dedupe_key=f"lead.{what}:{row.pk}:{row.version}",
        subject=row,
    )
