"""Visits: planning, going down the checklist, the 现场检查记录 and what becomes of it.

Source: practice.md P2 (permission for each visit), P6 (at the gate a record, no order), P9 (kinds of visit).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from inspections import notices, recusal, visit_kinds, visit_limits
from inspections.models import (
    Problem,
    RectificationTask,
    Visit,
    VisitDraw,
    VisitFinding,
    VisitMember,
)
from inspections.workflows import problems
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Move, Transition, acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, numbers
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.policy.check_items import items_of
from shuangjian.policy.models import CheckItem, Prohibition
from shuangjian.policy.scope import concerns, facts_of
from shuangjian.policy.selectors import current_rulebook, term_on

PHOTOS_FOLLOW = timedelta(days=7)  # how long the photos of a visit that a phone ended may come after it
S = Visit.State
Stroke = Sequence[Sequence[Sequence[float]]]  # lines of points [x, y]
AT_ONCE_DAYS = 7  # 立行立改: what is put right within them was to be put right at once
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
    "sign-on-paper": _t("打印后手签", {S.SUMMING_UP}, None, "conduct_visit"),
    "confirm-by-scan": _t("上传手签扫描件确认", {S.SUMMING_UP}, S.CONFIRMED, "conduct_visit"),
    "attach-scan": _t("上传手签扫描件", {S.CONFIRMED}, None, "conduct_visit"),
    "cancel": _t("取消安排", {S.PLANNED}, S.CANCELLED, "manage_visit"),
}
MACHINE: Machine[Visit] = Machine(Visit, "inspections.visit", TRANSITIONS)
audit.name_actions(
    {
        "inspections.visit.planned": "安排督导",
    }
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
    over_budget_reason: str = "",
    draw: VisitDraw | None = None,
) -> Visit:
    """Plan one visit. Off the yearly list only the leader may, with a reason (P2).

    Nobody is sent where he keeps away (回避). Nor is a unit visited more often than the county's most a
    term, but by the leader with a reason.
    Raises Refused, NotAllowed.
    """
    book = current_rulebook()
    if book is None:
        raise Refused("还没有导入减负三十条，请先由系统管理员导入")
    people = list(dict.fromkeys(inspectors))
    check_team(organisation, kind, people)
    if planned_on < clock.today():
        raise Refused("计划日期不能早于今天")
    check_permission(actor, plan_name, approval_no, off_plan_reason)
    year, term = clock.today().year, term_on(planned_on)
    passed = ""  # the leader's reason, kept only where the most is passed
    with transaction.atomic():
        if visit_kinds.kind_of(kind).counts:
            # Two who plan at once see each other's visit: the unit's row is the queue.
            Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
            count = visit_limits.counted_visits([organisation], term).get(organisation.pk, 0)
            if full := visit_limits.full_words(count, visit_limits.most_per_term()):
                _check_over_budget(actor, f"{organisation.name}{full}", over_budget_reason)
                passed = over_budget_reason
        visit = Visit.objects.create(
            no=f"{year}-V{numbers.take('visit', year):04d}",
            kind=kind,
            organisation=organisation,
            term=term,
            rulebook=book,
            planned_on=planned_on,
            plan_name=plan_name,
            approval_no=approval_no,
            off_plan_reason=off_plan_reason,
            over_budget_reason=passed,
            draw=draw,
            created_by=actor,
        )
        VisitMember.objects.bulk_create(
            VisitMember(visit=visit, user=person, is_lead=index == 0) for index, person in enumerate(people)
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
                "members": [person.pk for person in people],
            },
            note="；".join(filter(None, [off_plan_reason, passed])),
        )
        notices.visit_planned(visit, people)
    return visit


def check_team(organisation: Organisation, kind: str, people: Sequence[User]) -> None:
    """Enough for the kind (P9), and none who keeps away from the unit. Raises Refused."""
    if words := visit_kinds.too_few(kind, len(people)):
        raise Refused(words)
    barred = recusal.barred_units(people)
    for person in people:
        if words := recusal.why_not(person, organisation, barred):
            raise Refused(words)


def check_permission(actor: User, plan_name: str, approval_no: str, off_plan_reason: str) -> None:
    """On the yearly list, or the leader with his reason (P2). Raises Refused, NotAllowed."""
    if not (plan_name and approval_no):
        if not actor.has_role(Role.LEADER):
            raise NotAllowed("没有计划名称和批准文号的督导，只能由分管领导发起")
        if not off_plan_reason:
            raise Refused("计划外督导请写明理由")


def _check_over_budget(actor: User, full: str, reason: str) -> None:
    """Once more than the county's most a term: the leader with his reason. Raises Refused, NotAllowed."""
    if not reason:
        raise Refused(f"{full}；确需安排的，由分管领导写明超上限理由后安排")
    if not actor.has_role(Role.LEADER):
        raise NotAllowed(f"{full}，只能由分管领导安排")


def checklist(visit: Visit) -> list[CheckItem]:
    """The items to look at on this visit: those in the unit's scope, in the order of the rules."""
    facts = facts_of(visit.organisation)
    return [item for item in items_of(visit.rulebook_id, facts.kind) if concerns(item, facts)]


def start(*, visit_id: int, actor: User, version: int | None, at: datetime | None = None) -> Visit:
    """Begin on site. Every item of the checklist gets its row now: each carries a version from the start.

    ``at``, here and at the end: when it was, where a phone brings it later; now if not given.

    What the kind asks for and is missing is written on the visit and into the entry; without the cards that
    the law demands (执法检查) it is not begun (Refused).
    """
    with MACHINE.moving("start", row_id=visit_id, actor=actor, version=version, queryset=_rows()) as step:
        visit = step.row
        missing = visit_kinds.gaps(visit)
        if barring := [gap.words for gap in missing if gap.bars]:
            raise Refused(f"{visit.get_kind_display()}不能开始：{'；'.join(barring)}")
        visit.started_at = at or clock.now()
        visit.begun_without = "；".join(gap.words for gap in missing)[:500]
        if missing:
            step.note = f"开始时缺少：{visit.begun_without}"
        _note_cards(visit)
        VisitFinding.objects.bulk_create(
            (VisitFinding(visit=visit, item=item) for item in checklist(visit)), ignore_conflicts=True
        )
    return step.row


def _note_cards(visit: Visit) -> None:
    """The card numbers as they are on the day: they stand on the record for good (P9)."""
    members = list(visit.members.all())
    cards = visit_kinds.card_words(visit, [member.user_id for member in members])
    for member in members:
        member.certificate_no = cards.get(member.user_id, "")
    VisitMember.objects.bulk_update(members, ["certificate_no"])


def _rows() -> QuerySet[Visit]:
    return Visit.objects.select_related("organisation", "rulebook")


def locked(visit_id: int, version: int | None) -> Visit:
    """The visit, locked, as it was seen (else StaleRow)."""
    visit = _rows().select_for_update(of=("self",)).get(pk=visit_id)
    check_version(visit, version)
    return visit


def takes_photos(visit: Visit) -> bool:
    """While it is under way. What a phone ended, it ended before its photos went up: they still come."""
    if visit.state == S.ONGOING or visit.ended_at is None:
        return visit.state == S.ONGOING
    is_online = f"-{ONLINE_BLOCK}-" in visit.record_no
    return not is_online and clock.now() <= visit.ended_at + PHOTOS_FOLLOW


def end(
    *,
    visit_id: int,
    actor: User,
    version: int | None,
    summary: str,
    record_no: str = "",
    at: datetime | None = None,
) -> Visit:
    """结束督导: write the opinion, number the record. What was not looked at stays 未查, never 符合.

    ``record_no`` comes from a phone, out of its own block: its photos are still to follow. A record that has
    its number keeps it.
    """
    with MACHINE.moving("end", row_id=visit_id, actor=actor, version=version, queryset=_rows()) as step:
        visit = step.row
        findings = list(
            visit.findings.select_related("item__rule").prefetch_related("item__prohibitions", "photos")
        )
        if not any(finding.value for finding in findings):
            raise Refused("还没有查任何一项，请先填写检查结果")
        for finding in findings:
            if finding.is_undescribed:
                raise Refused(f"{finding.item.short_code}选了“有问题”，还没有写明问题，请先补上")
            if not record_no and lacks_photo(finding, finding.item):
                raise Refused(f"{finding.item.short_code}是红线问题，请至少拍1张照片")
        if not visit.record_no:
            year = clock.today().year
            online = f"现{year}-{ONLINE_BLOCK}-"
            visit.record_no = record_no or f"{online}{numbers.take('visit_record', year):04d}"
        visit.summary = summary
        visit.ended_at = at or clock.now()
        step.note = summary
        step.after["record_no"] = visit.record_no
    return step.row


def lacks_photo(finding: VisitFinding, item: CheckItem) -> bool:
    """P1: a picture may be demanded for a red line, and for nothing that is met."""
    gravest = item.gravest_prohibition() if finding.breaks_prohibition else None
    return gravest is not None and gravest.is_red_line and not finding.photos.all()


def reopen(*, visit_id: int, actor: User, version: int | None) -> Visit:
    """Back to the checklist before the record is confirmed."""
    with MACHINE.moving("reopen", row_id=visit_id, actor=actor, version=version, queryset=_rows()) as step:
        step.row.ended_at = None
        step.row.signs_on_paper = False  # what is printed next is another record
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
    stroke: Stroke = (),
    at: datetime | None = None,
) -> Visit:
    """Both sides confirm the record, or the refusal is noted with its reason and a witness (P6).

    Registers a problem for every 有问题, in the same transaction. An open problem of the same item at the
    unit is not doubled: the record is its further proof. ``stroke``: what the head wrote on the screen.
    """
    with MACHINE.moving("confirm", row_id=visit_id, actor=actor, version=version, queryset=_rows()) as step:
        visit = step.row
        has_refused = bool(refused_reason.strip() or witness.strip())
        if unit_person.strip() and has_refused:
            raise Refused("单位确认和拒绝确认只能填一种，请删去另一种")
        if not unit_person.strip() and not (refused_reason.strip() and witness.strip()):
            raise Refused("请填写单位确认人；单位拒绝确认的，写明理由和见证人")
        visit.unit_person = unit_person.strip()
        visit.unit_person_post = unit_person_post.strip()
        visit.unit_remark = unit_remark.strip()
        visit.refused_reason = refused_reason.strip()
        visit.witness = witness.strip()
        visit.signs_on_paper = False
        visit.stroke = [] if has_refused else [[list(point) for point in line] for line in stroke]
        _close(step, at)
    return step.row


def sign_on_paper(*, visit_id: int, actor: User, version: int | None) -> Visit:
    """打印后手签: nobody confirms on the screen; the visit waits for the scan of the signed print (P6)."""
    with MACHINE.moving(
        "sign-on-paper", row_id=visit_id, actor=actor, version=version, queryset=_rows()
    ) as step:
        step.row.signs_on_paper = True
    return step.row


def confirm_by_scan(*, visit_id: int, actor: User, version: int | None, scan: StoredFile) -> Visit:
    """The hand-signed record's scan is the confirmation of both sides: one, not two (P3, P6)."""
    with MACHINE.moving(
        "confirm-by-scan", row_id=visit_id, actor=actor, version=version, queryset=_rows()
    ) as step:
        step.row.signs_on_paper = True
        step.row.scan = scan
        step.after["scan"] = scan.sha256
        _close(step, None)
    return step.row


def _close(step: Move[Visit], at: datetime | None) -> None:
    """What both ways of confirming have in common: who and when, the problems, the notice.

    An item about which two inspectors still differ registers nothing yet; it does when somebody chose.
    """
    visit = step.row
    visit.inspector_confirmed_by = step.actor
    visit.confirmed_at = at or clock.now()
    agreed = visit.findings.exclude(conflicts__in=visit.conflicts.open())
    registered = register_found(visit, agreed, step.actor)
    step.after["problems"] = [problem.no for problem in registered]
    notices.visit_confirmed(visit, len(registered))


def register_found(visit: Visit, found: QuerySet[VisitFinding], actor: User) -> list[Problem]:
    """A problem for every 有问题 of these, unless one as grave is open for its item: that one notes it.

    One as grave that was closed within a year relapsed: it goes into its next round.
    """
    standing: dict[str, Problem] = {}  # by the code: the rulebook may have a new version since
    for task in (
        RectificationTask.objects.open()
        .filter(problem__organisation=visit.organisation, problem__item__isnull=False)
        .select_related("problem__organisation", "problem__item")
        .order_by("pk")
    ):
        standing[task.problem.item.code] = task.problem
    registered = []
    findings = found.filter(value=VisitFinding.Value.PROBLEM)
    for finding in findings.select_related("item__rule").prefetch_related("item__prohibitions"):
        known = standing.get(finding.item.code)
        prohibition = finding.item.gravest_prohibition() if finding.breaks_prohibition else None
        if known is not None and _gravity(known.severity) >= _gravity(problems.severity_of(prohibition)):
            by = finding.updated_by or actor
            problems.see_again(problem=known, found_by=by, record_no=visit.record_no, fact=finding.text)
            continue
        closed = problems.lately_closed(visit.organisation, finding.item) if known is None else None
        if closed is not None and _gravity(closed.severity) >= _gravity(problems.severity_of(prohibition)):
            problems.relapse(
                problem=closed,
                fact=finding.text,
                found_by=finding.updated_by or actor,
                due_on=_due_on(finding),
                record_no=visit.record_no,
            )
            registered.append(closed)
        else:
            registered.append(_register(visit, finding, prohibition, actor))
    return registered


def _due_on(finding: VisitFinding) -> date:
    return clock.today() + timedelta(days=finding.due_days or AT_ONCE_DAYS)


def _gravity(severity: str) -> int:
    return Problem.Severity.values.index(severity)


def _register(visit: Visit, finding: VisitFinding, prohibition: Prohibition | None, actor: User) -> Problem:
    return problems.register(
        organisation=visit.organisation,
        rule=finding.item.rule,
        item=finding.item,
        fact=finding.text,
        origin=visit_kinds.kind_of(visit.kind).origin,
        prohibition=prohibition,
        rectifying=Problem.Rectifying.AT_ONCE
        if finding.due_days == AT_ONCE_DAYS
        else Problem.Rectifying.BY_DATE,
        due_on=_due_on(finding),
        found_by=finding.updated_by or actor,
        found_on=clock.local_day(visit.started_at) if visit.started_at else clock.today(),
        term=visit.term,
        source_finding_id=finding.pk,
    )


def attach_scan(*, visit_id: int, actor: User, version: int | None, scan: StoredFile) -> Visit:
    """Put the hand-signed paper's scan to a record that was confirmed on the screen (P6)."""
    with MACHINE.moving(
        "attach-scan", row_id=visit_id, actor=actor, version=version, queryset=_rows()
    ) as step:
        step.before["scan"] = step.row.scan.sha256 if step.row.scan is not None else None
        step.after["scan"] = scan.sha256
        step.row.scan = scan
    return step.row


def cancel(*, visit_id: int, actor: User, version: int | None, words: str) -> Visit:
    """Cancel a planned visit with the reason."""
    with MACHINE.moving("cancel", row_id=visit_id, actor=actor, version=version, queryset=_rows()) as step:
        if not words.strip():
            raise Refused("请写明取消的理由")
        step.note = words
    return step.row
