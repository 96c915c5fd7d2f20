"""Visits: planning, going down the checklist, the 现场检查记录 and what becomes of it.

Source: practice.md P2 (permission for each visit), P6 (at the gate a record, not an order), P9 (kinds of visit).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction

from inspections import notices
from inspections.models import FindingPhoto, Problem, Visit, VisitFinding, VisitMember
from inspections.workflows import problems
from inspections.workflows.machine import Machine, Transition, acting_role
from inspections.workflows.units import facts_of
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, numbers
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.policy.models import CheckItem
from shuangjian.policy.scope import items_for
from shuangjian.policy.selectors import current_rulebook, term_on

S = Visit.State
# How many inspectors a kind of visit needs at least (P9; 教育督导条例 art. 16 for special supervision).
LEAST_INSPECTORS = {
    Visit.Kind.REGULAR: 1,
    Visit.Kind.SPECIAL: 3,
    Visit.Kind.COUNTY_CHECK: 2,
    Visit.Kind.LOOK_BACK: 1,
}
ORIGIN_OF_KIND = {
    Visit.Kind.REGULAR: Problem.Origin.REGULAR_SUPERVISION,
    Visit.Kind.SPECIAL: Problem.Origin.GOVERNMENT_SUPERVISION,
    Visit.Kind.COUNTY_CHECK: Problem.Origin.COUNTY_INSPECTION,
    Visit.Kind.LOOK_BACK: Problem.Origin.REGULAR_SUPERVISION,
}
DUE_DAY_CHOICES = (7, 15, 30)  # ux.md flow B
ONLINE_BLOCK = "00"  # the block of record numbers given online; phones have their own (decisions.md, Numbers)


def _t(label: str, source: set[str], target: str | None, permission: str) -> Transition:
    return Transition(
        label=label, source=frozenset(source), target=target, permission=f"inspections.{permission}"
    )


TRANSITIONS = {
    "start": _t("开始督导", {S.PLANNED}, S.ONGOING, "conduct_visit"),
    "end": _t("结束督导", {S.ONGOING}, S.SUMMING_UP, "conduct_visit"),
    "reopen": _t("返回修改", {S.SUMMING_UP}, S.ONGOING, "conduct_visit"),
    "confirm": _t("双方确认", {S.SUMMING_UP}, S.CONFIRMED, "conduct_visit"),
    "attach-scan": _t("上传手签扫描件", {S.SUMMING_UP, S.CONFIRMED}, None, "conduct_visit"),
    "cancel": _t("取消安排", {S.PLANNED}, S.CANCELLED, "manage_visit"),
}
MACHINE: Machine[Visit] = Machine(Visit, "inspections.visit", TRANSITIONS)
audit.name_actions(
    {"inspections.visit.planned": "安排督导", "inspections.visit.finding_saved": "填写督导条目"}
)


def plan(
    *,
    organisation: Organisation,
    kind: str,
    planned_on: date,
    inspectors: Sequence[User],
    actor: User,
    plan_name: str = "",
    approval_no: str = "",
    off_plan_reason: str = "",
) -> Visit:
    """Plan one visit. Off the yearly list only the leader may, with a reason (P2). Raises Refused, NotAllowed."""
    book = current_rulebook()
    if book is None:
        raise Refused("还没有导入减负三十条，请先由系统管理员导入")
    least = LEAST_INSPECTORS[Visit.Kind(kind)]
    if len(set(inspectors)) < least:
        raise Refused(f"{Visit.Kind(kind).label}至少要{least}名督学，现在选了{len(set(inspectors))}名")
    if planned_on < clock.today():
        raise Refused("计划日期不能早于今天")
    if not (plan_name and approval_no):
        if not actor.has_role(Role.LEADER):
            raise NotAllowed("没有计划名称和批准文号的督导，只能由分管领导发起")
        if not off_plan_reason:
            raise Refused("计划外督导请写明理由")
    year = clock.today().year
    with transaction.atomic():
        visit = Visit.objects.create(
            no=f"{year}-V{numbers.take('visit', year):04d}",
            kind=kind,
            organisation=organisation,
            term=term_on(planned_on),
            rulebook=book,
            planned_on=planned_on,
            plan_name=plan_name,
            approval_no=approval_no,
            off_plan_reason=off_plan_reason,
            created_by=actor,
        )
        VisitMember.objects.bulk_create(
            VisitMember(visit=visit, user=person, is_lead=index == 0)
            for index, person in enumerate(dict.fromkeys(inspectors))
        )
        audit.record(
            action="inspections.visit.planned",
            subject=visit,
            actor=actor,
            organisation=organisation,
            role=acting_role(actor),
            after={
                "kind": kind,
                "planned_on": str(planned_on),
                "members": [person.pk for person in inspectors],
            },
        )
        notices.visit_planned(visit, inspectors)
    return visit


def checklist(visit: Visit) -> list[CheckItem]:
    """The items to look at on this visit: those in the unit's scope, in the order of the rules."""
    in_scope = items_for(facts_of(visit.organisation), visit.rulebook)
    items = CheckItem.objects.filter(
        rule__rulebook=visit.rulebook, pk__in=[pk for pk, yes in in_scope.items() if yes]
    )
    return list(
        items.select_related("rule").prefetch_related("prohibitions").order_by("rule__number", "ordinal")
    )


def start(*, visit_id: int, actor: User, version: int | None) -> Visit:
    """Begin on site."""
    with MACHINE.moving("start", row_id=visit_id, actor=actor, version=version, queryset=_rows()) as step:
        step.row.started_at = clock.now()
    return step.row


def _rows():  # type: ignore[no-untyped-def]
    return Visit.objects.select_related("organisation", "rulebook")


def save_finding(
    *,
    visit_id: int,
    item: CheckItem,
    actor: User,
    version: int | None,
    value: str,
    text: str = "",
    breaks_prohibition: bool = False,
    due_days: int | None = None,
    photos: Sequence[StoredFile] = (),
) -> VisitFinding:
    """Write what was seen for one item. Another inspector's newer entry is never overwritten (StaleRow).

    Raises WrongState unless the visit is under way, Refused for a problem without words or without a date.
    """
    with transaction.atomic():
        visit = _rows().select_for_update(of=("self",)).get(pk=visit_id)
        if visit.state != S.ONGOING:
            raise WrongState("督导不在进行中，不能修改记录")
        if not actor.has_perm("inspections.conduct_visit", visit):
            raise NotAllowed("您不在这次督导的人员名单里")
        finding, created = VisitFinding.objects.select_for_update().get_or_create(visit=visit, item=item)
        check_version(finding, version if not created else None)
        if value == VisitFinding.Value.PROBLEM:
            if not text.strip():
                raise Refused("请写明看到的问题，例如“三年级数学日均75分钟”")
            if due_days not in DUE_DAY_CHOICES:
                raise Refused("请选择整改期限：7天、15天或30天")
            if breaks_prohibition and item.gravest_prohibition() is None:
                raise Refused("这个检查项没有对应的严禁或不得，请取消勾选")
        else:
            text, breaks_prohibition, due_days = "", False, None
        before = {"value": finding.value}
        finding.value = value
        finding.text = text.strip()
        finding.breaks_prohibition = breaks_prohibition
        finding.due_days = due_days
        finding.updated_by = actor
        finding.updated_at = clock.now()
        if not created:
            finding.version += 1
        finding.save()
        FindingPhoto.objects.bulk_create(
            FindingPhoto(finding=finding, stored_file=photo, added_by=actor, added_at=clock.now())
            for photo in photos
        )
        audit.record(
            action="inspections.visit.finding_saved",
            subject=visit,
            actor=actor,
            organisation=visit.organisation,
            role=acting_role(actor),
            before=before,
            after={"item": item.code, "value": value, "photos": len(photos)},
            note=finding.text,
        )
    return finding


def end(*, visit_id: int, actor: User, version: int | None, summary: str) -> Visit:
    """结束督导: write the opinion, give the record its number. What was not looked at stays 未查, never 符合."""
    with MACHINE.moving("end", row_id=visit_id, actor=actor, version=version, queryset=_rows()) as step:
        visit = step.row
        if not visit.findings.exclude(value="").exists():
            raise Refused("还没有查任何一项，请先填写检查结果")
        for finding in visit.findings.filter(value="problem", breaks_prohibition=True).select_related(
            "item__rule"
        ):
            gravest = finding.item.gravest_prohibition()
            if gravest and gravest.severity == "critical" and not finding.photos.exists():
                # P1: a picture may be demanded for a red line, and for nothing that is met.
                raise Refused(f"第{finding.item.rule.number}条是红线问题，请至少拍1张照片")
        if not visit.record_no:
            year = clock.today().year
            visit.record_no = f"现{year}-{ONLINE_BLOCK}-{numbers.take('visit_record', year):04d}"
        visit.summary = summary
        visit.ended_at = clock.now()
        step.note = summary
        step.after["record_no"] = visit.record_no
    return step.row


def reopen(*, visit_id: int, actor: User, version: int | None) -> Visit:
    """Back to the checklist before the record is confirmed."""
    with MACHINE.moving("reopen", row_id=visit_id, actor=actor, version=version, queryset=_rows()) as step:
        step.row.ended_at = None
    return step.row


def confirm(
    *,
    visit_id: int,
    actor: User,
    version: int | None,
    unit_person: str = "",
    unit_person_post: str = "",
    unit_remark: str = "",
    refused_reason: str = "",
    witness: str = "",
) -> Visit:
    """Both sides confirm the record, or the refusal is noted with its reason and a witness (P6).

    Registers a problem for every 有问题, in the same transaction. An open problem of the same item at the unit is
    not doubled: the record is its further proof.
    """
    with MACHINE.moving("confirm", row_id=visit_id, actor=actor, version=version, queryset=_rows()) as step:
        visit = step.row
        if not unit_person.strip() and not (refused_reason.strip() and witness.strip()):
            raise Refused("请填写单位确认人；单位拒绝确认的，写明理由和见证人")
        visit.unit_person = unit_person.strip()
        visit.unit_person_post = unit_person_post.strip()
        visit.unit_remark = unit_remark.strip()
        visit.refused_reason = refused_reason.strip()
        visit.witness = witness.strip()
        visit.inspector_confirmed_by = actor
        visit.confirmed_at = clock.now()
        registered = [_register(visit, finding, actor) for finding in _problem_findings(visit)]
        step.after["problems"] = [problem.no for problem in registered]
        notices.visit_confirmed(visit, len(registered))
    return step.row


def _problem_findings(visit: Visit) -> list[VisitFinding]:
    """Findings that become a problem of their own: no open problem of the same item stands at the unit."""
    standing = set(
        Problem.objects.filter(organisation=visit.organisation, item__isnull=False)
        .exclude(tasks__state="closed")
        .values_list("item_id", flat=True)
    )
    findings = visit.findings.filter(value="problem").select_related("item__rule")
    return [finding for finding in findings if finding.item_id not in standing]


def _register(visit: Visit, finding: VisitFinding, actor: User) -> Problem:
    return problems.register(
        organisation=visit.organisation,
        rule=finding.item.rule,
        item=finding.item,
        fact=finding.text,
        origin=ORIGIN_OF_KIND[Visit.Kind(visit.kind)],
        prohibition=finding.item.gravest_prohibition() if finding.breaks_prohibition else None,
        rectifying=Problem.Rectifying.AT_ONCE if finding.due_days == 7 else Problem.Rectifying.BY_DATE,
        due_on=clock.today() + timedelta(days=finding.due_days or DUE_DAY_CHOICES[0]),
        found_by=finding.updated_by or actor,
        found_on=visit.started_at.date() if visit.started_at else clock.today(),
        term=visit.term,
        source_finding_id=finding.pk,
    )


def attach_scan(*, visit_id: int, actor: User, version: int | None, scan: StoredFile) -> Visit:
    """Put the hand-signed paper's scan to the record; it replaces the confirmation on the screen (P3, P6)."""
    with MACHINE.moving(
        "attach-scan", row_id=visit_id, actor=actor, version=version, queryset=_rows()
    ) as step:
        step.row.scan = scan
        step.after["scan"] = scan.sha256
    return step.row


def cancel(*, visit_id: int, actor: User, version: int | None, words: str) -> Visit:
    """Cancel a planned visit with the reason."""
    with MACHINE.moving("cancel", row_id=visit_id, actor=actor, version=version, queryset=_rows()) as step:
        if not words.strip():
            raise Refused("请写明取消的理由")
        step.note = words
    return step.row
