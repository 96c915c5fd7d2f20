"""The words and recipients of every notice of supervision. One place, so that nobody is told twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.urls import reverse

from inspections.extension_limits import deciding_role
from inspections.models import (
    Paper,
    Problem,
    Recheck,
    RectificationTask,
    Sanction,
    Transfer,
    Visit,
)
from inspections.models.signing import SignedDocument
from inspections.permissions import closing_role
from inspections.querysets import ANNOUNCED_KINDS
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import ANSWERING_ROLES, OFFICE_ROLES, Role
from shuangjian.accounts.selectors import holders, inspectors_of, people_of
from shuangjian.dates import cn_short
from shuangjian.journal import outbox
from shuangjian.journal.models import Notification, Versioned


def tell(recipients: Iterable[User], kind: str, row: Versioned, url: str, title: str, body: str = "") -> None:
    """One notice of this kind to each for this version of the row."""
    outbox.notify(
        recipients=recipients,
        kind=kind,
        title=title,
        body=body,
        url=url,
        dedupe_key=f"{kind}:{row.pk}:{row.version}",
        subject=row,
    )


def _tell(
    recipients: Iterable[User],
    kind: str,
    task: RectificationTask,
    title: str,
    body: str = "",
    *,
    is_urgent: bool = False,
) -> None:
    problem = task.problem
    outbox.notify(
        recipients=recipients,
        kind=kind,
        title=title,
        body=body,
        url=reverse("problem", args=[problem.no]),
        dedupe_key=f"{kind}:{task.pk}:{task.version}",
        subject=problem,
        is_urgent=is_urgent,
    )


def reviewers_of(problem: Problem) -> list[User]:
    """Who judges plans and applications: task force and area inspectors; 督导室 what it found itself."""
    found_by_office = problem.origin == Problem.Origin.GOVERNMENT_SUPERVISION
    office = holders(Role.SUPERVISION_OFFICE) if found_by_office else ()
    return list({*holders(Role.TASK_FORCE), *inspectors_of(problem.organisation), *office})


def _judges_of(task: RectificationTask) -> list[User]:
    """The reviewers, and who keeps an eye on the case."""
    return list({*reviewers_of(task.problem), *([task.overseer] if task.overseer else [])})


def closers_of(task: RectificationTask) -> list[User]:
    """Who closes it after verification, by origin, severity and round (P7)."""
    return list(holders(closing_role(task)))


def problem_registered(problem: Problem, task: RectificationTask) -> None:
    what = "改正并销号" if task.state == task.State.RECTIFYING else "提交整改计划"
    by = task.due_on if task.state == task.State.RECTIFYING else (task.plan_due_on or task.due_on)
    _tell(
        people_of(problem.organisation),
        "problem.registered",
        task,
        f"问题{problem.no}：请于{cn_short(by)}前{what}",
        f"第{problem.rule.number}条 {problem.rule.title}",
    )
    _tell_of_gravity(problem, task)


def taken_over(problem: Problem, task: RectificationTask) -> None:
    """An open problem of the county's old ledger: the unit goes on with it here."""
    what = "继续整改" if task.state == task.State.RECTIFYING else "提交整改计划"
    _tell(
        people_of(problem.organisation),
        "problem.taken_over",
        task,
        f"问题{problem.no}：由历史台账转入，请{what}",
        f"第{problem.rule.number}条 {problem.rule.title}，整改期限{cn_short(task.due_on)}",
    )
    _tell_of_gravity(problem, task)


def _tell_of_gravity(problem: Problem, task: RectificationTask) -> None:
    if problem.is_red_line:
        # A red line goes to the leader the same day (prohibitions.yaml, severity_levels).
        _tell(
            holders(Role.LEADER),
            "problem.red_line",
            task,
            f"红线问题{problem.no}：{problem.organisation.name}",
            is_urgent=True,
        )
    elif problem.severity == Problem.Severity.MAJOR:
        # The other prohibitions go to the task force by the next day (same place).
        others = [one for one in holders(Role.TASK_FORCE) if one != problem.found_by]
        _tell(others, "problem.major", task, f"禁止事项问题{problem.no}：{problem.organisation.name}")


def plan_submitted(task: RectificationTask) -> None:
    _tell(_judges_of(task), "plan.submitted", task, f"问题{task.problem.no}：整改计划待审")


def plan_decided(task: RectificationTask, *, approved: bool, words: str) -> None:
    title = (
        f"问题{task.problem.no}：整改计划已同意"
        if approved
        else f"问题{task.problem.no}：整改计划退回，请修改"
    )
    _tell(people_of(task.problem.organisation), "plan.decided", task, title, words)


def close_out_applied(task: RectificationTask) -> None:
    _tell(_judges_of(task), "close_out.applied", task, f"问题{task.problem.no}：申请销号，待核查")


def extension_asked(task: RectificationTask, to_on: date) -> None:
    role = deciding_role(task, to_on)
    title = f"问题{task.problem.no}：申请延期至{cn_short(to_on)}，待批复"
    _tell(holders(role), "extension.asked", task, title)


def extension_decided(task: RectificationTask, *, granted: bool, to_on: date, words: str) -> None:
    number = task.problem.no
    title = (
        f"问题{number}：整改期限延至{cn_short(to_on)}"
        if granted
        else f"问题{number}：不同意延期，仍应于{cn_short(task.due_on)}前完成"
    )
    _tell(people_of(task.problem.organisation), "extension.decided", task, title, words)


def verified(task: RectificationTask) -> None:
    _tell(closers_of(task), "task.verified", task, f"问题{task.problem.no}：已核查，待销号")


def sent_back(task: RectificationTask, missing: str, missing_by: date) -> None:
    _tell(
        people_of(task.problem.organisation),
        "task.sent_back",
        task,
        f"问题{task.problem.no}：退回整改，请于{cn_short(missing_by)}前补齐",
        missing,
    )


def closed(task: RectificationTask) -> None:
    _tell(people_of(task.problem.organisation), "task.closed", task, f"问题{task.problem.no}：已销号")


# --- Where a case leaves its straight way ---------------------------------------


def objected(task: RectificationTask) -> None:
    finder = task.problem.found_by_id
    _tell(
        [one for one in holders(*OFFICE_ROLES, Role.LEADER) if one.pk != finder],
        "objection.asked",
        task,
        f"问题{task.problem.no}：{task.problem.organisation.name}提出异议，待答复",
    )


def objection_answered(task: RectificationTask, *, upheld: bool, words: str) -> None:
    title = f"问题{task.problem.no}：异议{'成立' if upheld else '已答复，维持原认定'}"
    _tell(people_of(task.problem.organisation), "objection.answered", task, title, words)


def withdrawn(task: RectificationTask, words: str) -> None:
    people = {*people_of(task.problem.organisation), *_judges_of(task), task.problem.found_by}
    _tell(people, "problem.withdrawn", task, f"问题{task.problem.no}：已撤销", words)


def parked(task: RectificationTask, review_on: date, words: str) -> None:
    title = f"问题{task.problem.no}：同意挂账，{cn_short(review_on)}复核"
    _tell(people_of(task.problem.organisation), "task.parked", task, title, words)


def resumed(task: RectificationTask, words: str) -> None:
    title = f"问题{task.problem.no}：恢复整改，请于{cn_short(task.due_on)}前完成"
    _tell(people_of(task.problem.organisation), "task.resumed", task, title, words)


def transferred(task: RectificationTask, department: Organisation, report_by: date) -> None:
    number = task.problem.no
    partners = User.objects.filter(
        is_active=True,
        memberships__in=department.memberships.in_force(clock.today()).filter(role=Role.PARTNER),  # type: ignore[attr-defined]
    )
    _tell(partners, "transfer.sent", task, f"移交：问题{number}请接收，并于{cn_short(report_by)}前反馈结果")
    _tell(
        people_of(task.problem.organisation),
        "transfer.told",
        task,
        f"问题{number}：已移交{department.name}办理",
    )


def transfer_answered(task: RectificationTask, transfer: Transfer, words: str) -> None:
    said = "不予接收，请决定" if transfer.state == Transfer.State.CONTESTED else "已接收移交"
    title = f"问题{task.problem.no}：{transfer.department.name}{said}"
    _tell([transfer.sent_by], "transfer.answered", task, title, words)


def relapsed(problem: Problem, task: RectificationTask) -> None:
    by = cn_short(task.plan_due_on or task.due_on)
    title = f"问题{problem.no}反弹：第{task.ordinal}次整改，请于{by}前提交整改计划"
    _tell(people_of(problem.organisation), "problem.relapsed", task, title)
    told = {*holders(Role.LEADER, Role.TASK_FORCE), *inspectors_of(problem.organisation)}
    _tell(told, "problem.relapse_found", task, f"问题{problem.no}反弹：{problem.organisation.name}")


def rechecked(recheck: Recheck) -> None:
    problem = recheck.task.problem
    words = f"问题{problem.no}{recheck.get_kind_display()}：{recheck.get_state_display()}"
    tell(
        people_of(problem.organisation),
        "recheck.done",
        recheck,
        reverse("problem", args=[problem.no]),
        words,
        recheck.words,
    )


# --- Pressing a case ----------------------------------------------------------


def reminded(task: RectificationTask, what: str, due_on: date, words: str) -> int | None:
    """A reminder by hand: how many of the unit were told anew today; None where there is nobody to tell."""
    people, today, url = list(people_of(task.problem.organisation)), clock.today(), _page_of(task)
    if not people:
        return None
    told = reminded_today([url])
    return outbox.notify(
        recipients=[person for person in people if (person.pk, url) not in told],
        kind="task.reminded",
        title=reminder(task, what, due_on),
        body=words,
        url=url,
        dedupe_key=f"task.reminded:{task.pk}:{today}",
        subject=task.problem,
    )


def reminded_today(matters: Collection[str]) -> set[tuple[int, str]]:
    """(person, matter) of whom the ladder or somebody by hand reminded today; a matter is a case's address.

    One reminder per person and matter per day at most.
    """
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    found = Notification.objects.filter(
        kind__in=["deadline", "task.reminded"], url__in=matters, created_at__gte=midnight
    )
    return set(found.values_list("recipient_id", "url"))


def _page_of(task: RectificationTask) -> str:
    return reverse("problem", args=[task.problem.no])


def reminder(task: RectificationTask, what: str, due_on: date) -> str:
    """「督办：问题2026-0147请完成整改，逾期5天（应于9月10日完成）」"""
    days = (due_on - clock.today()).days
    if days < 0:
        when = f"逾期{-days}天（应于{cn_short(due_on)}完成）"
    else:
        when = f"{cn_short(due_on)}截止，还剩{days}天" if days else "今天截止"
    return f"督办：问题{task.problem.no}请{what}，{when}"


def overseer_changed(task: RectificationTask, before: User | None) -> None:
    """Who keeps an eye on the case from now on is told, and who did so far."""
    problem, overseer = task.problem, task.overseer
    if overseer is None:
        return
    _hand_over(problem, overseer, overseer, f"问题{problem.no}由您督办：{problem.organisation.name}")
    if before is not None:
        _hand_over(problem, overseer, before, f"问题{problem.no}改由{overseer.name}督办")


def _hand_over(problem: Problem, overseer: User, person: User, title: str) -> None:
    outbox.notify(
        recipients=[person],
        kind="task.reassigned",
        title=title,
        url=reverse("problem", args=[problem.no]),
        # Each handing over is told, back and forth too.
        dedupe_key=f"task.reassigned:{problem.pk}:{overseer.pk}:{clock.now().isoformat()}",
        subject=problem,
    )


# --- Visits -------------------------------------------------------------------


def visit_planned(visit: Visit, inspectors: Iterable[User]) -> None:
    """The named inspectors are told; the unit only of what is announced in writing (P9)."""
    _tell_of_visit(
        visit,
        inspectors,
        "visit.planned",
        f"督导安排：{cn_short(visit.planned_on)}到{visit.organisation.name}",
    )
    if visit.kind in ANNOUNCED_KINDS:
        _tell_of_visit(
            visit,
            people_of(visit.organisation),
            "visit.announced",
            f"{visit.get_kind_display()}：督导组将于{cn_short(visit.planned_on)}到校",
        )


def visit_confirmed(visit: Visit, problem_count: int) -> None:
    title = f"现场检查记录{visit.record_no}已确认"
    body = f"登记{problem_count}个问题" if problem_count else "没有登记问题"
    _tell_of_visit(visit, people_of(visit.organisation), "visit.confirmed", title, body)


def _tell_of_visit(visit: Visit, recipients: Iterable[User], kind: str, title: str, body: str = "") -> None:
    outbox.notify(
        recipients=recipients,
        kind=kind,
        title=title,
        body=body,
        url=reverse("visit", args=[visit.no]),
        dedupe_key=f"{kind}:{visit.pk}",
        subject=visit,
    )


# --- Reports ------------------------------------------------------------------


def document_submitted(row: SignedDocument, noun: str) -> None:
    _tell_of_document(row, noun, holders(Role.LEADER), "submitted", f"待签：{row.title}")


def document_returned(row: SignedDocument, noun: str) -> None:
    """To who sent it, and to 督导室, which writes or follows every document."""
    people = {*holders(Role.SUPERVISION_OFFICE), *([row.submitted_by] if row.submitted_by else [])}
    _tell_of_document(row, noun, people, "returned", f"退回修改：{row.title}", row.return_words)


def document_issued(row: SignedDocument, noun: str, readers: Iterable[User]) -> None:
    people = {*holders(Role.SUPERVISION_OFFICE, Role.TASK_FORCE, Role.LEADER), *readers}
    _tell_of_document(row, noun, people, "issued", f"{row.state_label}：{row.title}", row.document_no)


def _tell_of_document(
    row: SignedDocument, noun: str, recipients: Iterable[User], what: str, title: str, body: str = ""
) -> None:
    tell(recipients, f"{noun}.{what}", row, reverse(noun, args=[row.no]), title, body)


def paper_withdrawn(paper: Paper, receivers: Iterable[User]) -> None:
    """To whom it was sent, who hold a paper that no longer stands."""
    title = f"已撤回：{paper.title}（{paper.document_no}）"
    _tell_of_document(paper, "paper", receivers, "withdrawn", title, paper.withdrawn_reason)


def paper_served(paper: Paper) -> None:
    """To who sent it: the unit has signed for it."""
    title = f"已签收：{paper.organisation.name}，{paper.title}（{paper.document_no}）"
    people = {person for person in (paper.submitted_by, paper.created_by) if person is not None}
    _tell_of_document(paper, "paper", people, "served", title)


# --- Units --------------------------------------------------------------------


def people_of_unit(unit: Organisation) -> list[User]:
    """Who hears of a unit's end: who answers for it, its people, its inspectors. Ask before it ends."""
    own = User.objects.filter(
        is_active=True,
        memberships__in=unit.memberships.in_force(clock.today()).filter(role__in=ANSWERING_ROLES),  # type: ignore[attr-defined]
    )
    return list({*people_of(unit), *own, *inspectors_of(unit)})


def unit_merged(unit: Organisation, successor: Organisation, told: Iterable[User], open_count: int) -> None:
    body = f"未销号的{open_count}个问题由{successor.name}继续整改" if open_count else ""
    people = {*told, *people_of(unit), *people_of(successor)}
    _tell_of_unit(unit, people, "unit.merged", f"{unit.name}并入{successor.name}", body)
    _tell_of_posts(unit)


def unit_closed(
    unit: Organisation, taken_over_by: Organisation | None, told: Iterable[User], open_count: int
) -> None:
    answers = taken_over_by.name if taken_over_by else "原单位"
    body = f"未销号的{open_count}个问题由{answers}继续整改" if open_count else ""
    people = {*told, *people_of(unit)}
    _tell_of_unit(unit, people, "unit.closed", f"{unit.name}{ending_word(unit)}", body)
    _tell_of_posts(unit)


def sanction_ended(row: Sanction, words: str) -> None:
    """The unit ended before the paper was issued: who instructed it hears of it."""
    title = f"{row.get_kind_display()}{row.no}不再办理"
    tell([row.instructed_by], "sanction.ended", row, reverse("sanction", args=[row.no]), title, words)


def ending_word(unit: Organisation) -> str:
    """A school is 停办, an institution 注销."""
    return "停办" if unit.kind == Organisation.Kind.SCHOOL else "注销"


def _tell_of_posts(unit: Organisation) -> None:
    """Posts are given and ended by the security administrator alone; he has no business pages, so no link."""
    outbox.notify(
        recipients=holders(Role.SECURITY_ADMIN),
        kind="unit.posts",
        title=f"{unit.name}已停止办学，请办理其人员的岗位",
        dedupe_key=f"unit.posts:{unit.pk}",
        subject=unit,
    )


def _tell_of_unit(unit: Organisation, people: Iterable[User], kind: str, title: str, body: str) -> None:
    tell(people, kind, unit, reverse("unit", args=[unit.code]), title, body)
