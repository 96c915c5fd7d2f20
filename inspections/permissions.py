"""What a person may do to one row of supervision. Names read ``inspections.verb_noun``; asked on the locked row too."""

from __future__ import annotations

from django.db.models import Q

from inspections.models import CloseAuthority, Problem, RectificationTask, SelfCheck, SupervisionReport, Visit
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.permissions import add, holds_on
from shuangjian.accounts.roles import UNIT_CLERKS, UNIT_HEADS, UNIT_ROLES, Role
from shuangjian.accounts.selectors import belonged_lately

# --- Rectification ------------------------------------------------------------


def _answers_for(user: User, task: RectificationTask) -> bool:
    return holds_on(user, task.problem.organisation, *UNIT_ROLES)


def _is_independent(user: User, task: RectificationTask) -> bool:
    """Neither planned, did nor proved the work, nor belongs or lately belonged to the unit."""
    worked = (
        user.pk in (task.planned_by_id, task.applied_by_id) or task.evidence.filter(added_by=user).exists()
    )
    return not worked and not belonged_lately(user, task.problem.organisation)


def _inspects(user: User, task: RectificationTask) -> bool:
    """The area's inspector, or an inspector named for an open visit to the unit."""
    organisation = task.problem.organisation
    if organisation.area_id in user.unit_ids([Role.AREA_INSPECTOR]):
        return True
    return (
        user.has_role(Role.TEAM_INSPECTOR)
        and Visit.objects.filter(
            organisation=organisation,
            members__user=user,
            state__in=[Visit.State.ONGOING, Visit.State.SUMMING_UP],
        ).exists()
    )


def _reviews_plan(user: User, task: RectificationTask) -> bool:
    may = user.has_role(Role.TASK_FORCE, Role.SUPERVISION_OFFICE) or _inspects(user, task)
    return may and _is_independent(user, task)


def _verifies(user: User, task: RectificationTask) -> bool:
    may = user.has_role(Role.SUPERVISION_OFFICE, Role.TASK_FORCE) or _inspects(user, task)
    if task.problem.is_red_line and user.pk == task.problem.found_by_id:
        return False  # finder, verifier and closer of a red line are three people (P7)
    return may and _is_independent(user, task)


def _closing_role(problem: Problem) -> str:
    """Who closes, by origin (谁立账、谁销号, P7); a red line is the leader's alone."""
    if problem.is_red_line:
        return Role.LEADER
    if problem.origin == Problem.Origin.GOVERNMENT_SUPERVISION:
        return Role.SUPERVISION_OFFICE
    return Role.TASK_FORCE


def _closes(user: User, task: RectificationTask) -> bool:
    problem = task.problem
    if user.pk == task.verified_by_id or (problem.is_red_line and user.pk == problem.found_by_id):
        return False
    return user.has_role(_closing_role(problem)) and _is_independent(user, task)


def _closes_light(user: User, task: RectificationTask) -> bool:
    return task.problem.light_track and holds_on(user, task.problem.organisation, *UNIT_HEADS)


def authority_of(user: User, problem: Problem) -> CloseAuthority | None:
    """The written authority under which an inspector may close ``problem`` today, else None."""
    if problem.severity != Problem.Severity.ORDINARY or problem.origin != Problem.Origin.REGULAR_SUPERVISION:
        return None
    today = clock.today()
    return CloseAuthority.objects.filter(
        Q(from_on__lte=today, until_on__gte=today), inspector=user, area_id=problem.organisation.area_id
    ).first()


def _verifies_and_closes(user: User, task: RectificationTask) -> bool:
    return (
        _inspects(user, task) and authority_of(user, task.problem) is not None and _is_independent(user, task)
    )


def _sends_back(user: User, task: RectificationTask) -> bool:
    if task.state == RectificationTask.State.VERIFIED:
        return _closes(user, task)
    return _verifies(user, task)


add("inspections.plan_task", _answers_for)
add("inspections.prove_task", _answers_for)
add("inspections.apply_task", lambda user, task: not task.problem.light_track and _answers_for(user, task))
add("inspections.close_light_task", _closes_light)
add("inspections.review_plan", _reviews_plan)
add("inspections.verify_task", _verifies)
add("inspections.verify_and_close_task", _verifies_and_closes)
add("inspections.send_back_task", _sends_back)
add("inspections.close_task", _closes)

# --- Rounds and self-checks ---------------------------------------------------


def _fills(user: User, check: SelfCheck) -> bool:
    return holds_on(user, check.organisation, *UNIT_ROLES)


add("inspections.fill_check", _fills)
add("inspections.confirm_check", lambda user, check: holds_on(user, check.organisation, *UNIT_HEADS))
add("inspections.review_check", lambda user, check: user.has_role(Role.TASK_FORCE))
add("inspections.edit_round", lambda user, round_: user.has_role(Role.TASK_FORCE))
add(
    "inspections.publish_round",
    lambda user, round_: (
        user.has_role(Role.TASK_FORCE, Role.LEADER) and (round_.is_on_plan or user.has_role(Role.LEADER))
    ),
)

# --- Visits -------------------------------------------------------------------


def _is_member(user: User, visit: Visit) -> bool:
    return user.has_role(Role.AREA_INSPECTOR, Role.TEAM_INSPECTOR, Role.SUPERVISION_OFFICE) and (
        visit.members.filter(user=user).exists()
    )


add("inspections.conduct_visit", _is_member)
add(
    "inspections.manage_visit",
    lambda user, visit: user.has_role(Role.SUPERVISION_OFFICE, Role.TASK_FORCE) or _is_member(user, visit),
)

# --- Reports ------------------------------------------------------------------


def _drafts(user: User, report: SupervisionReport) -> bool:
    return user.has_role(Role.SUPERVISION_OFFICE)


add("inspections.draft_report", _drafts)
add(
    "inspections.read_report_draft",
    lambda user, report: user.has_role(Role.SUPERVISION_OFFICE, Role.LEADER, Role.TASK_FORCE),
)
add(
    "inspections.sign_report",
    lambda user, report: (
        user.has_role(Role.LEADER) and user.pk not in (report.submitted_by_id, report.created_by_id)
    ),
)

# --- Units --------------------------------------------------------------------


def _appoints(user: User, unit: Organisation) -> bool:
    """The task force; the unit's own administrator while it operates."""
    return user.has_role(Role.TASK_FORCE) or (unit.is_active and holds_on(user, unit, *UNIT_CLERKS))


add("inspections.appoint_head", _appoints)
add("inspections.end_unit", lambda user, unit: user.has_role(Role.TASK_FORCE))
