"""What schools must hand in on a day that a change of the terms makes a day without lessons.

Nothing that a school owes falls due in a break (P20). Whoever enters one is shown what it covers and says
whether those dates move behind it. Apps above register what of theirs is due (``cover``); the plan's duties
are looked after here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import people_of
from shuangjian.dates import cn_short
from shuangjian.journal import audit, outbox
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import Duty, Obligation
from shuangjian.policy.school_days import Lessons, next_school_day

audit.name_actions({"policy.duty.date_moved": "放假停课，任务期限顺延"})

Covers = Callable[[date], bool]  # is it a day that had lessons before the change, and has none now?


class Touched(Protocol):
    """Something due on such a day that several schools, or one, have not handed in."""

    @property
    def what(self) -> str: ...
    @property
    def due_on(self) -> date: ...
    @property
    def school_count(self) -> int: ...
    @property
    def url(self) -> str: ...

    def move(self, to_on: date, actor: User) -> None:
        """Put the open dates on ``to_on``: locked rows, audit entries, notices to whoever keeps them."""


@dataclass(frozen=True)
class Effect:
    """One line of the warning."""

    touched: Touched
    to_on: date  # the first day with lessons after it


class Touches(Refused):
    """The change covers dates of schools, and nobody has said what becomes of them."""

    def __init__(self, effects: list[Effect]) -> None:
        super().__init__("新的放假日期盖住了下面的截止日期，请选择这些日期怎样办")
        self.effects = effects


_FINDERS: list[Callable[[Covers], list[Touched]]] = []


def cover(find: Callable[[Covers], list[Touched]]) -> None:
    """Let an app name what of its own is due on days that a predicate covers."""
    _FINDERS.append(find)


def effects_of(before: Lessons) -> list[Effect]:
    """What the terms, as they are written now, cover and did not cover ``before``; earliest date first."""
    now, today = Lessons.known(), clock.today()

    def covers(day: date) -> bool:
        return day >= today and now.are_off(day) and not before.are_off(day)

    found = [touched for find in (*_FINDERS, _duties_due) for touched in find(covers)]
    found.sort(key=lambda one: (one.due_on, one.what))
    return [Effect(one, next_school_day(one.due_on)) for one in found]


@dataclass(frozen=True)
class _DutiesDue:
    """The open duties of schools by one obligation and date."""

    obligation: Obligation
    due_on: date
    duties: list[int]

    @property
    def what(self) -> str:
        return f"方案任务“{self.obligation.what}”"

    @property
    def school_count(self) -> int:
        return len(self.duties)

    @property
    def url(self) -> str:
        return f"{reverse('duties')}?obligation={self.obligation.pk}"

    def move(self, to_on: date, actor: User) -> None:
        rows = Duty.objects.filter(pk__in=self.duties, due_on=self.due_on, done_on=None, ended_on=None)
        rows = rows.select_related("obligation", "organisation").select_for_update(of=("self",))
        for duty in rows.order_by("pk"):
            duty.due_on = to_on
            duty.version += 1
            duty.save(update_fields=["due_on", "version"])
            audit.record(
                action="policy.duty.date_moved",
                subject=duty,
                actor=actor,
                organisation=duty.organisation,
                role=Role.TASK_FORCE,
                before={"due_on": str(self.due_on)},
                after={"due_on": str(to_on)},
            )
            outbox.notify(
                recipients=people_of(duty.organisation),
                kind="duty.date_moved",
                title=f"期限改为{cn_short(to_on)}：{duty.what}",
                body=f"原期限{cn_short(self.due_on)}，因放假停课顺延",
                url=reverse("duty", args=[duty.pk]),
                dedupe_key=f"duty.date_moved:{duty.pk}:{duty.version}",
                subject=duty,
            )


def _duties_due(covers: Covers) -> list[Touched]:
    schools = Duty.objects.open().filter(organisation__kind=Organisation.Kind.SCHOOL)
    owed = schools.filter(obligation__who__contains=["school"], due_on__gte=clock.today())
    found: dict[tuple[int, date], list[int]] = defaultdict(list)
    for pk, obligation, due_on in owed.order_by("pk").values_list("pk", "obligation_id", "due_on"):
        if covers(due_on):
            found[obligation, due_on].append(pk)
    obligations = Obligation.objects.in_bulk(obligation for obligation, _ in found)
    return [_DutiesDue(obligations[key], due_on, rows) for (key, due_on), rows in found.items()]
