"""What a person may do to one row of supervision (``inspections.verb_noun``); asked on the locked row too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db.models import Q

from inspections import extension_limits
from inspections.models import (
    CloseAuthority,
    Handover,
    LedgerView,
    Problem,
    RectificationTask,
    SelfCheck,
    SupervisionReport,
    Visit,
)
from shuangjian import clock
from shuangjian.accounts.models import Membership, Organisation, User
from shuangjian.accounts.permissions import add, holds_on, name_holders
from shuangjian.accounts.roles import (
    ANSWERING_ROLES,
    COUNTY_ROLES,
    INSPECTOR_ROLES,
    OFFICE_ROLES,
    SIGNING_ROLES,
    UNIT_CLERKS,
    UNIT_ROLES,
    Role,
)
from shuangjian.accounts.selectors import units_of_late

T = TypeVar("T")
_remembered: ContextVar[dict[Any, Any] | None] = ContextVar("what one page read of a person", default=None)


@contextmanager
def one_page() -> Iterator[None]:
    """Read what is known of a person once for all rows asked about inside. A move reads afresh."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def _once_a_page(read: Callable[[User], T]) -> Callable[[User], T]:
    def remembered(user: User) -> T:
        known = _remembered.get()
        if known is None:
            return read(user)
        key = (read.__name__, user.pk)
        if key not in known:
            known[key] = read(user)
        answer: T = known[key]
        return answer

    return remembered


# --- Rectification ------------------------------------------------------------


@_once_a_page
def _units_of_late(user: User) -> frozenset[int]:
    return units_of_late(user)


@_once_a_page
def _units_being_visited(user: User) -> frozenset[int]:
    """Units of the visits under way in which the person is named."""
    visits = Visit.objects.filter(members__user=user, state__in=[Visit.State.ONGOING, Visit.State.SUMMING_UP])
    return frozenset(visits.values_list("organisation_id", flat=True))


@_once_a_page
def _authorities(user: User) -> list[CloseAuthority]:
    today = clock.today()
    return list(CloseAuthority.objects.filter(from_on__lte=today, until_on__gte=today, inspector=user))


def answers_for(user: User, task: RectificationTask) -> bool:
    return holds_on(user, task.problem.organisation, *ANSWERING_ROLES)


def is_independent(user: User, task: RectificationTask) -> bool:
    """Neither planned, did nor proved the work, nor belongs or lately belonged to the unit."""
    if user.pk in (task.planned_by_id, task.applied_by_id):
        return False
    unit = task.problem.organisation
    if not _units_of_late(user).isdisjoint({unit.pk, unit.responsible_unit_id}):
        return False
    return all(row.added_by_id != user.pk for row in task.evidence.all())  # .all(): lists prefetch it


def inspects(user: User, task: RectificationTask) -> bool:
    """The area's inspector, or an inspector named for a visit under way at the unit."""
    organisation = task.problem.organisation
    if organisation.area_id in user.unit_ids([Role.AREA_INSPECTOR]):
        return True
    return user.has_role(*INSPECTOR_ROLES) and organisation.pk in _units_being_visited(user)


def _reviews_plan(user: User, task: RectificationTask) -> bool:
    may = user.has_role(*OFFICE_ROLES) or inspects(user, task)
    return may and is_independent(user, task)


def _verifies(user: User, task: RectificationTask) -> bool:
    may = user.has_role(Role.SUPERVISION_OFFICE, Role.TASK_FORCE) or inspects(user, task)
    if task.problem.needs_three_people and user.pk == task.problem.found_by_id:
        return False
    return may and is_independent(user, task)


def closing_role(task: RectificationTask) -> Role:
    """Who closes, by origin (谁立账、谁销号, P7); a red line and a relapse are the leader's alone."""
    problem = task.problem
    if problem.is_red_line or task.ordinal > 1:  # a relapse goes one level up (workflow.md §3)
        return Role.LEADER
    if problem.origin == Problem.Origin.GOVERNMENT_SUPERVISION:
        return Role.SUPERVISION_OFFICE
    return Role.TASK_FORCE


def _closes(user: User, task: RectificationTask) -> bool:
    problem = task.problem
    if user.pk == task.verified_by_id or (problem.needs_three_people and user.pk == problem.found_by_id):
        return False
    if problem.origin == Problem.Origin.SUPERIOR and not task.superior_has_agreed:
        return False
    return user.has_role(closing_role(task)) and is_independent(user, task)


def _closes_light(user: User, task: RectificationTask) -> bool:
    return task.is_light and holds_on(user, task.problem.organisation, *SIGNING_ROLES)


def _can_be_delegated(problem: Problem) -> bool:
    """Only ordinary problems of regular supervision may be closed by an authorised inspector (P7)."""
    return (
        problem.severity == Problem.Severity.ORDINARY
        and problem.origin == Problem.Origin.REGULAR_SUPERVISION
        and problem.organisation.area_id is not None
    )


def authority_of(user: User, problem: Problem) -> CloseAuthority | None:
    """The written authority under which an inspector may close ``problem`` today, else None."""
    if not _can_be_delegated(problem):
        return None
    area = problem.organisation.area_id
    return next((authority for authority in _authorities(user) if authority.area_id == area), None)


def authorities_over(problem: Problem, task: RectificationTask) -> list[CloseAuthority]:
    """授权督学销号 as the case shows it: whose authority covers it today, or under whose it was closed."""
    if not _can_be_delegated(problem):
        return []
    found = CloseAuthority.objects.filter(area_id=problem.organisation.area_id).select_related("inspector")
    if task.closed_at is None:
        day = clock.today()
    elif task.closed_by_id == task.verified_by_id:
        day = clock.local_day(task.closed_at)
        found = found.filter(inspector=task.closed_by_id)
    else:
        return []
    return list(found.filter(Q(from_on__lte=day, until_on__gte=day)).order_by("until_on", "pk"))


def _verifies_and_closes(user: User, task: RectificationTask) -> bool:
    return (
        task.ordinal == 1
        and inspects(user, task)
        and authority_of(user, task.problem) is not None
        and is_independent(user, task)
    )


def _sends_back(user: User, task: RectificationTask) -> bool:
    if task.state == RectificationTask.State.VERIFIED:
        return _closes(user, task)
    return _verifies(user, task)


# --- 延期: the role first, so that a list does not read the requests for those who never decide them


def _decides_extension(user: User, task: RectificationTask) -> bool:
    """Whoever's decision the request is, by how far it goes and how often it was granted before."""
    if not user.has_role(Role.TASK_FORCE, Role.LEADER):
        return False
    asked = task.pending_extension
    return (
        asked is not None
        and user.has_role(extension_limits.deciding_role(task, asked.to_on))
        and is_independent(user, task)
    )


def _extends(user: User, task: RectificationTask) -> bool:
    """Staff, without a request: the task force twice, the leader any time."""
    return (
        user.has_role(Role.TASK_FORCE, Role.LEADER)
        and not extension_limits.why_not(task)
        and (user.has_role(Role.LEADER) or not extension_limits.is_leaders(task))
        and is_independent(user, task)
    )


add(
    "inspections.ask_extension",
    lambda user, task: answers_for(user, task) and not extension_limits.why_not(task),
)
add(
    "inspections.withdraw_extension",
    lambda user, task: answers_for(user, task) and task.pending_extension is not None,
)
add("inspections.decide_extension", _decides_extension)
add("inspections.extend_task", _extends)
add("inspections.plan_task", answers_for)
add("inspections.prove_task", answers_for)
add("inspections.apply_task", lambda user, task: not task.is_light and answers_for(user, task))
add("inspections.close_light_task", _closes_light)
add("inspections.review_plan", _reviews_plan)
add("inspections.verify_task", _verifies)
add("inspections.verify_and_close_task", _verifies_and_closes)
add("inspections.send_back_task", _sends_back)
add("inspections.close_task", _closes)

add("inspections.remind_task", lambda user, task: user.has_role(*OFFICE_ROLES))
add("inspections.reassign_task", lambda user, task: user.has_role(*OFFICE_ROLES))

# --- Rounds and self-checks ---------------------------------------------------


def _fills(user: User, check: SelfCheck) -> bool:
    """The unit's people; while its paper is typed in (代填) the task force instead of them."""
    if check.is_being_keyed_in:
        return user.has_role(Role.TASK_FORCE)
    return holds_on(user, check.organisation, *ANSWERING_ROLES)


def _sends(user: User, check: SelfCheck) -> bool:
    """To the head, or signed on paper. The staff of an office signs itself."""
    return not check.is_being_keyed_in and holds_on(user, check.organisation, *UNIT_ROLES)


def _confirms(user: User, check: SelfCheck) -> bool:
    return not check.is_being_keyed_in and holds_on(user, check.organisation, *SIGNING_ROLES)


def _keys_in(user: User, check: SelfCheck) -> bool:
    is_unit = check.organisation.is_unit  # an office has no signed paper: it answers by its own account
    return user.has_role(Role.TASK_FORCE) and is_unit and not check.is_being_keyed_in


add("inspections.fill_check", _fills)
add("inspections.send_check", _sends)
add("inspections.confirm_check", _confirms)
add("inspections.key_in_check", _keys_in)
add(
    "inspections.go_on_keying_check",
    lambda user, check: check.is_being_keyed_in and user.has_role(Role.TASK_FORCE),
)
add("inspections.review_check", lambda user, check: user.has_role(Role.TASK_FORCE))
add("inspections.edit_round", lambda user, round_: user.has_role(Role.TASK_FORCE))
add(
    "inspections.publish_round",
    lambda user, round_: (
        user.has_role(Role.LEADER) or (user.has_role(Role.TASK_FORCE) and not round_.is_the_leaders)
    ),
)

# --- Visits -------------------------------------------------------------------


def _is_member(user: User, visit: Visit) -> bool:
    return user.has_role(Role.AREA_INSPECTOR, Role.TEAM_INSPECTOR, Role.SUPERVISION_OFFICE) and any(
        member.user_id == user.pk
        for member in visit.members.all()  # .all(): pages of a visit prefetch them, and ask often
    )


add("inspections.conduct_visit", _is_member)
add(
    "inspections.manage_visit",
    lambda user, visit: user.has_role(Role.SUPERVISION_OFFICE, Role.TASK_FORCE) or _is_member(user, visit),
)

add(
    "inspections.settle_conflict",
    lambda user, conflict: user.has_role(Role.SUPERVISION_OFFICE) or _is_member(user, conflict.visit),
)
add(
    "inspections.handle_refused",
    lambda user, operation: user.has_role(Role.SUPERVISION_OFFICE) or operation.device.user_id == user.pk,
)
add("inspections.run_draw", lambda user, draw: user.has_role(*OFFICE_ROLES))

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

# --- Suggestions --------------------------------------------------------------

add(
    "inspections.answer_suggestion",
    lambda user, suggestion: user.has_role(Role.TASK_FORCE) and user.pk != suggestion.author_id,
)

# --- Handing over a post -------------------------------------------------------


def _may_open_handover(user: User, post: Membership) -> bool:
    """Who leaves, whoever runs his unit, the county's offices."""
    mine = user.pk == post.user_id
    return mine or user.has_role(*OFFICE_ROLES) or holds_on(user, post.organisation, *UNIT_ROLES)


def _gives(user: User, row: Handover) -> bool:
    """The giver; where he cannot sign in any more, the county's offices or his unit, with a reason."""
    if user.pk == row.giver_id:
        return True
    is_gone = not row.giver.is_active or not row.giver.posts
    stands_in = user.has_role(*OFFICE_ROLES) or holds_on(user, row.organisation, *UNIT_ROLES)
    return is_gone and stands_in and user.pk != row.taker_id


add("inspections.open_handover", _may_open_handover)
add("inspections.give_handover", lambda user, row: row.given_at is None and _gives(user, row))
add("inspections.take_handover", lambda user, row: row.taken_at is None and user.pk == row.taker_id)
add(
    "inspections.cancel_handover",
    lambda user, row: user.pk in (row.opened_by_id, row.giver_id) or user.has_role(*OFFICE_ROLES),
)

# --- Questions on items -------------------------------------------------------

add("inspections.answer_question", lambda user, question: user.has_role(*OFFICE_ROLES))
add("inspections.correct_answer", lambda user, question: user.has_role(*OFFICE_ROLES))
add("inspections.withdraw_question", lambda user, question: user.pk == question.author_id)

# --- Bulletins ----------------------------------------------------------------


def _keeps_view(user: User, view: LedgerView) -> bool:
    """Who saved it; a shared one the task force too, when its owner has gone elsewhere."""
    return user.pk == view.owner_id or (view.is_shared and user.has_role(Role.TASK_FORCE))


add("inspections.keep_ledger_view", _keeps_view)

_BULLETIN_WRITERS = OFFICE_ROLES
add("inspections.write_bulletin", lambda user, bulletin: user.has_role(*_BULLETIN_WRITERS))

# --- Units --------------------------------------------------------------------


def _appoints(user: User, unit: Organisation) -> bool:
    """The task force; the unit's own administrator while it operates."""
    return user.has_role(Role.TASK_FORCE) or (unit.is_active and holds_on(user, unit, *UNIT_CLERKS))


add("inspections.appoint_head", _appoints)
add("inspections.end_unit", lambda user, unit: user.has_role(Role.TASK_FORCE))

# --- Imports (0081): a register's is its keeper's --------------------------------
add("inspections.import_units", lambda user, kind: user.has_role(Role.TASK_FORCE))
add("inspections.import_old_ledger", lambda user, kind: user.has_role(Role.TASK_FORCE))
add("inspections.import_people", lambda user, kind: user.has_role(Role.SYSTEM_ADMIN))

# --- Whom the page of a refusal names -----------------------------------------
_PLAN_REVIEWERS = OFFICE_ROLES | {Role.AREA_INSPECTOR, Role.TEAM_INSPECTOR}
_CLOSERS = OFFICE_ROLES | {Role.LEADER}
_CONDUCTORS = {Role.AREA_INSPECTOR, Role.TEAM_INSPECTOR, Role.SUPERVISION_OFFICE}
name_holders(
    {
        "inspections.plan_task": ANSWERING_ROLES,
        "inspections.prove_task": ANSWERING_ROLES,
        "inspections.apply_task": ANSWERING_ROLES,
        "inspections.close_light_task": SIGNING_ROLES,
        "inspections.review_plan": _PLAN_REVIEWERS,
        "inspections.verify_task": _PLAN_REVIEWERS,
        "inspections.verify_and_close_task": {Role.AREA_INSPECTOR},
        "inspections.send_back_task": _PLAN_REVIEWERS | _CLOSERS,
        "inspections.close_task": _CLOSERS,
        "inspections.remind_task": OFFICE_ROLES,
        "inspections.reassign_task": OFFICE_ROLES,
        "inspections.ask_extension": ANSWERING_ROLES,
        "inspections.withdraw_extension": ANSWERING_ROLES,
        "inspections.decide_extension": {Role.TASK_FORCE, Role.LEADER},
        "inspections.extend_task": {Role.TASK_FORCE, Role.LEADER},
        "inspections.fill_check": ANSWERING_ROLES,
        "inspections.send_check": UNIT_ROLES,
        "inspections.key_in_check": {Role.TASK_FORCE},
        "inspections.go_on_keying_check": {Role.TASK_FORCE},
        "inspections.confirm_check": SIGNING_ROLES,
        "inspections.review_check": {Role.TASK_FORCE},
        "inspections.edit_round": {Role.TASK_FORCE},
        "inspections.publish_round": {Role.TASK_FORCE, Role.LEADER},
        "inspections.conduct_visit": _CONDUCTORS,
        "inspections.manage_visit": _CONDUCTORS | {Role.TASK_FORCE},
        "inspections.settle_conflict": _CONDUCTORS,
        "inspections.handle_refused": _CONDUCTORS,
        "inspections.run_draw": OFFICE_ROLES,
        "inspections.draft_report": {Role.SUPERVISION_OFFICE},
        "inspections.read_report_draft": COUNTY_ROLES,
        "inspections.sign_report": {Role.LEADER},
        "inspections.keep_ledger_view": {Role.TASK_FORCE},
        "inspections.write_bulletin": _BULLETIN_WRITERS,
        "inspections.answer_suggestion": {Role.TASK_FORCE},
        "inspections.answer_question": OFFICE_ROLES,
        "inspections.correct_answer": OFFICE_ROLES,
        "inspections.open_handover": OFFICE_ROLES | UNIT_ROLES,
        "inspections.appoint_head": UNIT_CLERKS | {Role.TASK_FORCE},
        "inspections.end_unit": {Role.TASK_FORCE},
        "inspections.import_units": {Role.TASK_FORCE},
        "inspections.import_old_ledger": {Role.TASK_FORCE},
        "inspections.import_people": {Role.SYSTEM_ADMIN},
    }
)
