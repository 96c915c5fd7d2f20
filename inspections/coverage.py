"""How far the plan is carried out: by obligation how many units owe it, did it, did it late, are missing.

Every number is that of the list behind it, for whoever looks (``visible_to``).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from inspections.filters.duties import standings
from inspections.models import RectificationTask
from shuangjian.accounts.models import Organisation, User
from shuangjian.policy.models import Duty, Plan

HOMEWORK_AND_EXAMS = ("R04", "R05", "R06")  # of goal G3 (practice.md P24)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Of one obligation. ``total`` leaves out what ended with its unit."""

    obligation_id: int
    total: int
    done: int
    late: int
    missing: int

    @property
    def is_whole(self) -> bool:
        return self.done == self.total

    def url(self, tab: str) -> str:
        return f"{reverse('duties')}?obligation={self.obligation_id}&tab={tab}"

    @property
    def done_url(self) -> str:
        return self.url("done")

    @property
    def late_url(self) -> str:
        return self.url("late")

    @property
    def missing_url(self) -> str:
        return self.url("missing")

    @property
    def total_url(self) -> str:
        return self.url("all")


def coverage_of(plan: Plan, user: User) -> dict[int, Coverage]:
    """By obligation of the plan, where anything is owed by units that exist for ``user``. One query."""
    rows = Duty.objects.visible_to(user).owed().standing().filter(obligation__phase__stage__plan=plan)
    counts = {key: Count("pk", filter=condition) for key, (_, condition) in standings().items() if condition}
    found = rows.order_by().values("obligation_id").annotate(total=Count("pk"), **counts)
    return {
        row["obligation_id"]: Coverage(
            obligation_id=row["obligation_id"],
            total=row["total"],
            done=row["done"],
            late=row["late"],
            missing=row["missing"],
        )
        for row in found
    }


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How far a goal is reached, in words with its n, or why nothing can be said yet."""

    value: str = "—"
    words: str


def measures() -> dict[str, Measure]:
    """By goal of the plan, of the whole county. Never by class, never a ranking (practice.md P24)."""
    asked = Measure(words="家长问卷开通后有数")
    schools = Organisation.objects.active().filter(kind=Organisation.Kind.SCHOOL)
    troubled = RectificationTask.objects.open().filter(
        problem__rule__code__in=HOMEWORK_AND_EXAMS, problem__organisation__in=schools
    )
    count = troubled.aggregate(n=Count("problem__organisation", distinct=True))["n"]
    total = schools.count()
    return {
        "G1": asked,
        "G2": asked,
        "G3": Measure(
            value=f"{count}所",
            words=f"作业总量、布置作业、考试次数（第4至6条）有问题未销号，在册学校{total}所",
        )
        if total
        else Measure(words="还没有登记学校"),
        "G4": Measure(words="达标认定在县级检查后作出，平台还没有这项登记"),
    }
