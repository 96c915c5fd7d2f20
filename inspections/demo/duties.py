"""What the demo county filed of studying and publicity: nearly all in time, some late, some missing.

Steps and dates come from the plan that the county has; what lies after its date has not happened.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from inspections.demo.place import Place
from inspections.demo.story import Story
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.selectors import people_of
from shuangjian.policy import calendar
from shuangjian.policy.models import Duty, Obligation, Phase
from shuangjian.policy.selectors import current_plan
from shuangjian.policy.workflows import duties
from shuangjian.policy.workflows.duties import Filing

_BY = Obligation.Fulfilled
# The share of its days after which a part of the units files; what is left is late or missing.
WAVES = ((0.45, 0.3), (0.65, 0.6), (0.85, 0.95))
LATE_EVERY, MISSING_EVERY = 24, 37  # one unit of so many, by its place in the register
LATE_AT, MISSING_AT = 6, 7
MARKED_AFTER = 10  # days after a step's beginning: by then the sweep has opened it
REOPENED_AFTER, FILED_AFTER, REOPENED_FOR = 6, 9, 15  # days after the step's end

WORDS = {
    "集体学习": "学习“双减”意见和减负三十条，各年级对照找差距。",
    "专家报告": "请县教研室讲作业设计和课堂提质。",
    "家长会": "讲减负要求和家庭作息，发家长提示单。",
    "家长信": "致家长的一封信：不盲目攀比，不额外布置作业。",
    "班会": "各班开“减负从我做起”主题班会。",
    "公示栏": "校门口公示栏张贴减负要求和举报渠道。",
    "公示承诺书": "在教学场所公示规范办学承诺书。",
    "员工会": "全体员工学习收费、时间和教材规定。",
}
# Which document settled what the county owes, by the obligation's code.
DOCUMENTS = {
    "P1-1a": "云教发〔{year}〕31号《落实“双减”工作实施方案》，专班和单位名册已建",
    "P1-2a": "云教发〔{year}〕36号《“中小学生减负——我们在行动”宣传月方案》",
    "P1-2d": "县教育局网站公布举报电话和信箱，各校门口张贴公示牌",
}


def stories(place: Place) -> Iterable[Story]:
    plan = current_plan()
    if plan is None:
        return
    for phase in Phase.objects.filter(stage__plan=plan).prefetch_related("obligations"):
        for obligation in phase.obligations.all():
            if obligation.fulfilled_by == _BY.RECORD:
                yield filed(place, phase, obligation)
            elif obligation.code in DOCUMENTS:
                yield marked(place, phase, obligation)


def _at(place: Place, day: date, hour: int) -> datetime | None:
    """A working day on or after ``day``; None on the county's date and after it."""
    on = calendar.next_working_day(day)
    return timezone.make_aware(datetime.combine(on, time(hour, 20))) if on < place.as_of else None


def filed(place: Place, phase: Phase, obligation: Obligation) -> Story:
    """The units file in three waves; a few after the end, when the task force reopened theirs."""
    rng = Random(f"{obligation.code} {place.as_of}")  # noqa: S311  (of its own: other stories draw the same)
    days = (phase.ends_on - phase.starts_on).days
    for share, part in WAVES:
        instant = _at(place, phase.starts_on + timedelta(days=round(days * share)), 15)
        if instant is None or clock.local_day(instant) > phase.ends_on:
            continue
        yield instant
        owed = _owed(obligation)
        for at, duty in enumerate(owed):
            if not _is_late(at) and not _is_missing(at) and at < part * len(owed):
                _file(duty, rng)
    instant = _at(place, phase.ends_on + timedelta(days=REOPENED_AFTER), 9)
    if instant is None:
        return
    yield instant
    for duty in [one for at, one in enumerate(_owed(obligation)) if _is_late(at)]:
        if duty.done_on is None and duty.is_locked:
            duties.reopen(
                duty_id=duty.pk,
                actor=place.people["zhuanban"],
                version=None,
                until=clock.today() + timedelta(days=REOPENED_FOR),
                reason="经办人员交接，材料已备",
            )
    instant = _at(place, phase.ends_on + timedelta(days=FILED_AFTER), 10)
    if instant is None:
        return
    yield instant
    for duty in _owed(obligation):
        if duty.done_on is None and duty.reopened_until is not None:
            _file(duty, rng)


def _is_late(at: int) -> bool:
    return at % LATE_EVERY == LATE_AT


def _is_missing(at: int) -> bool:
    return at % MISSING_EVERY == MISSING_AT


def _owed(obligation: Obligation) -> list[Duty]:
    rows = Duty.objects.owed().filter(obligation=obligation)
    return list(rows.select_related("obligation__phase", "organisation").order_by("organisation__code"))


def _file(duty: Duty, rng: Random) -> None:
    person = people_of(duty.organisation).order_by("pk").first()
    if duty.done_on is not None or person is None:
        return
    form = rng.choice([one for one in duty.obligation.record_forms if one in WORDS])
    is_school = duty.organisation.kind == Organisation.Kind.SCHOOL
    held_on = max(clock.today() - timedelta(days=rng.randint(0, 3)), duty.obligation.phase.starts_on)
    duties.file(
        duty_id=duty.pk,
        actor=person,
        version=None,
        filing=Filing(
            form=form,
            held_on=held_on,
            people_count=rng.randint(20, 90) * (4 if is_school else 1),
            words=WORDS[form],
        ),
    )


def marked(place: Place, phase: Phase, obligation: Obligation) -> Story:
    """The task force says by which document a duty of the county was done, in time."""
    if obligation.due_on is None:
        return
    done_on = obligation.due_on - timedelta(days=2)
    instant = _at(place, max(done_on, phase.starts_on + timedelta(days=MARKED_AFTER)), 16)
    if instant is None:
        return
    yield instant
    duty = Duty.objects.filter(obligation=obligation).first()
    if duty is not None and not duty.is_locked:
        duties.mark(
            duty_id=duty.pk,
            actor=place.people["zhuanban"],
            version=None,
            on=done_on,
            words=DOCUMENTS[obligation.code].format(year=phase.starts_on.year),
        )
