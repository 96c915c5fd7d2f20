"""家长问卷: drafting and opening a term's window, the codes of schools, renewing results on their days.

Opening freezes which schools are asked and with which group a small one's results are given (P26), and gives
a code to every school that has none. The sweep renews results and ends the window.

Source: practice.md P2 (permission), P25, P26; plan.yaml P1-3d.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction

from inspections.models import Survey, SurveyCode, SurveyUnit
from inspections.parents import publishing
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.dates import cn_date
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.policy.models import Term
from shuangjian.policy.selectors import term_on

SMALL = 30  # pupils: fewer, and the school's results are given with its group (P26)
LONGEST = 45  # days that a window may stay open
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # without those that look alike on paper
CODE_LENGTH = 10

audit.name_actions(
    {
        "inspections.survey.created": "新建家长问卷",
        "inspections.survey.edited": "修改家长问卷",
        "inspections.survey.opened": "开放家长问卷",
        "inspections.survey.published": "更新家长问卷汇总",
        "inspections.survey.ended": "结束家长问卷",
        "inspections.surveycode.replaced": "更换问卷二维码",
    }
)


@dataclass
class _Change:
    """A change under way: the locked window and what its audit entry will say."""

    survey: Survey
    after: dict[str, Any] = field(default_factory=dict)
    note: str = ""


def create(*, actor: User, term: Term, **values: Any) -> Survey:
    """Draft the window of a term (dates, permission, ``asks_goals``). Raises NotAllowed, Refused."""
    survey = Survey(term=term, created_by=actor)
    if not actor.has_perm("inspections.edit_survey", survey):
        raise NotAllowed("家长问卷由双减专班新建")
    _fill(survey, **values)
    with transaction.atomic():
        if Survey.objects.select_for_update().filter(term=term).exists():
            raise Refused(f"{term.short_title}已有家长问卷，一学期一次")
        survey.save()
        _record("created", _Change(survey, _facts(survey)), actor, before={})
    return survey


def edit(*, survey_id: int, actor: User, version: int | None, **values: Any) -> Survey:
    """Change a draft. Raises StaleRow, WrongState once opened, NotAllowed, Refused."""
    with _changing("edited", survey_id, actor, version, "edit_survey") as step:
        before = _facts(step.survey)
        _fill(step.survey, **values)
        step.after = {key: value for key, value in _facts(step.survey).items() if value != before[key]}
        step.note = step.survey.off_plan_reason
    return step.survey


def _facts(survey: Survey) -> dict[str, Any]:
    names = ("term_id", "opens_on", "closes_on", "asks_goals", "plan_name", "approval_no")
    return {name: str(getattr(survey, name)) for name in names}


def _fill(survey: Survey, **values: Any) -> None:
    for name, value in values.items():
        setattr(survey, name, value.strip() if isinstance(value, str) else value)
    _check_dates(survey)


def _check_dates(survey: Survey) -> None:
    if survey.opens_on < clock.today():
        raise Refused(f"开始日期不能早于今天（{cn_date(clock.today())}）")
    if survey.closes_on <= survey.opens_on:
        raise Refused(f"截止日期要在开始日期（{cn_date(survey.opens_on)}）之后")
    if (survey.closes_on - survey.opens_on).days >= LONGEST:
        raise Refused(f"截止日期最迟在开始后第{LONGEST}天，家长问卷不长期开着")
    for day, what in ((survey.opens_on, "开始日期"), (survey.closes_on, "截止日期")):
        if term_on(day) != survey.term:
            raise Refused(f"{what}不在{survey.term.short_title}，请改选日期或学期")


def _new_text() -> str:
    """A code that nobody guesses."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


def open_window(
    *,
    survey_id: int,
    actor: User,
    version: int | None = None,
    off_plan_reason: str = "",
    new_text: Callable[[], str] = _new_text,
) -> Survey:
    """开放: from ``opens_on`` the schools' codes take answers. Off the yearly list only by the leader (P2).

    ``new_text`` makes the codes of schools that have none. Raises StaleRow, WrongState, NotAllowed, Refused.
    """
    with _changing("opened", survey_id, actor, version, "open_survey") as step:
        survey = step.survey
        if not survey.is_on_plan:
            survey.off_plan_reason = off_plan_reason.strip() or survey.off_plan_reason
            if not survey.off_plan_reason:
                raise Refused("没有计划名称和批准文号，请写明计划外发起的理由")
        _check_dates(survey)
        schools = list(
            Organisation.objects.active()
            .filter(kind=Organisation.Kind.SCHOOL, school__isnull=False)
            .select_related("school", "filer")
            .order_by("code")
        )
        if not schools:
            raise Refused("没有在册的学校，请先登记学校")
        groups = groups_of(schools)
        SurveyUnit.objects.bulk_create(
            SurveyUnit(survey=survey, school=school, group_id=groups[school.pk]) for school in schools
        )
        coded = set(SurveyCode.objects.filter(retired_on=None).values_list("school_id", flat=True))
        SurveyCode.objects.bulk_create(
            SurveyCode(school=school, text=new_text()) for school in schools if school.pk not in coded
        )
        survey.state = Survey.State.OPEN
        survey.opened_at, survey.opened_by = clock.now(), actor
        step.after = {"state": survey.state, "schools": len(schools), "on_plan": survey.is_on_plan}
        step.note = survey.off_plan_reason
    return survey


def groups_of(schools: list[Organisation]) -> dict[int, int]:
    """By school the one with which its results are given: itself; of a small one its 中心校, or where none is
    registered the largest school of its township (P26)."""
    listed = {school.pk for school in schools}
    largest: dict[int | None, Organisation] = {}
    for school in schools:
        known = largest.get(school.township_id)
        if known is None or school.school.pupil_count > known.school.pupil_count:
            largest[school.township_id] = school
    found: dict[int, int] = {}
    for school in schools:
        if school.school.pupil_count >= SMALL:
            found[school.pk] = school.pk
        elif school.filer_id in listed:
            found[school.pk] = school.filer_id
        else:
            found[school.pk] = largest[school.township_id].pk
    # Who is told together with a small one is told nowhere else: groups of groups are one group.
    return {pk: found.get(group, group) for pk, group in found.items()}


# --- Codes ------------------------------------------------------------------------------------------------


def replace_code(*, school_id: int, actor: User, version: int | None, reason: str) -> SurveyCode:
    """更换: the old code takes no answers from now on, and says so. Raises StaleRow, NotAllowed, Refused."""
    with transaction.atomic():
        rows = SurveyCode.objects.select_related("school").select_for_update(of=("self",))
        old = rows.get(school_id=school_id, retired_on=None)
        check_version(old, version)
        if not actor.has_perm("inspections.replace_survey_code", old):
            raise NotAllowed("二维码由双减专班或学校自己更换")
        if not reason.strip():
            raise Refused("请写明更换原因，例如“海报被撕毁，码被转发到校外”")
        old.retired_on, old.reason = clock.today(), reason.strip()
        old.version += 1
        old.save()
        new = SurveyCode.objects.create(school=old.school, text=_new_text())
        audit.record(
            action="inspections.surveycode.replaced",
            subject=new,
            actor=actor,
            organisation=new.school,
            role=acting_role(actor),
            note=reason.strip(),
        )
    return new


# --- On their days ----------------------------------------------------------------------------------------


def sweep() -> None:
    """Renew what is due of every open window and end those that are over; safe twice and after silence."""
    for pk in Survey.objects.filter(state=Survey.State.OPEN).order_by("pk").values_list("pk", flat=True):
        _renew(pk)


def _renew(survey_id: int) -> None:
    """Of several days that a silence missed the last counts; the day after the window is the end of it."""
    with transaction.atomic():
        survey = Survey.objects.select_for_update(of=("self",)).select_related("term").get(pk=survey_id)
        step = _step_due(survey)
        if survey.state != Survey.State.OPEN or step is None:
            return
        changed = publishing.renew(survey, step)
        survey.published_on = step
        is_over = step > survey.closes_on
        if is_over:
            survey.state = Survey.State.ENDED
            survey.sheets.all().delete()
        survey.save(update_fields=["published_on", "state"])
        audit.record(
            action="inspections.survey.ended" if is_over else "inspections.survey.published",
            subject=survey,
            actor=None,
            after={"published_on": step.isoformat(), "results": changed},
        )


def _step_due(survey: Survey) -> date | None:
    done = survey.published_on or survey.opens_on
    return max((day for day in survey.steps if done < day <= clock.today()), default=None)


_WORDS = {"edited": "修改", "opened": "开放"}


@contextmanager
def _changing(
    action: str, survey_id: int, actor: User, version: int | None, permission: str
) -> Iterator[_Change]:
    """Lock a draft, look, let the caller write, save with one audit entry."""
    with transaction.atomic():
        rows = Survey.objects.select_related("term").select_for_update(of=("self",))
        survey = rows.get(pk=survey_id)
        check_version(survey, version)
        if survey.state != Survey.State.DRAFT:
            raise WrongState(f"家长问卷{survey.get_state_display()}，不能{_WORDS[action]}")
        if not actor.has_perm(f"inspections.{permission}", survey):
            raise NotAllowed(
                "没有计划名称和批准文号的家长问卷，只能由分管领导开放"
                if permission == "open_survey" and not survey.is_on_plan
                else f"您的角色不能{_WORDS[action]}家长问卷"
            )
        step = _Change(survey)
        yield step
        survey.version += 1
        survey.save()
        _record(action, step, actor, before={"state": Survey.State.DRAFT})


def _record(action: str, step: _Change, actor: User, *, before: dict[str, Any]) -> None:
    audit.record(
        action=f"inspections.survey.{action}",
        subject=step.survey,
        actor=actor,
        role=acting_role(actor),
        before=before,
        after=step.after,
        note=step.note,
    )
