"""Problems in any state, for the tests of rectification: made directly, each test moves what it is about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from inspections.models import CloseAuthority, Evidence, Measure, Problem, RectificationTask, Transfer
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.policy.models import CheckItem, Prohibition, ProofRequirement
from tests.cast import Cast
from tests.files.samples import pdf

ORDINARY_ITEM = "R04-2"  # breaks no prohibition in most findings
RED_LINE_ITEM = "R07-1"  # 严禁公布学生成绩和排名


def later(days: int) -> date:
    return clock.today() + timedelta(days=days)


def item(code: str) -> CheckItem:
    return CheckItem.objects.select_related("rule").get(code=code)


def red_line() -> Prohibition:
    found = item(RED_LINE_ITEM).gravest_prohibition()
    assert found is not None and found.is_red_line
    return found


def major(kind: str) -> Prohibition:
    """A prohibition that is no red line, of the wording asked for."""
    found = Prohibition.objects.filter(severity="major", kind=kind).first()
    assert found is not None
    return found


def case_in(
    state: str,
    *,
    unit: Organisation,
    found_by: User,
    planned_by: User | None = None,
    verified_by: User | None = None,
    closed_by: User | None = None,
    code: str = ORDINARY_ITEM,
    prohibition: Prohibition | None = None,
    origin: str = "county_inspection",
    light: bool = False,
    due_in: int = 20,
    proven: bool = True,
    department: Organisation | None = None,
) -> RectificationTask:
    """A problem whose task is in ``state``, planned from 计划待审 on and (``proven``) with every proof.

    What is handed over (已移交) waits for ``department`` to take it.
    """
    now = clock.now()
    has_plan = state != "planning"
    applied = state in ("verifying", "verified", "closed", "superior") and not light
    ended = state in ("closed", "withdrawn")
    past = state == "past"  # before the portal: nobody of it closed it
    one = item(code)
    problem = Problem.objects.create(
        no=f"2026-{Problem.objects.count() + 501:04}",
        organisation=unit,
        rule=one.rule,
        item=one,
        prohibition=prohibition,
        severity=prohibition.severity if prohibition else "ordinary",
        fact="三年级数学日均书面作业约75分钟",
        origin=origin,
        superior_no="市教督〔2026〕8号" if origin == "superior" else "",
        light_track=light,
        found_on=clock.today(),
        found_by=found_by,
        registered_at=now,
    )
    verified = state in ("verified", "superior") or (state == "closed" and verified_by is not None)
    task = RectificationTask.objects.create(
        problem=problem,
        state=state,
        due_on=later(due_in),
        plan_due_on=None if light else later(5),
        plan_version=1 if has_plan else 0,
        planned_by=planned_by if has_plan else None,
        applied_at=now if applied else None,
        applied_by=planned_by if applied else None,
        verified_at=now if verified else None,
        verified_by=(verified_by or found_by) if verified else None,
        review_on=later(60) if state == "parked" else None,
        closed_at=now if ended or past else None,
        closed_by=(closed_by or found_by) if ended else None,
        close_no=f"销{problem.no}" if state == "closed" else "",
        created_at=now,
    )
    if has_plan:
        Measure.objects.create(
            task=task,
            plan_version=1,
            text="年级组统筹作业总量",
            person="李静",
            due_on=later(10),
            done_on=clock.today() if proven else None,
        )
    if state == "transferred":
        Transfer.objects.create(
            task=task,
            department=department,
            letter_no="云教函〔2026〕12号",
            reason="无照经营由市场监管部门查处",
            report_by=later(15),
            sent_by=found_by,
            sent_at=now,
        )
    if proven and has_plan and planned_by is not None:
        for need in needs(task):
            Evidence.objects.create(
                task=task, requirement=need, note="已改", added_by=planned_by, added_at=now
            )
    return task


def needs(task: RectificationTask) -> list[ProofRequirement]:
    from inspections.proofs import needed_proof

    return [need for need in needed_proof(task) if need.is_required]


def stored_pdf(name: str) -> StoredFile:
    return files.store_generated(data=pdf(), name=name)


def authorise(inspector: User, area: Organisation, *, days: int = 100) -> CloseAuthority:
    return CloseAuthority.objects.create(
        inspector=inspector,
        area=area,
        document_no="云教督〔2026〕5号",
        from_on=later(-30),
        until_on=later(days),
    )


def fresh(task: RectificationTask) -> RectificationTask:
    return RectificationTask.objects.select_related("problem__organisation", "problem__prohibition").get(
        pk=task.pk
    )


def case_at_a1(cast: Cast, state: str, **changed: Any) -> RectificationTask:
    """A problem of school A1: found by 督导室, worked on by A1, verified by area A's inspector."""
    fields: dict[str, Any] = {
        "unit": cast.a1,
        "found_by": cast.supervision,
        "planned_by": cast.clerk_a1,
        "verified_by": cast.inspector_a,
        "department": cast.units["department"],
    }
    return case_in(state, **(fields | changed))
